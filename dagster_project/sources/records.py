"""Bodies split into records without parsing a field: the records keep the vendor's own bytes.

Splitting first is what makes the way into the warehouse cheap: reading `{"rows": […]}` pages as they come
costs DuckDB 27 times the CPU of newline-delimited records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from dagster_project.sources.errors import ProtocolError

T = TypeVar("T")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class MalformedBodyError(ValueError):
    """The body is no JSON at all: cut short, HTML, empty. Asking again may help."""


class UnexpectedShapeError(ValueError):
    """The body is JSON of another shape than the contract's. Asking again cannot help."""


@dataclass(frozen=True)
class Split:
    """The records of a body, each one object on one line, and what stood beside them."""

    records: list[bytes]
    beside: dict[str, Any]


def split_list(body: bytes) -> list[bytes]:
    """The records of `[{…}, …]`."""
    return _objects(decode(_one_line(body), list[msgspec.Raw]))


def split_object(body: bytes) -> list[bytes]:
    """The one record of a body that is itself the record."""
    return _objects([decode(_one_line(body), msgspec.Raw)])


def split_field(
    body: bytes, field: str, beside: Mapping[str, Any] = MappingProxyType({}), *, optional: bool = False
) -> Split:
    """The records of `{field: [{…}, …], …}` and the fields `beside` them, given by name and type.

    What is left out is None. `optional` is for vendors that leave an empty list out.
    """
    envelope = decode(_one_line(body), _envelope(field, tuple(beside.items())))
    raws = getattr(envelope, field)
    if raws is None and not optional:
        raise UnexpectedShapeError(f"the answer has no list `{field}`")
    return Split(_objects(raws or []), {name: getattr(envelope, name) for name in beside})


def decode(body: bytes, type_: type[T]) -> T:
    """`body` as `type_`; raises MalformedBodyError or UnexpectedShapeError."""
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        raise UnexpectedShapeError(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        kind = "HTML" if body.lstrip()[:1] == b"<" else "no valid JSON"
        raise MalformedBodyError(f"{len(body):,} bytes of {kind} ({error})") from None


def fields_of(record: bytes, type_: type[T], what: str) -> T:
    """The few fields of a record that reading on depends on; numbers may come as text.

    Raises ProtocolError, naming `what` the record is, when one is missing or of another type.
    """
    try:
        return msgspec.json.decode(record, type=type_, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(
            f"{what} is not as documented ({error}); the vendor may have changed its interface."
        ) from None


@cache
def _envelope(field: str, beside: tuple[tuple[str, Any], ...]) -> type[Any]:
    others: list[tuple[str, Any, Any]] = [(name, type_ | None, None) for name, type_ in beside]
    return msgspec.defstruct("Envelope", [(field, list[msgspec.Raw] | None, None), *others])


def _one_line(body: bytes) -> bytes:
    """Pretty-printed JSON made compact, for a record must be one line; anything else untouched."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if b"\n" not in body and b"\r" not in body:
        return body.strip()
    try:
        return msgspec.json.format(body, indent=-1)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body  # decode() says what is wrong with it


def _objects(raws: Sequence[msgspec.Raw]) -> list[bytes]:
    records = [bytes(raw) for raw in raws]
    for record in records:
        if record[:1] != b"{":
            raise UnexpectedShapeError("a record is not a JSON object")
    return records

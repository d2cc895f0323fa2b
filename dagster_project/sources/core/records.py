"""Splitting bodies into records without parsing their fields: a record keeps the vendor's bytes.

This is what makes loading cheap: DuckDB needs 27 times the CPU to read `{"rows": […]}` pages as it does to
read newline-delimited records.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, overload

import msgspec
import numpy as np

from dagster_project.sources.core.errors import ProtocolError

T = TypeVar("T")

TOO_DEEP = "it is nested more deeply than any documented response"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NEWLINE, _QUOTE, _BRACE = b'\n"{'


class MalformedBodyError(ValueError):
    """The body is not JSON: truncated, HTML, empty. A retry may help."""


class UnexpectedShapeError(ValueError):
    """The body is JSON, but not of the shape that the API documents. A retry cannot help."""


class PackedRecords(Sequence[bytes]):
    """Records of one line each, kept as these lines.

    Creating a Python object per record costs as much as compressing the records. An index gives a copy of one
    record's bytes, `lines` gives all records without a copy.
    """

    def __init__(self, records: Sequence[msgspec.Raw]) -> None:
        """Raises UnexpectedShapeError when a record is not a JSON object."""
        self.lines = b"\n".join([*records, b""])
        self._bytes = np.frombuffer(self.lines, np.uint8)
        self._ends = np.flatnonzero(self._bytes == _NEWLINE)
        self._starts = np.concatenate(([0], self._ends[:-1] + 1))[: len(self._ends)]
        if len(self) != len(records) or not self._all_have(0, _BRACE):
            raise UnexpectedShapeError("a record is not a JSON object")

    @property
    def are_regular(self) -> bool:
        """Whether no record is an empty object or has a space after its opening brace."""
        return self._all_have(1, _QUOTE)

    def _all_have(self, position: int, byte: int) -> bool:
        return bool((self._bytes[self._starts + position] == byte).all())

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return list(self)[at]
        return self.lines[self._starts[at] : self._ends[at]]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.lines.split(b"\n")[:-1])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedRecords):
            return self.lines == other.lines
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # compared by content, as a list is

    def __repr__(self) -> str:
        return f"<{len(self):,} records of {len(self.lines):,} bytes>"


@dataclass(frozen=True)
class Split:
    """The records of a body, each one object on one line, and the other fields of its envelope."""

    records: PackedRecords
    envelope: dict[str, Any]


def split_list(body: bytes) -> PackedRecords:
    """The records of `[{…}, …]`."""
    return PackedRecords(decode(_one_line(body), list[msgspec.Raw]))


def split_object(body: bytes) -> PackedRecords:
    """The one record of a body that is itself the record."""
    return PackedRecords([decode(_one_line(body), msgspec.Raw)])


def split_field(
    body: bytes, field: str, others: Mapping[str, Any] = MappingProxyType({}), *, optional: bool = False
) -> Split:
    """The records of `{field: [{…}, …], …}` and `others`, the fields to keep of the envelope, with types.

    A field that the body does not have is None. `optional` is for vendors that omit an empty list.
    """
    envelope = decode(_one_line(body), _envelope_type(field, tuple(others.items())))
    raws = getattr(envelope, field)
    if raws is None and not optional:
        raise UnexpectedShapeError(f"the response has no list `{field}`")
    return Split(PackedRecords(raws or []), {name: getattr(envelope, name) for name in others})


def decode(body: bytes, type_: type[T]) -> T:
    """`body` as `type_`; raises MalformedBodyError or UnexpectedShapeError."""
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        raise UnexpectedShapeError(str(error)) from None
    except RecursionError:
        raise UnexpectedShapeError(TOO_DEEP) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        kind = "HTML" if body.lstrip()[:1] == b"<" else "invalid JSON"
        raise MalformedBodyError(f"{len(body):,} bytes of {kind} ({error})") from None


def fields_of(record: bytes, type_: type[T], what: str) -> T:
    """The few fields of a record that extraction itself needs; numbers may come as text.

    Raises ProtocolError, with `what` as the record's name, when one is missing or of another type.
    """
    try:
        return msgspec.json.decode(record, type=type_, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(
            f"{what} differs from its documentation ({error}); check whether the vendor changed its API."
        ) from None


@cache
def _envelope_type(field: str, others: tuple[tuple[str, Any], ...]) -> type[Any]:
    kept: list[tuple[str, Any, Any]] = [(name, type_ | None, None) for name, type_ in others]
    return msgspec.defstruct("Envelope", [(field, list[msgspec.Raw] | None, None), *kept])


def _one_line(body: bytes) -> bytes:
    """Pretty-printed JSON made compact, because a record must be one line; anything else unchanged."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if b"\n" not in body and b"\r" not in body:
        return body.strip()
    try:
        return msgspec.json.format(body, indent=-1)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body  # decode() raises with the reason

"""Bodies split into records without parsing a field: the records keep the vendor's own bytes.

Splitting first is what makes the way into the warehouse cheap: reading `{"rows": […]}` pages as they come
costs DuckDB 27 times the CPU of newline-delimited records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, overload

import msgspec
import numpy as np
import numpy.typing as npt

from dagster_project.sources.errors import ProtocolError

T = TypeVar("T")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_OBJECT = "a record is not a JSON object"
_PIECE = 1 << 17  # bytes
_NEWLINE, _QUOTE, _BRACE = b'\n"{'


class MalformedBodyError(ValueError):
    """The body is no JSON at all: cut short, HTML, empty. Asking again may help."""


class UnexpectedShapeError(ValueError):
    """The body is JSON of another shape than the contract's. Asking again cannot help."""


class PackedRecords(Sequence[bytes]):
    """The records of a compact list `[{…},{…}]`, left where they stand in the body.

    Making a million objects of a million records costs as much as compressing them; whoever wants one gets a
    copy of its bytes, and whoever wants all of them as lines gets the body with other separators.
    """

    def __init__(self, body: bytes, lengths: npt.NDArray[np.int64]) -> None:
        self._body = body
        self._ends = np.cumsum(lengths + 1)  # where the comma or the bracket after each record stands
        self._starts = self._ends - lengths
        self._bytes = np.frombuffer(body, np.uint8)

    @property
    def are_objects(self) -> bool:
        return bool((self._bytes[self._starts] == _BRACE).all())

    def lines(self) -> bytearray | None:
        """The records, a newline after each; None when one is empty or holds a blank or a newline."""
        if not (self._bytes[self._starts + 1] == _QUOTE).all() or b"\r" in self._body:
            return None
        content = bytearray(memoryview(self._body)[1:])
        written = np.frombuffer(content, np.uint8)
        written[self._ends - 1] = _NEWLINE
        # counted in the bytes to be written, so that it can be held against what was fetched
        return content if _newlines(written) == len(self) else None

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return [self[position] for position in range(*at.indices(len(self)))]
        return self._body[self._starts[at] : self._ends[at]]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedRecords):
            return self._body == other._body
        return isinstance(other, Sequence) and len(self) == len(other) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # compared by content, as a list is

    def __repr__(self) -> str:
        return f"<{len(self):,} records of {len(self._body):,} bytes>"


def _newlines(written: npt.NDArray[np.uint8]) -> int:
    """By pieces that stay in the processor's cache: a page's worth of truth values costs more to get."""
    pieces = range(0, len(written), _PIECE)
    return sum(int(np.count_nonzero(written[at : at + _PIECE] == _NEWLINE)) for at in pieces)


@dataclass(frozen=True)
class Split:
    """The records of a body, each one object on one line, and what stood beside them."""

    records: list[bytes]
    beside: dict[str, Any]


def split_list(body: bytes) -> Sequence[bytes]:
    """The records of `[{…}, …]`."""
    body = _one_line(body)
    raws = decode(body, list[msgspec.Raw])
    lengths = np.fromiter(map(len, map(memoryview, raws)), np.int64, len(raws))  # type: ignore[arg-type]
    # known to be a list: when brackets and commas account for all other bytes, no blank is between records
    if not raws or lengths.sum() + len(raws) + 1 != len(body):
        return _objects(raws)
    packed = PackedRecords(body, lengths)
    if not packed.are_objects:
        raise UnexpectedShapeError(_NO_OBJECT)
    return packed


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
            raise UnexpectedShapeError(_NO_OBJECT)
    return records

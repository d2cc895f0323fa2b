"""Reading a text file's bytes before DuckDB does: its compression, encoding, first lines and NUL characters.

DuckDB 2.0.0 does not end on a damaged gzip file with `store_rejects`, and its messages name the landed copy.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

from dagster_project.raw.files.line_ends import LineEnds, are_mixed
from dagster_project.raw.files.opened import UnreadableFileError

MAX_LINE_BYTES = 16 << 20
# In which a header is looked for: blank lines before it, and line breaks in its quoted names.
HEAD_LINES = 20
CHUNK_BYTES = 1 << 20
# Event files compress to a tenth, some to a fiftieth; a gzip made to fill memory or disk to a thousandth.
MAX_RATIO = 200
MAX_SMALL_BYTES = 64 << 20  # up to here the ratio does not matter
MAX_DEPTH = 100
# Nesting is found by brackets that open one after the other, once closed pairs are removed this many times.
PAIRS = (b"[]", b"{}")
PASSES = 3
NUL = b"\0"
ESCAPED_NUL = b"\\u0000"  # as JSON writes it

ADVICE = "copy or export it again"
MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
SUFFIXES = {"gzip": ".gz", "zstd": ".zst"}
ZIP = b"PK\x03\x04"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Inspection:
    """`lines` are the first lines, without their ends; those numbered in `undecodable` are not UTF-8.

    `is_deep`: JSON may be nested too deep. `size` is in bytes, decompressed. `breaks` are the line breaks of
    the whole file, of which `has_mixed_ends` says that they are CR LF and LF.
    """

    compression: str
    lines: tuple[str, ...]
    has_nul: bool
    is_deep: bool = False
    undecodable: frozenset[int] = frozenset()
    size: int = 0
    breaks: int = 0
    has_mixed_ends: bool = False


def inspect(path: Path, format_: str, skip: int = 0, quote: str = '"') -> Inspection:
    """Read the whole file once, in a stream; `skip` lines stand before its header.

    Raises UnreadableFileError.
    """
    compression = compression_of(path)
    head, tail, has_nul, size = b"", b"", False, 0
    depth = _Depth(is_by_line=format_ == "jsonl")
    is_json = format_ in ("json", "jsonl")
    ends = LineEnds()
    for chunk in content_of(path, compression):
        size += len(chunk)
        refuse_inflated(size, path.stat().st_size)
        if head.count(b"\n") < HEAD_LINES + skip and len(head) < MAX_LINE_BYTES:
            head += chunk
        has_nul = has_nul or NUL in chunk
        if is_json and not has_nul:
            has_nul = ESCAPED_NUL in tail + chunk[: len(ESCAPED_NUL)] or ESCAPED_NUL in chunk
            tail = chunk[-len(ESCAPED_NUL) :]
        if is_json:
            depth.add(chunk)
        else:
            ends.add(chunk)
    lines, undecodable = _first_lines(head, skip)
    if format_ == "jsonl":
        _refuse_documents(lines)
    is_mixed = ends.may_be_mixed and are_mixed(content_of(path, compression), quote)
    return Inspection(compression, lines, has_nul, depth.is_exceeded, undecodable, size, ends.lines, is_mixed)


def refuse_inflated(size: int, file_size: int) -> None:
    """Raise UnreadableFileError when decompressed `size` is out of proportion to the file's own."""
    if size > max(MAX_SMALL_BYTES, MAX_RATIO * file_size):
        raise UnreadableFileError(
            f"the file decompresses to more than {MAX_RATIO} times its size; decompress it yourself if that "
            "is right, else export it again"
        )


class _Depth:
    """Whether a line of JSON, or a document, opens more than MAX_DEPTH brackets, chunk by chunk."""

    def __init__(self, is_by_line: bool) -> None:
        self._others = bytes(set(range(256)) - set(b"[]{}\n" if is_by_line else b"[]{}"))
        self.is_exceeded = False
        self._tail = b""

    def add(self, chunk: bytes) -> None:
        if self.is_exceeded:
            return
        brackets = self._tail + chunk.translate(None, self._others)
        for pair in PAIRS * PASSES:
            brackets = brackets.replace(pair, b"")
        self.is_exceeded = bool(re.search(rb"[\[{]{%d}" % MAX_DEPTH, brackets))
        self._tail = brackets[brackets.rfind(b"\n") + 1 :]


def compression_of(path: Path) -> str:
    """The compression that the name says; raises UnreadableFileError when the content is another."""
    named = next((name for name, suffix in SUFFIXES.items() if path.suffix.lower() == suffix), "none")
    with path.open("rb") as handle:
        start = handle.read(4)
    found = next((name for name, magic in MAGIC.items() if start.startswith(magic)), "none")
    if start == ZIP:
        raise UnreadableFileError(
            "the file is a ZIP archive or an Excel workbook; export it as CSV, JSON lines or Parquet"
        )
    if named != found:
        raise UnreadableFileError(
            f"the file is not {named}, though its name ends in {path.suffix}; {ADVICE} under a fitting name"
            if found == "none"
            else f"the file is {found}, though its name does not end in {SUFFIXES[found]}; rename it"
        )
    return named


def content_of(path: Path, compression: str) -> Iterator[bytes]:
    """The file's decompressed content; raises UnreadableFileError when it is damaged."""
    try:
        with path.open("rb") as handle:
            match compression:
                case "gzip":
                    with gzip.open(handle) as content:
                        yield from iter(lambda: content.read(CHUNK_BYTES), b"")
                case "zstd":
                    yield from _zstd_chunks(handle)
                case _:
                    yield from iter(lambda: handle.read(CHUNK_BYTES), b"")
    except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
        raise UnreadableFileError(
            f"the file's {compression} compression is damaged or was cut short ({error}); {ADVICE}"
        ) from error


def _zstd_chunks(handle: BinaryIO) -> Iterator[bytes]:
    """Frame by frame, because zstandard's reader takes a frame that was cut short as the end."""
    frame = None
    while waiting := handle.read(CHUNK_BYTES):
        while waiting:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(waiting)
            waiting = frame.unused_data
            frame = None if frame.eof else frame
    if frame is not None:
        raise EOFError("the last frame has no end")


def _first_lines(head: bytes, skip: int) -> tuple[tuple[str, ...], frozenset[int]]:
    """The first lines, and which of them are not UTF-8; lines may end in LF, CR LF or CR."""
    if head.startswith(UTF_16) or head[:200].count(NUL) > len(head[:200]) // 3:
        raise UnreadableFileError(
            "the file is UTF-16 text; export it as UTF-8 (in a spreadsheet: CSV UTF-8), or write "
            "`encoding: utf-16` in its feed"
        )
    end = b"\n" if b"\n" in head else b"\r"
    wanted = HEAD_LINES + skip
    lines = head.split(end, wanted)[:wanted]
    if len(head) >= MAX_LINE_BYTES and 1 < len(lines) < wanted:
        lines.pop()  # it may have been cut
    if lines and len(lines[0]) >= MAX_LINE_BYTES:
        raise UnreadableFileError(
            f"the first line is longer than {MAX_LINE_BYTES:,} bytes; end each line with a line break"
        )
    decoded = [(line.decode("utf-8-sig", "replace").rstrip("\r"), _is_utf_8(line)) for line in lines]
    undecodable = (number for number, (_, is_utf_8) in enumerate(decoded) if not is_utf_8)
    return tuple(line for line, _ in decoded), frozenset(undecodable)


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse_documents(lines: tuple[str, ...]) -> None:
    """Refuse a file that is one JSON document and not one record per line."""
    first = lines[0].strip() if lines else ""
    is_only_line = not any(line.strip() for line in lines[1:])
    if first.startswith("[") and (is_only_line or not _is_json(first)):
        raise UnreadableFileError(
            "the file is a JSON array, not JSON lines; write `format: json` in its feed"
        )
    if first == "{":
        raise UnreadableFileError(
            "the file is a JSON document over several lines, not JSON lines; write `format: json` in its feed"
        )


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    except RecursionError:  # the other lines can be read
        return True
    return True

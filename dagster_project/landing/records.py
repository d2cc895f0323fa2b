"""From a page's unparsed records to newline-delimited JSON, at the speed of bytes.join."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from dagster_project.landing.errors import LandingError
from dagster_project.sources.records import PackedRecords

FIRST, SECOND = itemgetter(0), itemgetter(1)
OBJECT, KEY = ord("{"), ord('"')


class Lines(NamedTuple):
    """NDJSON of a page: its bytes, how many lines they hold, how many of these are not JSON objects."""

    content: bytes | bytearray
    records: int
    misshapen: int


def page_lines(records: Sequence[bytes], context: Mapping[str, Any]) -> Lines:
    """One line per record, `context` spliced in at each object's head.

    A regular page (compact objects, which is what sources hand on) costs a join and a few scans. One with
    newlines inside its records (pretty-printed JSON), blanks around them, empty objects or records that are
    no objects is handled record by record. A JSON string cannot hold a raw newline: a blank is as good.
    """
    if not records:
        return Lines(b"", 0, 0)
    if isinstance(records, PackedRecords) and not context and (packed := records.lines()) is not None:
        return Lines(packed, len(records), 0)
    head = b"{" + msgspec.json.encode(dict(context))[1:-1] + b"," if context else b"{"
    if not _is_regular(records):
        return _irregular_lines(records, head)
    if context:
        content = head + (b"\n" + head).join([record[1:] for record in records]) + b"\n"
    else:
        content = b"\n".join(records) + b"\n"
    # counted in the bytes to be written, so that it can be held against what was fetched
    return Lines(content, content.count(b"\n"), 0)


def _is_regular(records: Sequence[bytes]) -> bool:
    """Whether all are `{"…` on one line. `in` scans 40 times faster than `count` does for a pair of bytes."""
    if (
        min(map(len, records)) < 2
        or set(map(FIRST, records)) != {OBJECT}
        or set(map(SECOND, records)) != {KEY}
    ):
        return False
    together = b"".join(records)
    return b"\n" not in together and b"\r" not in together


def _irregular_lines(records: Sequence[bytes], head: bytes) -> Lines:
    lines = []
    misshapen = 0
    for record in records:
        line = bytes(record).replace(b"\n", b" ").replace(b"\r", b" ").strip()
        if not line:
            raise LandingError(
                "The source gave a record of no bytes at all; this is a fault of its connector."
            )
        if not line.startswith(b"{"):
            misshapen += 1
        elif len(head) > 1:
            rest = line[1:].lstrip()
            line = (head[:-1] if rest.startswith(b"}") else head) + rest
        lines.append(line)
    content = b"\n".join(lines) + b"\n"
    return Lines(content, content.count(b"\n"), misshapen)

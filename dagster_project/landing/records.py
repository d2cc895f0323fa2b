"""Turning a page's records into newline-delimited JSON without parsing them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from dagster_project.landing.errors import LandingError
from dagster_project.sources.core.records import PackedRecords


class Lines(NamedTuple):
    """NDJSON of a page: its bytes, how many lines they hold, how many of these are not JSON objects."""

    content: bytes
    records: int
    misshapen: int


def page_lines(records: Sequence[bytes], context: Mapping[str, Any]) -> Lines:
    """One line per record, with `context` inserted at the head of each object.

    Records packed as lines, as sources yield them, cost next to nothing. Records that contain newlines
    (pretty-printed JSON) or have spaces around them, empty objects and records that are not objects are
    handled one by one. A JSON string cannot contain a raw newline, so that a space can replace it.
    """
    head = b"{" + msgspec.json.encode(dict(context))[1:-1] + b"," if context else b"{"
    if isinstance(records, PackedRecords) and records.are_regular:
        lines = records.lines
        if context and lines:
            lines = head + lines[1:].replace(b"\n{", b"\n" + head)
        return Lines(lines, len(records), 0)
    return _irregular_lines(records, head)


def _irregular_lines(records: Sequence[bytes], head: bytes) -> Lines:
    lines = []
    misshapen = 0
    for record in records:
        line = bytes(record).replace(b"\n", b" ").replace(b"\r", b" ").strip()
        if not line:
            raise LandingError(
                "The source gave a record of no bytes, which is a bug of its connector; nothing was landed."
            )
        if not line.startswith(b"{"):
            misshapen += 1
        elif len(head) > 1:
            rest = line[1:].lstrip()
            line = (head[:-1] if rest.startswith(b"}") else head) + rest
        lines.append(line)
    content = b"\n".join([*lines, b""])
    # counted in the bytes to be written, so that it can be compared with the number fetched
    return Lines(content, content.count(b"\n"), misshapen)

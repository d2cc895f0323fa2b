"""From a page's unparsed records to newline-delimited JSON, at the speed of bytes.join."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from dagster_project.landing.errors import LandingError

# `{}` after which no comma may follow when a context is spliced in before its brace
EMPTY_OBJECT = re.compile(rb"^\{\s*\}", re.MULTILINE)


class Lines(NamedTuple):
    """NDJSON of a page: its bytes, how many lines they hold, how many of these are not JSON objects."""

    content: bytes
    records: int
    misshapen: int


def page_lines(records: Sequence[bytes], context: Mapping[str, Any]) -> Lines:
    """One line per record, `context` spliced in at each object's head.

    A page costs one join and a few scans; newlines inside its records (pretty-printed JSON) or a context cost
    a few replaces more. Only a page with an empty object beside a context, or with records that are no
    objects, is handled record by record. A JSON string cannot hold a raw newline, so a blank is as good.
    """
    if not records:
        return Lines(b"", 0, 0)
    head = b"{" + msgspec.json.encode(dict(context))[1:-1] + b"," if context else b"{"
    content = b"\n".join(records) + b"\n"
    if content.count(b"\n") != len(records) or b"\r" in content:
        # valid JSON holds no NUL byte, so it can stand for the true record ends meanwhile
        joined = b"\0".join(records)
        content = joined.replace(b"\n", b" ").replace(b"\r", b" ").replace(b"\0", b"\n") + b"\n"
    if not _is_regular(content, len(records)) or (context and _may_hold_empty_object(content, len(records))):
        return _irregular_lines(records, head)
    if context:
        content = (b"\n" + content).replace(b"\n{", b"\n" + head)[1:]
    return Lines(content, content.count(b"\n"), 0)


def _is_regular(content: bytes, count: int) -> bool:
    return content.count(b"\n") == count and content.startswith(b"{") and content.count(b"\n{") == count - 1


def _may_hold_empty_object(content: bytes, count: int) -> bool:
    if content.startswith(b'{"') and content.count(b'\n{"') == count - 1:
        return False
    return EMPTY_OBJECT.search(content) is not None


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

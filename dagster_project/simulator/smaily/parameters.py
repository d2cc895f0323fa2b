"""Query parameters, parsed as leniently as Smaily does."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import QueryParams


def number(query: QueryParams, name: str, default: int) -> int:
    """A whole number; an invalid one counts as absent."""
    text = query.get(name, "").strip()
    return int(text) if text.isdecimal() else default


def text_list(query: QueryParams, name: str) -> list[str]:
    """`name=a,b`, `name[]=a&name[]=b` or `name[0]=a&name[1]=b`."""
    given = [
        value
        for key, value in query.multi_items()
        if key == name or (key.startswith(f"{name}[") and key.endswith("]"))
    ]
    return [part.strip() for value in given for part in value.split(",") if part.strip()]


def page_of(
    rows: Sequence[Any], query: QueryParams, page_name: str, maximum: int, shifts: bool
) -> Sequence[Any]:
    """One page of a short list. `page_name` counts pages from 0, also where Smaily calls it offset.

    `shifts` begins the page one row early, as duplicates and rows added between two pages do.
    """
    limit = number(query, "limit", 0)
    limit = min(limit, maximum) if limit else maximum
    start = number(query, page_name, 0) * limit - int(shifts)
    return rows[start : start + limit]

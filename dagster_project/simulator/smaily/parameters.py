"""Query parameters, parsed as leniently as Smaily does."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.datastructures import QueryParams

from dagster_project.simulator.smaily.account import SmailyOptions

_RECORDS_OF_A_PAGE: Final = 10_000  # by a page of help, whatever `limit` says


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
    rows: Sequence[Any],
    query: QueryParams,
    page_name: str,
    maximum: int,
    shifts: bool,
    options: SmailyOptions,
) -> Sequence[Any] | None:
    """One page of a short list, None where its limit is refused.

    `shifts` begins the page one row early, as duplicates and rows added between two pages do.
    """
    bounds = page_bounds(query, page_name, maximum, options)
    if bounds is None:
        return None
    start, stop = bounds
    return rows[max(0, start - int(shifts)) : stop - int(shifts)]


def page_bounds(
    query: QueryParams, page_name: str, maximum: int, options: SmailyOptions
) -> tuple[int, int] | None:
    """First row and end of the requested page, by what the account's pages count; None if it is refused."""
    limit, at = number(query, "limit", 0), number(query, page_name, 0)
    most = options.smaily_page_maximum or maximum
    if options.smaily_over_maximum == "refuse" and limit > most:
        return None
    size = min(limit or most, most)
    match options.smaily_pages:
        case "ten_thousand":
            start = at * _RECORDS_OF_A_PAGE
        case "from_one":
            start = max(0, at - 1) * size
        case "records":
            start = at
        case _:
            start = at * size
    return start, start + size

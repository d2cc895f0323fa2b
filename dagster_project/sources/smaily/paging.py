"""Reading a list of Smaily to its end, whichever of the vendor's descriptions of paging is true.

Its pages of help count pages from 0 or from 1, in pages of `limit` or of 10,000 records, or in records; a
server may also give fewer records than asked. So only an empty page is an end, and a list that can be
requested in reverse is complete when it has the newest record.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from dagster_project.sources.core.errors import NotFoundError, ProtocolError
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.records import fields_of
from dagster_project.sources.smaily.errors import RefusedRequestError

OLDEST_FIRST = {"sort_by": "created_at", "sort_order": "ASC"}  # new ones come last, so pages do not shift
NEWEST_FIRST = {"sort_by": "created_at", "sort_order": "DESC"}

Records = Sequence[bytes]
Fetch = Callable[[Mapping[str, Any]], Records]


class _Identified(msgspec.Struct):
    id: int | str


def within_limit(limits: Sequence[int], fetch: Callable[[int], Records]) -> tuple[int, Records]:
    """The largest of `limits` that Smaily does not refuse, and the records it gives."""
    for limit in limits[:-1]:
        try:
            return limit, fetch(limit)
        except RefusedRequestError:
            continue
    return limits[-1], fetch(limits[-1])


def pages(fetch: Callable[[int, int], Records], limit: int, what: str) -> Iterator[Records]:
    """The pages of a list up to an empty one; `fetch` takes the page parameter's value and the limit.

    Raises ProtocolError when pages repeat or never end.
    """
    listing = Listing(what)
    first = fetch(0, limit)
    listing.add(first)
    yield first
    # A server that gives fewer than asked may still count pages of what was asked, and so skip records.
    limit_of_pages = min(limit, len(first) or limit)

    def follow(at: int) -> Records:
        try:
            return fetch(at, limit_of_pages)
        except (RefusedRequestError, NotFoundError):
            return []  # some servers refuse a page after the last one

    at, step = 1, 1
    following = follow(at)
    if first and following == first:  # counted from 1, or the parameter is ignored
        at += 1
        following = follow(at)
        if following == first and len(first) < limit:
            return
    elif len(first) > 2 and following and following[0] == first[1]:  # counted in records
        at = step = len(first)
        following = follow(at)
    while following:
        listing.add(following)
        yield following
        at += 1 if step == 1 else len(following)
        following = follow(at)


def whole_list(fetch: Fetch, page_name: str, limits: Sequence[int], what: str) -> list[Records]:
    """Every page of a list that can be sorted by its records' creation.

    Raises ProtocolError when the list cannot be read to its newest record.
    """
    limit, newest = within_limit(limits, lambda limit: fetch({**NEWEST_FIRST, "limit": limit, page_name: 0}))
    newest_ids = _ids(newest, what)
    if len(newest) < 2:  # its order says nothing
        everything = fetch({})
        if _ids(everything, what) == newest_ids:
            return [everything]
    read: list[Records] = []
    ids: set[str] = set()
    is_reversed = False

    def oldest(at: int, limit: int) -> Records:
        return fetch({**OLDEST_FIRST, "limit": limit, page_name: at})

    for page in pages(oldest, limit, what):
        listed = _ids(page, what)
        is_reversed = is_reversed or bool(listed and not ids and newest_ids[:1] != listed[:1])
        read.append(page)
        ids.update(listed)
        if is_reversed and ids.issuperset(newest_ids[:1]):
            return read
    if is_reversed and ids.intersection(newest_ids):
        missing = [record for record, id_ in zip(newest, newest_ids, strict=True) if id_ not in ids]
        return [*read, missing]
    return _confirmed(fetch, read, ids, newest_ids, what)


def _confirmed(
    fetch: Fetch, read: list[Records], ids: set[str], newest_ids: Sequence[str], what: str
) -> list[Records]:
    """`read`, or the list without paging where that has more; ProtocolError when neither can be complete."""
    everything = fetch({})
    every_id = set(_ids(everything, what))
    if every_id.issuperset(ids) and every_id.issuperset(newest_ids):
        return [everything] if every_id > ids or not read else read
    raise ProtocolError(
        f"{what} ends after {len(ids):,} records and does not have the newest one, which another request "
        "gives; nothing of it was landed. Ask Smaily's support how its pages are counted, and report it."
    )


def _ids(records: Records, what: str) -> list[str]:
    return [str(fields_of(record, _Identified, f"A record of {what}").id) for record in records]

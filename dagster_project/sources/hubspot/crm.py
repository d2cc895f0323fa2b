"""Objects of HubSpot's CRM: what was modified since a cursor, and what was deleted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import msgspec

from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.records import Split, fields_of
from dagster_project.sources.core.stream import Page
from dagster_project.sources.hubspot.client import Client
from dagster_project.sources.hubspot.errors import TITLE
from dagster_project.sources.hubspot.times import instant, milliseconds

SEARCH_LIMIT = 200
READ_LIMIT = 50  # with the history of properties; 100 without
LIST_LIMIT = 100
# The index that searches read is behind what was written, and clocks differ: later modifications are left to
# the next run, so that none is passed over and none is read twice.
LAG = timedelta(minutes=15)


@dataclass(frozen=True)
class Objects:
    """A kind of objects: the property with the time of the last modification, and what is landed of each.

    `read` makes the pages of those with the given ids, `deleted` of records of the list of deleted ones.
    """

    kind: str
    modified: str
    properties: Sequence[str]
    read: Callable[[Sequence[str]], Iterator[Page]]
    deleted: Callable[[Sequence[bytes]], Iterable[Page]]


class Identified(msgspec.Struct):
    id: str


class _Archived(msgspec.Struct):
    id: str
    archivedAt: str | None = None


class _After(msgspec.Struct):
    after: str | None = None


class _Paging(msgspec.Struct):
    next: _After | None = None


@dataclass(frozen=True)
class Modified:
    """Modifications after `since` up to `until`, in milliseconds; the ids up to `last_id` have been read."""

    since: int
    until: int
    last_id: int = 0

    @classmethod
    def after(cls, cursor: str | None, until: int) -> Self:
        """What is to be read next. A run that was cut short goes on in the same span."""
        since, *rest = (int(part) for part in (cursor or "0").split(":"))
        return cls(since, *rest) if rest else cls(since, max(until, since))

    @property
    def cursor(self) -> str:
        return f"{self.since}:{self.until}:{self.last_id}"


def modified_objects(client: Client, objects: Objects, cursor: str | None) -> Iterator[Page]:
    """What was modified since the cursor, in the order of the ids, and then what was deleted since."""
    latest = milliseconds(client.now() - LAG)
    while True:
        span = Modified.after(cursor, latest)
        if span.until > span.since:
            yield from _modified(client, objects, span)
            yield from _archived(client, objects, span)
        cursor = str(span.until)
        yield Page([], cursor=cursor)
        if span.until >= latest:
            return


def search(
    client: Client,
    kind: str,
    filters: Sequence[Mapping[str, str]],
    properties: Sequence[str],
    last_id: int = 0,
) -> Iterator[Sequence[bytes]]:
    """All objects that fit the filters, in the order of their ids.

    Every page is a search for later ids, because HubSpot gives no more than 10,000 results of one search, and
    because pages by offset shift when a record leaves the result meanwhile.
    """
    while True:
        body = {
            "filterGroups": [
                {
                    "filters": [
                        *filters,
                        {"propertyName": "hs_object_id", "operator": "GT", "value": str(last_id)},
                    ]
                }
            ],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": SEARCH_LIMIT,
        }
        page = client.search_objects(kind, body)
        if not page.records:
            return
        ids = [object_id(record, kind) for record in page.records]
        if min(ids) <= last_id:
            raise ProtocolError(
                f"{TITLE}'s search of {kind} gives id {min(ids)} in answer to one for ids after {last_id}; "
                "reading was stopped. Run again later, and check whether the vendor changed its API."
            )
        yield page.records
        last_id = max(ids)
        if next_after(page) is None:
            return


def next_after(page: Split) -> str | None:
    """Where the next page begins; None after the last one."""
    paging = msgspec.convert(page.envelope["paging"] or {}, _Paging, strict=False)
    return (paging.next.after or None) if paging.next else None


def object_id(record: bytes, kind: str) -> int:
    text = fields_of(record, Identified, f"A record of {kind} of {TITLE}").id
    if not text.isdecimal():
        raise ProtocolError(
            f"A record of {kind} of {TITLE} has an id that is not a number; report it to the vendor."
        )
    return int(text)


def listed(client: Client, kind: str, parameters: Mapping[str, Any]) -> Iterator[Sequence[bytes]]:
    """The list of all objects, page by page."""
    return cursor_pages(kind, lambda query: client.list_objects(kind, query), parameters)


def cursor_pages(
    kind: str, get: Callable[[Mapping[str, Any]], Split], parameters: Mapping[str, Any]
) -> Iterator[Sequence[bytes]]:
    """The pages of a list, each with the cursor of the next one."""
    listing = Listing(f"{TITLE}'s list of {kind}", most_pages=100_000)
    following: dict[str, str] = {}
    while True:
        page = get({"limit": LIST_LIMIT, **parameters, **following})
        listing.add(page.records)
        yield page.records
        after = next_after(page)
        if after is None:
            return
        if following == {"after": after}:
            raise ProtocolError(
                f"{TITLE}'s list of {kind} does not move on; reading was stopped. Run again later."
            )
        following = {"after": after}


def _modified(client: Client, objects: Objects, span: Modified) -> Iterator[Page]:
    filters = [
        {"propertyName": objects.modified, "operator": "GT", "value": str(span.since)},
        {"propertyName": objects.modified, "operator": "LTE", "value": str(span.until)},
    ]
    for records in search(client, objects.kind, filters, ["hs_object_id"], span.last_id):
        ids = sorted(object_id(record, objects.kind) for record in records)
        for start in range(0, len(ids), READ_LIMIT):
            part = ids[start : start + READ_LIMIT]
            yield from objects.read([str(id_) for id_ in part])
            yield Page([], cursor=Modified(span.since, span.until, part[-1]).cursor)


def _archived(client: Client, objects: Objects, span: Modified) -> Iterator[Page]:
    """Deleted objects stay in their list for 90 days; those of before the span have landed before."""
    parameters = {"archived": "true", "properties": ",".join(objects.properties)}
    for records in listed(client, objects.kind, parameters):
        new = [record for record in records if _is_archived_within(record, objects.kind, span)]
        if new:
            yield from objects.deleted(new)


def _is_archived_within(record: bytes, kind: str, span: Modified) -> bool:
    what = f"A deleted record of {kind} of {TITLE}"
    at = fields_of(record, _Archived, what).archivedAt
    return at is not None and span.since < milliseconds(instant(at, what)) <= span.until

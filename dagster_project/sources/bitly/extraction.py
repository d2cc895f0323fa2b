"""How each Bitly stream is read, page by page."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any

import msgspec

from dagster_project.sources.bitly.client import Client
from dagster_project.sources.bitly.links import Bitlink, Link
from dagster_project.sources.core.errors import NotFoundError, ProtocolError
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.prefetch import map_concurrently
from dagster_project.sources.core.records import Split, fields_of, split_field, split_object
from dagster_project.sources.core.stream import Page, Request, requested_window

PAGE_SIZE = 100
CONNECTIONS = 4  # Bitly accepts five per IP address; one is left for other clients
FACET_SIZE = 1000  # values of one dimension; more than there are countries or devices

_BITLINKS = "/groups/{group_guid}/bitlinks"

logger = logging.getLogger(__name__)


class _Group(msgspec.Struct):
    guid: str


class _Clicks(msgspec.Struct):
    date: str


class _Pagination(msgspec.Struct):
    """The URL of the next page; empty on the last one."""

    next: str | None = None


def groups(client: Client, _: Request) -> Iterator[Page]:
    yield Page(_groups(client))


def bitlinks(client: Client, _: Request) -> Iterator[Page]:
    for group, records in _listed(client):
        yield Page(records, context={"_group_guid": group})


def link_clicks(client: Client, request: Request) -> Iterator[Page]:
    """One call per address for the whole window, yielded by day; a day without clicks is an empty page.

    Bitly gives either every day or only those with clicks. `unit_reference` is the window's last instant,
    always in UTC, because the API does not document what another offset does to the days. One account was
    seen to get its older days as one total, which only a comparison with stream `link_totals` detects.
    """
    window = requested_window(request)
    end = min(datetime.combine(window.end, time(23, 59, 59), UTC), client.now())
    parameters = {
        "unit": "day",
        "units": (window.end - window.start).days + 1,
        "unit_reference": _instant(end),
    }
    by_day: dict[str, list[Page]] = {day.isoformat(): [] for day in window.days()}
    for context, records in _per_address(client, "clicks", parameters, _field("link_clicks")):
        for record in records:
            day = fields_of(record, _Clicks, "A day of clicks of Bitly").date[:10]
            if day in by_day:  # a plan that keeps less history gives days outside the window
                by_day[day].append(Page([record], partition=day, context=context))
    for day, pages in by_day.items():
        yield Page([], partition=day)
        yield from pages


def link_totals(client: Client, _: Request) -> Iterator[Page]:
    yield from _snapshot(client, "clicks/summary", {}, split_object)


def link_countries(client: Client, _: Request) -> Iterator[Page]:
    yield from _facet(client, "countries")


def link_referrers(client: Client, _: Request) -> Iterator[Page]:
    yield from _facet(client, "referrers")


def link_devices(client: Client, _: Request) -> Iterator[Page]:
    yield from _facet(client, "devices")


def link_cities(client: Client, _: Request) -> Iterator[Page]:
    yield from _facet(client, "cities")


def _facet(client: Client, facet: str) -> Iterator[Page]:
    yield from _snapshot(client, facet, {"size": FACET_SIZE}, _field("metrics"))


def _snapshot(
    client: Client, part: str, parameters: dict[str, Any], parse: Callable[[bytes], Sequence[bytes]]
) -> Iterator[Page]:
    """All clicks since the links were created."""
    since_creation = {"unit": "day", "units": -1, "unit_reference": _instant(client.now()), **parameters}
    for context, records in _per_address(client, part, since_creation, parse):
        yield Page(records, context=context)


def _per_address(
    client: Client, part: str, parameters: dict[str, Any], parse: Callable[[bytes], Sequence[bytes]]
) -> Iterator[tuple[dict[str, str], Sequence[bytes]]]:
    """`/bitlinks/{bitlink}/{part}` of every link and back-half, without those that were deleted."""

    def fetch(address: str) -> Sequence[bytes] | None:
        try:
            return client.read(f"/bitlinks/{{bitlink}}/{part}", {"bitlink": address}, parameters, parse)
        except NotFoundError:
            logger.info("Bitly no longer has %s; it is left out of %s.", address, part)
            return None

    addresses = [(link.id, address) for link in _links(client) for address in link.addresses]
    responses = map_concurrently(fetch, (address for _, address in addresses), CONNECTIONS)
    for (link_id, address), records in zip(addresses, responses, strict=True):
        if records is not None:
            yield {"_bitlink": link_id, "_clicked_bitlink": address}, records


def _links(client: Client) -> list[Link]:
    """Every link of every group, listed once per client."""
    if client.links is None:
        client.links = [
            fields_of(record, Bitlink, "A link of Bitly").link()
            for _, records in _listed(client)
            for record in records
        ]
    return client.links


def _listed(client: Client) -> Iterator[tuple[str, Sequence[bytes]]]:
    """The links of every group, archived ones included, page by page."""

    def parse(body: bytes) -> Split:
        return split_field(body, "links", {"pagination": _Pagination})

    for group in (fields_of(record, _Group, "A group of Bitly").guid for record in _groups(client)):
        parameters: dict[str, Any] = {"size": PAGE_SIZE, "archived": "both"}
        page = client.read(_BITLINKS, {"group_guid": group}, parameters, parse)
        listing = Listing(f"Bitly's {_BITLINKS}")
        followed: set[str] = set()
        while True:
            listing.add(page.records)
            yield group, page.records
            next_link = page.envelope["pagination"].next if page.envelope["pagination"] else None
            if not next_link:
                break
            if next_link in followed:
                raise ProtocolError(
                    f"Bitly's paging links of {_BITLINKS} form a loop; the listing was stopped. "
                    "Run again later."
                )
            followed.add(next_link)
            page = client.http.follow(next_link, parse, _BITLINKS)


def _groups(client: Client) -> Sequence[bytes]:
    return client.read("/groups", {}, {}, _field("groups"))


def _field(name: str) -> Callable[[bytes], Sequence[bytes]]:
    return lambda body: split_field(body, name).records


def _instant(at: datetime) -> str:
    """`2026-11-16T04:00:00+0000`, Bitly's format of an instant."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S%z")

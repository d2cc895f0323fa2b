"""How each Bitly stream is read, page by page."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any

import msgspec

from dagster_project.sources.bitly.client import Client
from dagster_project.sources.bitly.links import Bitlink, Link
from dagster_project.sources.core.errors import NotFoundError, ProtocolError
from dagster_project.sources.core.prefetch import asked_at_once
from dagster_project.sources.core.records import Split, fields_of, split_field, split_object
from dagster_project.sources.core.stream import Page, Request, asked_window

PAGE_SIZE = 100
CONNECTIONS = 4  # Bitly takes five at once from one address; one is left for who else is there
FACET_SIZE = 1000  # values of one dimension; more than there are countries or devices

_BITLINKS = "/groups/{group_guid}/bitlinks"

logger = logging.getLogger(__name__)


class _Group(msgspec.Struct):
    guid: str


class _Clicks(msgspec.Struct):
    date: str


class _Pagination(msgspec.Struct):
    """Where the next page is; an empty address on the last one."""

    next: str | None = None


def groups(client: Client, _: Request) -> Iterator[Page]:
    yield Page(_groups(client))


def bitlinks(client: Client, _: Request) -> Iterator[Page]:
    for group, records in _listed(client):
        yield Page(records, context={"_group_guid": group})


def link_clicks(client: Client, request: Request) -> Iterator[Page]:
    """One call per address for the whole window, handed out by day; a day with nothing is an empty page.

    Bitly gives either every day or only those with clicks. `unit_reference` is the window's last instant,
    always in UTC, since the API does not say what another offset would do to the days. An account was seen
    that got older days as one total: only the stream of totals can tell.
    """
    window = asked_window(request)
    end = min(datetime.combine(window.end, time(23, 59, 59), UTC), client.now())
    asked = {"unit": "day", "units": (window.end - window.start).days + 1, "unit_reference": _instant(end)}
    by_day: dict[str, list[Page]] = {day.isoformat(): [] for day in window.days()}
    for context, records in _of_every_address(client, "clicks", asked, _field("link_clicks")):
        for record in records:
            day = fields_of(record, _Clicks, "A day of clicks of Bitly").date[:10]
            if day in by_day:  # a plan that keeps less history answers with days nobody asked for
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
    """Everything since the links were made."""
    asked = {"unit": "day", "units": -1, "unit_reference": _instant(client.now()), **parameters}
    for context, records in _of_every_address(client, part, asked, parse):
        yield Page(records, context=context)


def _of_every_address(
    client: Client, part: str, parameters: dict[str, Any], parse: Callable[[bytes], Sequence[bytes]]
) -> Iterator[tuple[dict[str, str], Sequence[bytes]]]:
    """`/bitlinks/{bitlink}/{part}` of every link and back-half; deleted ones have nothing to say."""

    def ask(address: str) -> Sequence[bytes] | None:
        try:
            return client.read(f"/bitlinks/{{bitlink}}/{part}", {"bitlink": address}, parameters, parse)
        except NotFoundError:
            logger.info("Bitly no longer knows %s; left out of %s.", address, part)
            return None

    addresses = [(link.id, address) for link in _links(client) for address in link.addresses]
    answers = asked_at_once(ask, (address for _, address in addresses), CONNECTIONS)
    for (link_id, address), records in zip(addresses, answers, strict=True):
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
        asked: dict[str, Any] = {"size": PAGE_SIZE, "archived": "both"}
        page = client.read(_BITLINKS, {"group_guid": group}, asked, parse)
        followed: set[str] = set()
        while True:
            yield group, page.records
            following = page.beside["pagination"].next if page.beside["pagination"] else None
            if not following:
                break
            if following in followed:
                raise ProtocolError("Bitly's paging links lead in a circle; the listing was stopped.")
            followed.add(following)
            page = client.http.follow(following, parse, _BITLINKS)


def _groups(client: Client) -> Sequence[bytes]:
    return client.read("/groups", {}, {}, _field("groups"))


def _field(name: str) -> Callable[[bytes], Sequence[bytes]]:
    return lambda body: split_field(body, name).records


def _instant(at: datetime) -> str:
    """`2026-11-16T04:00:00+0000`, the way Bitly writes instants."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S%z")

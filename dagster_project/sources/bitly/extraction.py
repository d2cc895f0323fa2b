"""How each Bitly stream is read, page by page."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec

from dagster_project.sources.bitly.addresses import per_address
from dagster_project.sources.bitly.client import Client
from dagster_project.sources.bitly.listing import field_of, group_records, listed
from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.core.records import fields_of, split_object
from dagster_project.sources.core.redaction import excerpt
from dagster_project.sources.core.stream import Page, Request, requested_window

FACET_SIZE = 1000  # values of one dimension; more than there are countries or devices


class _Clicks(msgspec.Struct):
    date: str


def groups(client: Client, _: Request) -> Iterator[Page]:
    yield Page(group_records(client))


def bitlinks(client: Client, _: Request) -> Iterator[Page]:
    for group, records in listed(client):
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
    for context, records in per_address(client, "clicks", parameters, field_of("link_clicks")):
        for record in records:
            day = _day(record)
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
    yield from _snapshot(client, facet, {"size": FACET_SIZE}, field_of("metrics"))


def _snapshot(
    client: Client, part: str, parameters: dict[str, Any], parse: Callable[[bytes], Sequence[bytes]]
) -> Iterator[Page]:
    """All clicks since the links were created."""
    since_creation = {"unit": "day", "units": -1, "unit_reference": _instant(client.now()), **parameters}
    for context, records in per_address(client, part, since_creation, parse):
        yield Page(records, context=context)


def _day(record: bytes) -> str:
    text = fields_of(record, _Clicks, "A day of clicks of Bitly").date
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise ProtocolError(
            f"A day of clicks of Bitly has the date {excerpt(text)}, which is not of the documented form; "
            "check whether the vendor changed its API."
        ) from None


def _instant(at: datetime) -> str:
    """`2026-11-16T04:00:00+0000`, Bitly's format of an instant."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S%z")

"""How each GA4 report is read: one day per call, with the flags and row count from its envelope."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from dagster_project.sources.core.records import Split
from dagster_project.sources.core.stream import Page, Request, requested_window
from dagster_project.sources.google_analytics.client import Client, ReportPage, row_count
from dagster_project.sources.google_analytics.reports import (
    DAILY_TOTALS_REPORT,
    EVENT_ATTRIBUTES_REPORT,
    EVENT_PARAMETERS_REPORT,
    EVENTS_REPORT,
    Report,
)

# Each is served from a table of its own, which Google folds, withholds or samples by itself.
REPORTS_BY_HIT = (EVENTS_REPORT, EVENT_ATTRIBUTES_REPORT, EVENT_PARAMETERS_REPORT)


def events(client: Client, request: Request) -> Iterator[Page]:
    yield from _days(client, request, EVENTS_REPORT)


def event_attributes(client: Client, request: Request) -> Iterator[Page]:
    yield from _days(client, request, EVENT_ATTRIBUTES_REPORT)


def event_parameters(client: Client, request: Request) -> Iterator[Page]:
    yield from _days(client, request, EVENT_PARAMETERS_REPORT)


def daily_totals(client: Client, request: Request) -> Iterator[Page]:
    """Totals without dimensions, with the flags of the reports by hit: a total has no (other) row."""
    for day in requested_window(request).days():
        hit_reports = () if client.totals_only else REPORTS_BY_HIT
        flags_of_hits = [_flags(client.peek(report, day)) for report in hit_reports]
        for page in client.run(DAILY_TOTALS_REPORT, day):
            flags = {
                name: value or any(flags[name] for flags in flags_of_hits)
                for name, value in _flags(page.split).items()
            }
            yield _page(client, page, day, {"_day": day.isoformat(), **flags})


def due_for_hits(
    client: Client, landed: Mapping[str, Mapping[str, Any]], start: date, today: date
) -> Collection[date] | None:
    """The days since the last one that has landed, of a property whose events come from its export.

    They are empty, and say that the source is read until today. None of any other property.
    """
    del start  # what has landed says where to go on
    if not client.totals_only:
        return None
    last = max((date.fromisoformat(day) for day in landed), default=today)
    return [last + timedelta(days=offset) for offset in range(1, (today - last).days + 1)]


def _days(client: Client, request: Request, report: Report) -> Iterator[Page]:
    """Nothing of a property whose events come from its export."""
    for day in () if client.totals_only else requested_window(request).days():
        for page in client.run(report, day):
            yield _page(client, page, day, {})


def _page(client: Client, read: ReportPage, day: date, context: Mapping[str, Any]) -> Page:
    """The rows with the property's time zone and currency; the report's metadata and flags as metadata."""
    page = read.split
    metadata = _metadata(page)
    settings = {
        "_property": client.property.removeprefix("properties/"),
        "_property_time_zone": metadata.get("timeZone"),
        "_currency": metadata.get("currencyCode"),
    }
    if _is_revenue_restricted(metadata):
        settings["_is_revenue_restricted"] = True
    flags = {name.removeprefix("_"): value for name, value in _flags(page).items()}
    left = {name: quota.remaining for name, quota in (page.envelope["propertyQuota"] or {}).items()}
    return Page(
        records=page.records,
        partition=day.isoformat(),
        context={**settings, **context},
        metadata={**metadata, **flags, "quota_left": left},
        announced=row_count(page),
        restarts=read.restarts,
    )


def _metadata(page: Split) -> dict[str, Any]:
    return dict(page.envelope["metadata"] or {})


def _flags(page: Split) -> dict[str, bool]:
    """Whether rows are aggregated into (other), withheld or sampled; Google omits flags that are false."""
    metadata = _metadata(page)
    return {
        "_data_loss_from_other_row": bool(metadata.get("dataLossFromOtherRow")),
        "_subject_to_thresholding": bool(metadata.get("subjectToThresholding")),
        "_is_sampled": bool(metadata.get("samplingMetadatas")),
    }


def _is_revenue_restricted(metadata: Mapping[str, Any]) -> bool:
    """Whether the account's role hides revenue: Google then reports it as 0."""
    restrictions = metadata.get("schemaRestrictionResponse") or {}
    return "REVENUE_DATA" in str(restrictions.get("activeMetricRestrictions"))

"""How the events of a day are read: each table's records, with what the models need of them at their head."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from dagster_project.sources.core.records import PackedRecords, UnexpectedShapeError
from dagster_project.sources.core.stream import Page, Request, requested_window
from dagster_project.sources.google_analytics_export.client import DAYS_UNTIL_FINAL, Client, TablePage
from dagster_project.sources.google_analytics_export.flattening import flattened
from dagster_project.sources.google_analytics_export.tables import mark_of, names_of


def events(client: Client, request: Request) -> Iterator[Page]:
    for day in requested_window(request).days():
        is_final = client.now().date() >= day + timedelta(days=DAYS_UNTIL_FINAL)
        for page in client.pages(day):
            yield Page(
                records=_records(page.lines),
                partition=day.isoformat(),
                context=_context(client, page),
                restarts=page.restarts,
            )
        tables = client.days().get(day, [])
        yield Page(
            records=(),
            partition=day.isoformat(),
            metadata={
                "mark": mark_of(tables),
                "is_missing": not tables,
                "tables": names_of(tables),
                "is_final": is_final,
            },
        )


def due(
    client: Client, landed: Mapping[str, Mapping[str, Any]], start: date, today: date
) -> Collection[date]:
    return client.due(landed, start, today)


def _context(client: Client, page: TablePage) -> dict[str, Any]:
    return {
        "_property": page.table.property_id,
        "_namespace": client.namespace(page.table),
        "_table": page.table.kind.name.lower(),
    }


def _records(lines: list[bytes]) -> PackedRecords | list[bytes]:
    """The records, flattened; anything but a JSON object stays as it came, for quarantine."""
    records = [_record(line) for line in lines]
    try:
        return PackedRecords(records)  # type: ignore[arg-type]
    except UnexpectedShapeError:
        return records


def _record(line: bytes) -> bytes:
    try:
        return flattened(line)
    except ValueError:
        return line

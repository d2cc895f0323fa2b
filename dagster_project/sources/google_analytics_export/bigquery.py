"""Reading the export's tables through BigQuery's own API, which is free of charge for lists and rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.core.http import Http
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.records import decode
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.retrying import RetryPolicy
from dagster_project.sources.core.throttle import Throttle
from dagster_project.sources.google_analytics.authorization import ServiceAccountAuth
from dagster_project.sources.google_analytics_export.errors import TITLE, classifier_for
from dagster_project.sources.google_analytics_export.tables import Table, day_and_kind, digest, property_in

SCOPES = ("https://www.googleapis.com/auth/bigquery.readonly",)
PAGE_ROWS = 10_000  # BigQuery itself ends a page at 10 MB
_ENCODER = msgspec.json.Encoder()


class _Reference(msgspec.Struct):
    tableId: str


class _Listed(msgspec.Struct):
    tableReference: _Reference
    creationTime: str | int = ""


class _Tables(msgspec.Struct):
    tables: list[_Listed] = []
    nextPageToken: str = ""


class _Field(msgspec.Struct):
    name: str
    mode: str = "NULLABLE"
    fields: list["_Field"] = []


class _Schema(msgspec.Struct):
    fields: list[_Field] = []


class _Table(msgspec.Struct):
    schema: _Schema = msgspec.field(default_factory=_Schema)
    lastModifiedTime: str | int = ""
    numRows: str | int = ""
    streamingBuffer: Any = None


class _Cell(msgspec.Struct):
    v: Any = None


class _Row(msgspec.Struct):
    f: list[_Cell] = []


class _Rows(msgspec.Struct):
    rows: list[_Row] = []
    pageToken: str = ""


class BigQuery:
    """The tables of data sets `project.analytics_<property id>`."""

    # Asking for the state of each older table again costs a request; it is read once more when it is final.
    restates_for_days: int | None = 10

    def __init__(
        self,
        datasets: Sequence[str],
        key_file: Path,
        base_url: str,
        allow_http: bool,
        sleep: Callable[[float], None],
    ) -> None:
        redactor = Redactor()
        self._auth = ServiceAccountAuth(key_file, redactor, allow_http, SCOPES)
        self._datasets = datasets
        self.http = Http(
            title=TITLE,
            base_url=base_url,
            auth=self._auth,
            classify=classifier_for(self._auth.account),
            throttle=Throttle(sleep=sleep),
            redactor=redactor,
            retry=RetryPolicy(4, backoff_factor=2.0, backoff_max=60.0, pause=sleep),
        )

    def tables(self) -> list[Table]:
        """All days; their marks say only when a table was made, `marked` what it holds."""
        return [table for dataset in self._datasets for table in self._tables_of(dataset)]

    def marked(self, table: Table) -> Table:
        """The table with a mark of its present content."""
        found = self._table(table)
        state = (found.lastModifiedTime, found.numRows, found.streamingBuffer)
        return replace(table, mark=digest([table.parts[0], str(state)]))

    def lines(self, table: Table) -> Iterator[list[bytes]]:
        """The table's rows as lines of JSON, a page at a time."""
        fields = self._table(table).schema.fields
        listing = Listing(f"{TITLE}: {table.parts[0]}")
        parameters: dict[str, Any] = {"maxResults": PAGE_ROWS}
        tokens: set[str] = set()
        while True:
            page = self.http.get(f"{table.parts[0]}/data", _rows, parameters, "tabledata.list")
            lines = [_ENCODER.encode(_object(fields, row.f)) for row in page.rows]
            listing.add(lines)
            yield lines
            if not page.pageToken:
                return
            if page.pageToken in tokens:
                raise ProtocolError(
                    f"{TITLE} gave the same page token twice for {table.parts[0]}; reading was stopped. Run "
                    "again later."
                )
            tokens.add(page.pageToken)
            parameters["pageToken"] = page.pageToken

    def close(self) -> None:
        self._auth.close()
        self.http.__exit__()

    def _tables_of(self, dataset: str) -> Iterator[Table]:
        project, _, name = dataset.rpartition(".")
        path = f"projects/{project}/datasets/{name}/tables"
        parameters: dict[str, Any] = {"maxResults": 1000}
        listing = Listing(f"{TITLE}: tables of {dataset}")
        while True:
            page = self.http.get(path, _tables, parameters, "tables.list")
            listing.add([_ENCODER.encode(table) for table in page.tables])
            for table in page.tables:
                table_id = table.tableReference.tableId
                if table_id.startswith("events_") and (found := day_and_kind(table_id)):
                    yield Table(
                        property_in(name), *found, f"made at {table.creationTime}", (f"{path}/{table_id}",)
                    )
            if not page.nextPageToken:
                return
            parameters["pageToken"] = page.nextPageToken

    def _table(self, table: Table) -> _Table:
        return self.http.get(table.parts[0], lambda body: decode(body, _Table), endpoint="tables.get")


def _tables(body: bytes) -> _Tables:
    return decode(body, _Tables)


def _rows(body: bytes) -> _Rows:
    return decode(body, _Rows)


def _object(fields: Sequence[_Field], cells: Sequence[_Cell]) -> dict[str, Any]:
    """A row by its schema, without nulls."""
    found = {}
    for field, cell in zip(fields, cells, strict=False):
        value = _value(field, cell.v)
        if value is not None:
            found[field.name] = value
    return found


def _value(field: _Field, value: Any) -> Any:
    if value is None:
        return None
    if field.mode == "REPEATED":
        listed = value if isinstance(value, list) else []
        return [_single(field, each.get("v")) for each in listed if isinstance(each, Mapping)]
    return _single(field, value)


def _single(field: _Field, value: Any) -> Any:
    if not field.fields or not isinstance(value, Mapping):
        return value
    cells = [_Cell(cell.get("v")) for cell in value.get("f", []) if isinstance(cell, Mapping)]
    return _object(field.fields, cells)

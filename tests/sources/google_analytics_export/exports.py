"""Events and files as the export has them, and how the tests read and load them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.landing import pull_stream
from dagster_project.landing.manifest import read_manifest
from dagster_project.raw.connection import connect
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Request, Window
from dagster_project.sources.google_analytics_export import SOURCE
from dagster_project.sources.registry import SOURCES

STREAM = SOURCE.stream("events")
START, TODAY = date(2026, 9, 1), date(2026, 11, 16)
TABLE = "raw.google_analytics_export__events"
# Those of fixture `export`.
DAYS = {"2026-11-14": 2, "2026-11-15": 1}


def parameter(key: str, value: Any) -> dict[str, Any]:
    field = {str: "string_value", int: "int_value", float: "double_value"}[type(value)]
    return {"key": key, "value": {field: value}}


def event(number: int = 1, day: int = 15, **changes: Any) -> dict[str, Any]:
    """An event at noon of a day of November, `number` seconds later; `parameters` are by name."""
    parameters = {"ga_session_id": 77, "page_location": "https://shop.example.com/"}
    parameters |= changes.pop("parameters", {})
    at = datetime(2026, 11, day, 12, tzinfo=UTC).timestamp() + number
    return {
        "event_date": f"202611{day:02d}",
        "event_timestamp": int(at * 1_000_000),
        "event_name": "page_view",
        "event_params": [parameter(name, value) for name, value in parameters.items()],
        "user_pseudo_id": "1.2",
    } | changes


def day(number: int) -> date:
    return date(2026, 11, number)


def lines(*events: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def write_parquet(folder: Path, name: str, *events: Mapping[str, Any]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(events)), path)
    return path


class Installation:
    """A home that reads the export in `folder`."""

    def __init__(self, home: Path, folder: Path, **environment: str) -> None:
        self.folder, self.environment = folder, environment
        self.now = datetime(2026, 11, 16, 4, tzinfo=UTC)
        self.settings = Settings.from_environment(
            {"MILEPOST_HOME": str(home), "MILEPOST_SECRET": "x" * 40, "MILEPOST_NOW": self.now.isoformat()}
        )

    def refresh(self) -> list[date]:
        """Pull and load what a run would; the days that it pulled."""
        configuration = SOURCE.configure({"GA4_EXPORT_FOLDER": str(self.folder), **self.environment})
        with SOURCE.connect(configuration, lambda: self.now, lambda _: None) as client:
            SOURCE.verify(client)
            return self.pull(client)

    def pull(self, client: Any, today: date = TODAY) -> list[date]:
        root = self.settings.landing
        landed = {e.partition: e.metadata for e in read_manifest(root, SOURCE.name, STREAM.name)}
        assert STREAM.due is not None
        due = sorted(STREAM.due(client, landed, START, today) or ())
        try:
            for day in due:
                request = Request(window=Window(day, day))
                pull_stream(SOURCE.name, STREAM, client, root, lambda: self.now, request)
        finally:
            with self.warehouse() as connection:
                load(connection, root, SOURCE.name, STREAM, lambda: self.now)
        return due

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with connect(self.settings) as connection:
            create_raw_tables(connection, SOURCES, ())
            yield connection

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse() as connection:
            return connection.execute(sql).fetchall()

    def days(self) -> dict[str, int]:
        """Loaded events by day."""
        return dict(self.query(f"select _partition, count(*) from {TABLE} group by 1 order by 1"))

    def reasons(self) -> list[str]:
        """Why records are in quarantine."""
        return [reason for (reason,) in self.query("select reason from raw._quarantine order by 1")]

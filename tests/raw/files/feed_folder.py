"""A folder of event files and their loaded events."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.landing import Entry, read_manifest
from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import LoadResult
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from tests.landing.streams import now

COLUMNS = {"occurred_at": "ts", "event_name": "event", "email": "mail", "revenue": "amount", "url": "page"}
Row = tuple[Any, ...]


class FeedFolder:
    """A folder of event files, and the feed that reads it."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection, settings: Settings, folder: Path) -> None:
        self.warehouse, self.settings, self.path = warehouse, settings, folder
        self.now = now
        self.feed = self.configure("csv")

    def configure(self, format_: str, columns: dict[str, str] | None = None, **constants: str) -> Feed:
        path = f"{self.path}/*.{format_}*"
        self.feed = Feed("shop", path, format_, "Europe/Tallinn", columns or COLUMNS, constants)
        return self.feed

    def include(self, name: str) -> None:
        """Let the feed's path match a file of another spelling too."""
        self.feed = replace(self.feed, path=f"{self.path}/[!.]*")
        assert name in {Path(file.address).name for file in list_files(self.feed)}

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self) -> LoadResult:
        create_raw_tables(self.warehouse, [], [self.feed])
        copy_files(SOURCE_NAME, self.feed.name, list_files(self.feed), self.settings.landing, self.now)
        return load_feed(self.warehouse, self.settings.landing, self.feed, self.now)

    def extract_at(self, time: datetime) -> None:
        """What is copied from now on is extracted then."""
        self.now = lambda: time

    def landed(self, name: str) -> Entry:
        entries = read_manifest(self.settings.landing, SOURCE_NAME, self.feed.name)
        return next(entry for entry in entries if entry.partition.endswith(f"/{name}"))

    def events(self, columns: str) -> list[Row]:
        return self.warehouse.execute(f"select {columns} from raw.event_files order by all").fetchall()

    def quarantine(self) -> list[Row]:
        return self.warehouse.execute("select reason, record from raw._quarantine order by all").fetchall()


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]

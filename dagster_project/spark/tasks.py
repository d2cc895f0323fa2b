"""One task of loading: some landed files into Parquet files, by the loader that fills a DuckDB warehouse.

What a record is, what is wrong with it and what is masked in it is decided there alone: a task opens a
warehouse of its own, loads its files into it, and writes what the tables then hold. Runs in Spark's workers,
so it imports no Spark.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.landing import Entry, LandingError
from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.files import load as files
from dagster_project.raw.files.deduplication import has_earlier_id
from dagster_project.raw.files.identity import content_hash
from dagster_project.raw.schema import create_raw_tables, table_name
from dagster_project.raw.sql import literal
from dagster_project.raw.streams.load import load_apart
from dagster_project.sources.core.accounts import source_name
from dagster_project.sources.core.stream import Source, Stream
from dagster_project.sources.event_files import SOURCE_NAME, Feed

# What a task leaves next to the rows of its table, a file each where there are any.
LEDGERS = ("raw._loads", "raw._quarantine", "raw._corrections", "raw._schema_drift", "pii.contacts")
ROWS = "rows"
# Of a task: rows beyond it are spilled to the worker's disk. The reader of JSON files asks for a gigabyte.
MEMORY = "3GB"


@dataclass(frozen=True)
class Place:
    """What the tasks of one load share: where to read and write, and with which keys to mask and digest."""

    landing: Path
    staging: Path
    keys: tuple[str, ...] = field(repr=False)
    now: datetime

    def write_keys(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            f"insert into pii.digest_keys values ({', '.join('?' * len(self.keys))})", self.keys
        )


@dataclass(frozen=True)
class StreamTask:
    """Partitions of a stream, or some files of one; `name` is unique among all tasks and sorts in order.

    `source` is an account's name in the landing zone.
    """

    name: str
    place: Place
    source: str
    stream: Stream
    entries: Sequence[Entry]

    @property
    def table(self) -> str:
        return f"{self.source}__{self.stream.name}"

    @property
    def rows(self) -> str:
        return f"from {table_name(source_name(self.source), self.stream.name)}"

    def load(self, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
        source = Source(source_name(self.source), "", (self.stream,), {}, no_request, no_request, no_request)
        create_raw_tables(connection, [source])
        self.place.write_keys(connection)
        load_apart(connection, self.place.landing, self.source, self.stream, self.entries, self.place.now)
        return {}


@dataclass(frozen=True)
class FeedTask:
    """Files of a feed, each with its checksums."""

    name: str
    place: Place
    feed: Feed
    files: Sequence[tuple[Entry, tuple[str, str]]]

    @property
    def table(self) -> str:
        return f"{SOURCE_NAME}__{self.feed.name}"

    @property
    def rows(self) -> str:
        """Marked as they are if the feed has no other file, with what rows of several files are compared by.

        `_row` ascends over the rows of a file.
        """
        is_second = has_earlier_id(self.feed)
        return (
            f"select * replace ({is_second} as _is_repeated), rowid as _row, "
            f"{content_hash(self.feed)} as _content_hash, {is_second} as _has_earlier_id "
            f"from {table_name(SOURCE_NAME, self.feed.name)}"
        )

    def load(self, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
        create_raw_tables(connection, (), [self.feed])
        self.place.write_keys(connection)
        return files.load_apart(connection, self.place.landing, self.feed, self.files, self.place.now)


@dataclass(frozen=True)
class Done:
    """How a task ended: files that cannot be read with the reasons, or why the load must stop."""

    unreadable: dict[str, str] = field(default_factory=dict)
    error: str = ""
    is_damage: bool = False


def run_task(task: StreamTask | FeedTask) -> Done:
    """Load and write; done again after a failure it writes the same files again."""
    with _own_warehouse() as connection:
        try:
            unreadable = task.load(connection)
        except LandingError as error:
            return Done(error=str(error), is_damage=True)
        except WarehouseError as error:
            return Done(error=str(error))
        folder = task.place.staging / task.table
        _write(connection, task.rows, folder / ROWS / f"{task.name}.parquet")
        for ledger in LEDGERS:
            _write(connection, f"from {ledger}", folder / ledger / f"{task.name}.parquet")
    return Done(unreadable)


@contextmanager
def _own_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """On disk, where it may be larger than memory, and private, since addresses are in it."""
    with tempfile.TemporaryDirectory(prefix="milepost-") as folder:
        connection = duckdb.connect(f"{folder}/task.duckdb")
        try:
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"set memory_limit = {literal(MEMORY)}")
            connection.execute("set threads = 1")
            yield connection
        finally:
            connection.close()


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """A file appears whole or not at all: of a task that is run twice, the later one replaces it."""
    if not connection.execute(f"select 1 from ({query}) limit 1").fetchall():
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{id(connection):x}")
    connection.execute(f"copy ({query}) to {literal(str(unfinished))} (format parquet, compression zstd)")
    unfinished.replace(path)


def no_request(*_: Any) -> Any:
    """In the place of what asks a source: a task does not, and functions do not reach the workers."""
    raise RuntimeError("A task of Spark asked a source: it loads only what has landed.")

"""Loading: the landing zone into Parquet files of raw tables, and into the ledgers of the small warehouse.

The files are read by tasks (see tasks.py), which Spark distributes. What looks across files needs only their
ledgers, and is done here by the loader's own rules: a partition that is missing or has too little is refused,
a later snapshot stands for an earlier one, counts must add up. Only equal events of several files of a feed
are compared by Spark (see feeds.py).
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from dagster_project.landing import Entry, LandingError, current_entries
from dagster_project.landing.accounts import landed_accounts
from dagster_project.publishing.large import Runner
from dagster_project.raw import ledger
from dagster_project.raw.connection import connect
from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.files.absence import refuse_lost_feeds
from dagster_project.raw.kept_files import load_kept_files
from dagster_project.raw.refusals import recorded_refusals
from dagster_project.raw.schema import create_raw_tables, drop_stream, table_name
from dagster_project.raw.sql import transaction
from dagster_project.raw.streams.absence import LossGuard, refuse_missing
from dagster_project.raw.streams.load import LoadResult, result
from dagster_project.sources.core.stream import Source, Stream
from dagster_project.sources.event_files import SOURCE_NAME, Feed, feeds_from_environment
from dagster_project.sources.registry import SOURCES
from dagster_project.spark.feeds import landed_feeds, settle_feed
from dagster_project.spark.ledgers import add_ledgers
from dagster_project.spark.plan import large_files, stream_tasks
from dagster_project.spark.raw_tables import (
    put_feed_views,
    put_rows,
    register_raw_tables,
    write_kept_tables,
)
from dagster_project.spark.tasks import ROWS, FeedTask, Place, StreamTask, run_task

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from dagster_project.spark.small_warehouse import SparkSettings

Task = StreamTask | FeedTask
STAGING = "raw.staging"


@dataclass(frozen=True)
class Landed:
    """What is to be loaded of one stream: its entries by account, as the landing zone names it."""

    source: Source
    stream: Stream
    accounts: dict[str, list[Entry]]
    tasks: list[StreamTask]

    @property
    def entries(self) -> list[Entry]:
        return [entry for entries in self.accounts.values() for entry in entries]


def load_landing_zone(
    session: "SparkSession",
    settings: "SparkSettings",
    environment: Mapping[str, str],
    sources: Sequence[Source] = SOURCES,
    feeds: Sequence[Feed] | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> list[LoadResult]:
    """Load all that has landed. Raises what the first stream or feed raised, after the others are loaded.

    LandingError, when a manifest entry or a landed file is damaged, comes before anything is written.
    """
    feeds, home = feeds_from_environment(environment) if feeds is None else feeds, settings.spark_home
    with connect(settings) as connection:
        create_raw_tables(connection, (), None)
        refuse_lost_feeds(connection, feeds, settings.now)
        empty_raw_tables(connection, sources, feeds)
        load_kept_files(connection, settings, environment, feeds)
        place = place_of(connection, settings.landing, home, settings.now())
        streams, of_feeds = landed_streams(place, sources), landed_feeds(connection, place, feeds)
        tasks: list[Task] = [task for landed in streams for task in landed.tasks]
        tasks += [task for landed in of_feeds for task in landed.tasks]
        entries = [entry for landed in streams for entry in landed.entries]
        entries += [entry for landed in of_feeds for entry in landed.entries]
        if large := large_files(entries):
            warn(
                f"{len(large)} landed files have over 256 MB, {large[0]} among them: each keeps one worker "
                "for long, as no part of a file can be read by itself; export them in parts."
            )
        unreadable = stage(place, tasks, on_spark(session))
        results, failed = list[LoadResult](), list[WarehouseError]()
        for settle in (
            *(partial(settle_stream, connection, place, landed, home) for landed in streams),
            *(
                partial(settle_feed, session, connection, place, landed, unreadable, home)
                for landed in of_feeds
            ),
        ):
            try:
                results += settle()
            except WarehouseError as error:
                failed.append(error)
        shutil.rmtree(place.staging, ignore_errors=True)
        if failed:
            raise failed[0]
        put_feed_views(connection, [feed.name for feed in feeds], home)
        write_kept_tables(connection, home)
    register_raw_tables(session, home)
    return results


def on_spark(session: "SparkSession") -> Runner:
    """A task of Spark for each item."""

    def run(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        context = session.sparkContext
        if str(context.master).startswith("local"):
            # Spark would take the `python3` of the path, which may not be the one that has Milepost.
            context.pythonExec = os.environ.get("PYSPARK_PYTHON", sys.executable)
        return context.parallelize(items, len(items)).map(function).collect() if items else []

    return run


def empty_raw_tables(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], feeds: Sequence[Feed]
) -> None:
    """Forget what was loaded, but for what the next load is compared with; as `reload` does."""
    create_raw_tables(connection, (), None)
    with transaction(connection):
        for source in sources:
            for stream in source.streams:
                drop_stream(connection, source.name, stream.name)
        for feed in feeds:
            drop_stream(connection, SOURCE_NAME, feed.name)
    create_raw_tables(connection, sources, feeds)


def stage(place: Place, tasks: Sequence[Task], run: Runner) -> dict[str, str]:
    """Run the tasks; returns the files that cannot be read, with the reasons.

    Raises LandingError or WarehouseError with the sentence of the first task that failed.
    """
    shutil.rmtree(place.staging, ignore_errors=True)
    unreadable: dict[str, str] = {}
    for done in run(run_task, tasks):
        if done.error:
            raise (LandingError if done.is_damage else WarehouseError)(done.error)
        unreadable |= done.unreadable
    return unreadable


def landed_streams(place: Place, sources: Iterable[Source]) -> list[Landed]:
    """Every stream with its tasks. Raises LandingError when a manifest entry is damaged."""
    found = []
    for source in sources:
        for stream in source.streams:
            accounts = {
                name: current_entries(place.landing, name, stream.name)
                for name in landed_accounts(place.landing, source)
            }
            tasks = [
                task
                for name, entries in accounts.items()
                for task in stream_tasks(place, name, stream, entries)
            ]
            found.append(Landed(source, stream, accounts, tasks))
    return found


def settle_stream(
    connection: duckdb.DuckDBPyConnection, place: Place, landed: Landed, home: Path
) -> list[LoadResult]:
    """Write a stream's ledgers, its table in the warehouse being empty, and put its rows in place.

    Raises LossRefused when loaded records would be lost, WarehouseError when the counts do not add up.
    """
    source, stream = landed.source.name, landed.stream
    table = f"{source}__{stream.name}"
    for name, entries in landed.accounts.items():
        with recorded_refusals(connection, name, stream.name, place.now):
            known = ledger.contents(connection, name, stream.name)
            refuse_missing(connection, place.landing, name, stream, known, entries)
            with transaction(connection):
                guard = LossGuard(connection, name, stream, table_name(source, stream.name), entries)
                add_ledgers(connection, place, f"{name}__{stream.name}")
                _name_entries(connection, entries)
                _refuse_incomplete(connection, name, stream.name)
                guard.check(place.now)
        ledger.forget_dropped_partitions(connection, name, stream.name)
    staged = [place.staging / f"{name}__{stream.name}" / ROWS for name in landed.accounts]
    put_rows(connection, table, staged, home)
    return [
        result(connection, name, stream.name, entries, (), [entry.partition for entry in entries])
        for name, entries in landed.accounts.items()
    ]


def _name_entries(connection: duckdb.DuckDBPyConnection, entries: Sequence[Entry]) -> None:
    """Checksums of the whole entries: a part of one has another."""
    split = [entry for entry in entries if len(entry.files) > 1]
    for entry in split:
        connection.execute(
            "update raw._loads set entry_sha256 = ?, content_sha256 = ? "
            "where source = ? and stream = ? and partition = ?",
            [entry.sha256, entry.content_sha256, entry.source, entry.stream, entry.partition],
        )


def _refuse_incomplete(connection: duckdb.DuckDBPyConnection, source: str, stream: str) -> None:
    totals = ledger.totals(connection, source, stream)
    if not ledger.is_complete(*(totals[name] for name in ("fetched", "landed", "loaded", "quarantined"))):
        raise WarehouseError(
            f"Of {totals['fetched']} records fetched and {totals['landed']} landed for {source}/{stream}, "
            f"{totals['loaded']} were loaded and {totals['quarantined']} quarantined; pull the stream again."
        )


def place_of(connection: duckdb.DuckDBPyConnection, landing: Path, home: Path, now: datetime) -> Place:
    """Where a load reads and writes, with the keys of the warehouse."""
    [keys] = connection.execute("from pii.digest_keys").fetchall()
    return Place(landing, home / STAGING, keys, now)

"""Rebuilding the raw tables from the landing zone alone, without a request to any source."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.landing.accounts import landed_accounts
from dagster_project.raw.audience_assignments import (
    journal_path,
    load_audience_assignments,
    record_assignments,
)
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables, drop_stream
from dagster_project.raw.secret import change_salt
from dagster_project.raw.sql import transaction
from dagster_project.raw.streams.load import LoadResult, load
from dagster_project.sources.core.stream import Source
from dagster_project.sources.event_files import SOURCE_NAME, Feed


def reload(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    sources: Iterable[Source],
    feeds: Iterable[Feed] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    salt: str | None = None,
) -> list[LoadResult]:
    """Drop the raw tables of `sources` and `feeds` and load everything that has landed for them.

    `feeds` are all configured feeds, or none to leave them unchanged. Each stream is rebuilt in separate
    transactions: a crash leaves some rebuilt and the others empty, and the next load fills these. With a
    `salt` all contact keys are made again with it; then `sources` and `feeds` must be all there are.
    """
    sources, feeds = list(sources), list(feeds)
    create_raw_tables(connection, sources, feeds or None)  # a new warehouse has no tables to drop yet
    if salt is not None:
        load_audience_assignments(connection, root, now())
    with transaction(connection):
        if salt is not None:
            change_salt(connection, salt)
        for source in sources:
            for stream in source.streams:
                drop_stream(connection, source.name, stream.name)
        for feed in feeds:
            drop_stream(connection, SOURCE_NAME, feed.name)
    create_raw_tables(connection, sources, feeds or None)
    if salt is not None and journal_path(root).exists():
        record_assignments(connection, root)
    streams = [
        load(connection, root, account, stream, now)
        for source in sources
        for account in landed_accounts(root, source)
        for stream in source.streams
    ]
    return streams + [load_feed(connection, root, feed, now) for feed in feeds]

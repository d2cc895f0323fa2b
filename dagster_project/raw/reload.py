"""Rebuilding the raw tables from the landing zone alone, without asking any source anything."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables, forget
from dagster_project.raw.streams.load import LoadResult, load
from dagster_project.sources.core.stream import Source
from dagster_project.sources.event_files import SOURCE_NAME, Feed


def reload(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    sources: Iterable[Source],
    feeds: Iterable[Feed] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[LoadResult]:
    """Drop the raw tables of `sources` and `feeds` and load everything that has landed for them.

    `feeds` are all feeds there are, or none to leave them as they are. Each stream is rebuilt in transactions
    of its own: a crash leaves some rebuilt and the others empty, and the next load fills these.
    """
    sources, feeds = list(sources), list(feeds)
    create_raw_tables(connection, sources, feeds or None)  # in a new warehouse there is nothing to forget yet
    for source in sources:
        for stream in source.streams:
            forget(connection, source.name, stream.name)
    for feed in feeds:
        forget(connection, SOURCE_NAME, feed.name)
    create_raw_tables(connection, sources, feeds or None)
    streams = [
        load(connection, root, source.name, stream, now) for source in sources for stream in source.streams
    ]
    return streams + [load_feed(connection, root, feed, now) for feed in feeds]

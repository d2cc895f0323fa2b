"""A landing zone of streams and feeds, loaded on Spark, by its tasks alone, and by DuckDB."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.landing.copies import copy_files
from dagster_project.raw.connection import connect
from dagster_project.raw.reload import reload
from dagster_project.raw.streams.load import LoadResult
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Kind, Page, Source
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from dagster_project.spark.load import (
    empty_raw_tables,
    landed_streams,
    load_landing_zone,
    place_of,
    settle_stream,
    stage,
)
from dagster_project.spark.small_warehouse import SparkSettings
from tests.landing.streams import FIRST_DAY, NOW, day, encoded, land, now, page, record, stream, window
from tests.raw.conftest import source

SECRET = "the same secret in both warehouses of a test"
DAYS = stream(Kind.WINDOW, "days")
LOG = stream(Kind.CURSOR, "log")
LIST = stream(Kind.SNAPSHOT, "list")
EMPTY = stream(Kind.SNAPSHOT, "nothing")
ESP = source(DAYS, LOG, LIST, EMPTY)


@dataclass
class Loads:
    """One landing zone, to be loaded by Spark and by DuckDB alone, in homes of their own."""

    home: Path
    session: Any
    sources: list[Source]
    feeds: list[Feed]

    def __post_init__(self) -> None:
        self.settings = Settings(self.home, NOW, SECRET)
        self.spark_settings = SparkSettings(self.home, NOW, SECRET, spark_home=self.home / "spark")

    def copy(self, feed: Feed) -> None:
        copy_files(SOURCE_NAME, feed.name, list_files(feed), self.settings.landing, now)

    def load_on_spark(self, warn: Callable[[str], None] = print) -> Any:
        return load_landing_zone(self.session, self.spark_settings, {}, self.sources, self.feeds, warn)

    def load_by_tasks(self) -> list[LoadResult]:
        """The streams, without a session: what Spark distributes one after the other, in this process."""
        with connect(self.spark_settings) as connection:
            empty_raw_tables(connection, self.sources, ())
            home = self.spark_settings.spark_home
            place = place_of(connection, self.settings.landing, home, now())
            streams = landed_streams(place, self.sources)
            stage(place, [task for landed in streams for task in landed.tasks], one_after_the_other)
            return [result for landed in streams for result in settle_stream(connection, place, landed, home)]

    def load_on_duckdb(self) -> Any:
        with connect(self.settings) as connection:
            return reload(connection, self.settings.landing, self.sources, self.feeds, self.settings.now)

    def opened(self) -> Any:
        """Both warehouses, Spark's as `spark`."""
        connection = duckdb.connect(str(self.settings.warehouse), read_only=True)
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach '{self.spark_settings.warehouse}' as spark (read_only)")
        return connection

    def differences(self) -> dict[str, tuple[int, int]]:
        """Table to rows of DuckDB's alone and of Spark's alone; `_row` by its rank within its file."""
        with self.opened() as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables "
                "where table_catalog = 'warehouse' and table_schema in ('raw', 'pii') order by all"
            ).fetchall()
            found = {}
            for schema, table in tables:
                names = [f'"{catalog}"."{schema}"."{table}"' for catalog in ("warehouse", "spark")]
                rows = [self._ranked(connection, name) for name in names]
                found[f"{schema}.{table}"] = tuple(
                    connection.execute(f"select count(*) from ({a} except all {b})").fetchall()[0][0]
                    for a, b in (rows, rows[::-1])
                )
        return {table: counts for table, counts in found.items() if counts != (0, 0)}

    @staticmethod
    def _ranked(connection: duckdb.DuckDBPyConnection, table: str) -> str:
        columns = [name for name, *_ in connection.execute(f"describe {table}").fetchall()]
        if "feed" not in columns or "_row" not in columns:
            return f"select {', '.join(name for name in columns if name != '_row')} from {table}"
        rank = "row_number() over (partition by feed, _landed_file order by _row)"
        return f"select * replace ({rank} as _row) from {table}"


def one_after_the_other(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return [function(item) for item in items]


def land_streams(root: Path) -> None:
    """Days of which one comes again with other records, a log of many files, two lists, invalid records."""
    first = [page([number], partition=day(0)) for number in range(21, 37)]
    land(root, DAYS, [*first, page(range(5, 9), partition=day(1))], window(2))
    changed = [
        *encoded(record(number) for number in (5, 6, 7, 8, 9)),
        *encoded([record(10, seq_id="ten"), record(11, tags="none"), record(12, time="2206-01-01 00:00:00")]),
        *encoded([record(13, value="mail anna@mail.example.com", amount=1e300)]),
        b"[1, 2]",
    ]
    land(
        root,
        DAYS,
        [Page(changed, partition=day(1)), Page([], partition=day(2))],
        window(2, FIRST_DAY + timedelta(days=1)),
    )
    land(root, LOG, (page(range(at * 100, at * 100 + 100), cursor=str(at)) for at in range(16)))
    land(root, LOG, [page(range(1590, 1700), cursor="16")])
    land(root, LIST, [page(range(1, 30))])
    land(root, LIST, [page(range(1, 40)), Page(encoded([record(41, extra=1)]))])
    # Another account, whose ids are the first one's, too.
    land(root, LOG, [page(range(7), cursor="1")], account="esp__EE")
    land(root, LIST, [page(range(1, 4))], account="esp__EE")

"""The files of a feed put together: an event of several files counts once, near copies are left out.

Tasks have numbered the equal rows of each file and hashed every row. What is compared across files are these
hashes, by the rules of `raw/files/deduplication.py`: of rows that are equal, or that have one id, the latest
file's counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from dagster_project.landing import Entry
from dagster_project.raw import ledger
from dagster_project.raw.files.absence import FeedGuard
from dagster_project.raw.files.deduplication import record_repeated_rows
from dagster_project.raw.files.load import files_in_time
from dagster_project.raw.files.near_copies import NearCopyError, block_near_copies
from dagster_project.raw.refusals import recorded_refusals
from dagster_project.raw.sql import literal, transaction
from dagster_project.raw.streams.load import LoadResult, result
from dagster_project.sources.event_files import SOURCE_NAME, Feed
from dagster_project.spark.ledgers import add_ledgers
from dagster_project.spark.plan import feed_tasks
from dagster_project.spark.raw_tables import columns_of, put_rows, scan
from dagster_project.spark.tasks import ROWS, FeedTask, Place

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SUSPECTS, MARKED = "suspects", "marked"
# Of a feed's folder, next to the columns of its table in a warehouse, where a row has its number by itself.
ROW_NUMBER = {"_row": "BIGINT"}


@dataclass(frozen=True)
class LandedFeed:
    """What is to be loaded of one feed; `files` are its partitions, the latest last."""

    feed: Feed
    entries: Sequence[Entry]
    tasks: list[FeedTask]

    @property
    def table(self) -> str:
        return f"{SOURCE_NAME}__{self.feed.name}"

    @property
    def files(self) -> list[str]:
        return [entry.partition for entry in self.entries]


def landed_feeds(
    connection: duckdb.DuckDBPyConnection, place: Place, feeds: Sequence[Feed]
) -> list[LandedFeed]:
    """Every feed with its tasks. Raises LandingError when a manifest entry is damaged."""
    found = []
    for feed in feeds:
        files = files_in_time(connection, place.landing, feed)
        found.append(LandedFeed(feed, [entry for entry, _ in files], feed_tasks(place, feed, files)))
    return found


def settle_feed(
    session: "SparkSession",
    connection: duckdb.DuckDBPyConnection,
    place: Place,
    landed: LandedFeed,
    unreadable: dict[str, str],
    home: Path,
) -> list[LoadResult]:
    """Write a feed's ledgers and its folder of rows, its table in the warehouse being empty.

    Raises LossRefused when loaded events would be lost, NearCopyError when a file is another one's copy but
    for columns that are not mapped: it is left out, the others are loaded.
    """
    feed = landed.feed
    with recorded_refusals(connection, SOURCE_NAME, feed.name, place.now), transaction(connection):
        guard = FeedGuard(connection, feed)
        add_ledgers(connection, place, landed.table)
        guard.compare_files(landed.files)
        blocked = _block_near_copies(session, connection, place, landed)
        marked = _mark_repeated_rows(session, place, landed, list(blocked))
        if marked is not None:
            columns = columns_of(connection, landed.table) | ROW_NUMBER
            record_repeated_rows(connection, feed, f"({scan(marked, columns)})")
        of_feed = {name: why for name, why in unreadable.items() if name in set(landed.files)}
        guard.refuse(list(blocked), of_feed)
    ledger.forget_dropped_partitions(connection, SOURCE_NAME, feed.name)
    put_rows(connection, landed.table, [marked] if marked else [], home, ROW_NUMBER)
    if blocked:
        raise NearCopyError(feed.name, list(blocked.values()))
    return [result(connection, SOURCE_NAME, feed.name, landed.entries, (), landed.files)]


def _block_near_copies(
    session: "SparkSession", connection: duckdb.DuckDBPyConnection, place: Place, landed: LandedFeed
) -> dict[str, str]:
    """A sentence for each file that is a near copy; its ledgers are gone.

    Spark finds the rows that are equal in their mapped columns and differ in others, of which there are few.
    """
    staged, folder = (place.staging / landed.table / name for name in (ROWS, SUSPECTS))
    if not staged.is_dir() or len(landed.files) < 2 or landed.feed.every_column_distinguishes:
        return {}
    session.read.parquet(str(staged)).createOrReplaceTempView("staged")
    session.sql("""
        select _partition, _mapped_hash, _key_hash, _ordinal, _row, properties
        from staged
        where _mapped_hash in (
            select _mapped_hash from staged group by _mapped_hash having min(_key_hash) <> max(_key_hash)
        )
    """).write.mode("overwrite").parquet(str(folder))
    connection.execute(f"""
        create or replace temp table _possible_copies as
        select * replace (_mapped_hash::ubigint as _mapped_hash, _key_hash::ubigint as _key_hash)
        from read_parquet({literal(str(folder / "*.parquet"))}) order by _partition, _row
    """)
    loaded = connection.execute(
        "select partition, loaded from raw._loads where source = ? and stream = ? and loaded > 0",
        [SOURCE_NAME, landed.feed.name],
    ).fetchall()
    return block_near_copies(
        connection, landed.feed, "_possible_copies", landed.files, landed.files, dict(loaded)
    )


def _mark_repeated_rows(
    session: "SparkSession", place: Place, landed: LandedFeed, blocked: Sequence[str]
) -> Path | None:
    """A folder with the rows of all files that are not `blocked`, those marked for which another stands."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    folder = place.staging / landed.table / ROWS
    if not folder.is_dir() or len(landed.files) < 2:
        return folder if folder.is_dir() else None
    rows = session.read.parquet(str(folder))
    in_time = session.createDataFrame(list(enumerate(landed.files)), "_place int, _partition string")
    equal_rows = Window.partitionBy("_key_hash", "_content_hash", "_ordinal")
    kept = rows.where(~f.col("_partition").isin(list(blocked))) if blocked else rows
    marked = kept.join(f.broadcast(in_time), "_partition").withColumn(
        "_is_repeated", f.expr("_has_earlier_id") | (f.col("_place") < f.max("_place").over(equal_rows))
    )
    written = place.staging / landed.table / MARKED
    columns = (name for name in rows.columns if name not in ("_content_hash", "_has_earlier_id"))
    marked.select(*columns).write.parquet(str(written))
    return written

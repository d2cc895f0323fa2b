"""One asset per feed of event files: listed, copied, loaded, and counted at each step."""

import os
from collections.abc import Sequence

import dagster as dg

from dagster_project.checks.charts import plain
from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import completeness, completeness_spec
from dagster_project.defs.resources import OWNERS, WRITER_POOL, Warehouse, settings
from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.absence import refuse_lost_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.streams.load import LoadResult
from dagster_project.runtime.progress import NOTE
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.redaction import without_addresses
from dagster_project.sources.event_files import SOURCE_NAME, Feed, feeds_from_environment, list_files

HAS_FILES = "files_fit_the_path"
FILES_STAY = "files_stay_where_they_were"


def configured_feeds() -> tuple[Feed, ...]:
    """The feeds; none when their file cannot be read.

    An invalid file must not break the whole code location: it fails the run instead, at the first step that
    opens the warehouse, with the sentence that says what to correct.
    """
    try:
        return feeds_from_environment(os.environ)
    except ConfigurationError as error:
        dg.get_dagster_logger().warning("%s", error)
        return ()


def feed_key(feed: Feed) -> dg.AssetKey:
    return dg.AssetKey([SOURCE_NAME, feed.name])


def repeats(loaded: LoadResult) -> str:
    return f"of {loaded.loaded:,} rows {loaded.repeated:,} repeat others and were dropped."


def has_files(feed: Feed, files: int) -> dg.AssetCheckResult:
    """A path with a mistake and a folder that is still empty look alike, so that this warns only."""
    return dg.AssetCheckResult(
        check_name=HAS_FILES,
        passed=files > 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{files:,} files fit the path {feed.shown_path}"
        + ("." if files else "; correct it, unless none has come yet."),
        metadata={"files": files},
    )


def files_stay(removed: Sequence[str]) -> dg.AssetCheckResult:
    """Files may come and go; if most events of the feed went with them, the load would have been refused."""
    first = f", {removed[0]} among them" if removed else ""
    return dg.AssetCheckResult(
        check_name=FILES_STAY,
        passed=not removed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(removed):,} files are gone since the last load{first}"
        + ("; their events were deleted." if removed else "."),
        metadata={"files_removed": len(removed)},
    )


def build_feed_asset(feed: Feed) -> dg.AssetsDefinition:
    """The asset `event_files/<feed>`."""
    key = feed_key(feed)
    path = plain(without_addresses(feed.shown_path))

    @dg.asset(
        key=key,
        description=f"Events of the files {path} ({feed.format}, times in {feed.timezone}).",
        group_name=SOURCE_NAME,
        kinds={"python", "duckdb", feed.format},
        owners=OWNERS,
        check_specs=[
            completeness_spec(key),
            dg.AssetCheckSpec(HAS_FILES, asset=key, description="At least one file fits the feed's path."),
            dg.AssetCheckSpec(
                FILES_STAY,
                asset=key,
                description="No file is gone since the last load; its events go with it.",
            ),
        ],
        pool=WRITER_POOL,
    )
    def ingest(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with explained(context):
            files = list_files(feed, settings())
            if not files:
                with warehouse.opened() as connection:
                    refuse_lost_files(connection, feed, settings().now)
            copied = copy_files(SOURCE_NAME, feed.name, files, settings().landing, settings().now)
            with warehouse.opened() as connection:
                loaded = load_feed(connection, settings().landing, feed, settings().now)
        for address in copied.unfinished:
            context.log.warning(
                "%s is still being written and is left for the next run.", without_addresses(address)
            )
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": loaded.loaded - loaded.repeated,
                "files": len(files),
                "files_new": len(copied.new),
                "files_changed": len(copied.changed),
                "files_removed": len(copied.removed),
                "files_unfinished": len(copied.unfinished),
                "bytes": sum(file.size for file in files),
                "records_repeated": loaded.repeated,
                "records_quarantined": loaded.quarantined,
            }
            | ({NOTE: repeats(loaded)} if loaded.repeated and loaded.partitions_changed else {}),
            check_results=[
                completeness(loaded),
                has_files(feed, len(files)),
                files_stay(loaded.partitions_removed),
            ],
        )

    return ingest


@dg.definitions
def event_feeds() -> dg.Definitions:
    return dg.Definitions(assets=[build_feed_asset(feed) for feed in configured_feeds()])

"""One asset per stream: pulled from its source, landed, loaded into its raw table, counted at each step."""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from dagster_project.checks.freshness.streams import FRESH_FOR
from dagster_project.defs.failures import explained
from dagster_project.defs.partitions import as_windows, daily_partitions, first_day, missing_windows
from dagster_project.defs.resources import OWNERS, WRITER_POOL, SourceClients, Warehouse, settings
from dagster_project.landing import Entry, landed_partitions, pull_stream
from dagster_project.landing.manifest import stream_directory
from dagster_project.raw.streams.absence import refuse_missing_partitions
from dagster_project.raw.streams.concurrent_load import ConcurrentLoader
from dagster_project.raw.streams.load import LoadResult
from dagster_project.runtime.unreconciled import unreconciled_days
from dagster_project.sources.core.errors import ConfigurationError, PlanRequiredError, UnavailableError
from dagster_project.sources.core.redaction import without_addresses
from dagster_project.sources.core.stream import Kind, Request, Source, Stream
from dagster_project.sources.registry import SOURCES

COMPLETENESS = "fetched_landed_and_loaded_agree"


def unconfigured_sources(environment: Mapping[str, str]) -> list[Source]:
    """The sources without any variable. A partially configured one is none of them: it fails and says so."""
    return [source for source in SOURCES if not _is_configured(source, environment)]


def _is_configured(source: Source, environment: Mapping[str, str]) -> bool:
    try:
        return source.configure(environment) is not None
    except ConfigurationError:
        return True


def missing_requests(
    context: dg.AssetExecutionContext, warehouse: Warehouse, source: Source, stream: Stream
) -> list[Request]:
    """The run's partitions if it has any, else the days that are missing, restated or do not add up."""
    if stream.kind is not Kind.WINDOW:
        return [Request()]
    if context.has_partition_key or context.has_partition_key_range:
        windows = as_windows(date.fromisoformat(key) for key in sorted(context.partition_keys))
    else:
        landed = set(landed_partitions(settings().landing, source.name, stream.name))
        today = settings().now().date()
        with warehouse.opened() as connection:
            again = unreconciled_days(connection, source.name, today)
        windows = missing_windows(stream, landed, first_day(os.environ), today, again)
    return [Request(window=window) for window in windows]


def completeness(result: LoadResult) -> dg.AssetCheckResult:
    """Every record that the source gave is in the landing zone, and in the raw table or in quarantine."""
    return dg.AssetCheckResult(
        check_name=COMPLETENESS,
        passed=result.is_complete,
        description=(
            f"{result.fetched:,} fetched, {result.landed:,} landed, {result.loaded:,} loaded, "
            f"{result.quarantined:,} quarantined."
        ),
        metadata={
            "fetched": result.fetched,
            "landed": result.landed,
            "loaded": result.loaded,
            "quarantined": result.quarantined,
        },
    )


def completeness_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        COMPLETENESS,
        asset=key,
        blocking=True,
        description="Records fetched = landed = loaded (+ quarantined). Stops everything downstream.",
    )


def stream_metadata(entries: Sequence[Entry], loaded: LoadResult) -> dict[str, Any]:
    """Of one pull: how many records, from when to when, and what was unexpected."""
    drift = sorted(
        {
            f"{kind}: {without_addresses(name)}"
            for entry in entries
            for kind in entry.drift
            for name in entry.drift[kind]
        }
    )
    times = sorted(time for entry in entries for time in (entry.first_time, entry.last_time) if time)
    return {
        "records_fetched": sum(entry.records for entry in entries),
        "dagster/row_count": loaded.loaded - loaded.repeated,
        "records_quarantined": loaded.quarantined,
        "bytes_landed": sum(file.bytes for entry in entries for file in entry.files),
        "partitions_pulled": len(entries),
        "partitions_changed": len(loaded.partitions_changed),
        "window": f"{times[0]} to {times[-1]}" if times else "no record",
        "schema_drift": ", ".join(drift) or "none",
    }


def build_stream_asset(
    source: Source, stream: Stream, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The asset `<source>/<stream>`."""
    key = dg.AssetKey([source.name, stream.name])
    windowed = stream.kind is Kind.WINDOW

    @dg.asset(
        key=key,
        description=f"{stream.description} Kind: {stream.kind}. Key: {', '.join(stream.natural_key)}.",
        group_name=source.name,
        kinds={"python", "duckdb"},
        owners=OWNERS,
        partitions_def=partitions if windowed else None,
        backfill_policy=dg.BackfillPolicy.single_run() if windowed else None,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH_FOR),
        check_specs=[completeness_spec(key)],
        metadata={
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(c.name, c.type, c.description) for c in stream.columns]
            ),
            "restatement_days": stream.restatement_days,
            "retention_days": stream.retention_days or "for ever",
        },
        pool=WRITER_POOL,
    )
    def ingest(
        context: dg.AssetExecutionContext, clients: SourceClients, warehouse: Warehouse
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        entries: list[Entry] = []
        skipped = ""
        with explained(context, clients.patience):
            landing, now = settings().landing, settings().now
            # a file in the way of the folder is reported by the pull
            is_blocked = stream_directory(landing, source.name, stream.name).is_file()
            if not is_blocked and not landed_partitions(landing, source.name, stream.name):
                with warehouse.opened() as connection:
                    refuse_missing_partitions(connection, landing, source.name, stream, now)
            with ConcurrentLoader(warehouse.opened, landing, source.name, stream, now) as loading:
                try:
                    client = clients.client(source, context.retry_number)
                    for request in missing_requests(context, warehouse, source, stream):
                        entries += pull_stream(
                            source.name, stream, client, landing, now, request, loading.landed
                        )
                except UnavailableError:
                    clients.forget(source)
                    raise
                except PlanRequiredError as reason:
                    skipped = str(reason)
                    context.log.warning("Skipped %s: %s", key.to_user_string(), skipped)
                loaded = loading.finish()
        if windowed and not (context.has_partition_key or context.has_partition_key_range):
            for entry in entries:
                context.log_event(
                    dg.AssetMaterialization(
                        key, partition=entry.partition, metadata={"records": entry.records}
                    )
                )
        return dg.MaterializeResult(
            metadata=stream_metadata(entries, loaded) | ({"skipped_by_plan": skipped} if skipped else {}),
            check_results=[completeness(loaded)],
        )

    return ingest


@dg.definitions
def ingestion() -> dg.Definitions:
    partitions = daily_partitions(os.environ)
    return dg.Definitions(
        assets=[
            build_stream_asset(source, stream, partitions) for source in SOURCES for stream in source.streams
        ]
    )

"""One asset per stream: pulled from its source, landed, loaded into its raw table, counted at each step."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg
import duckdb

from dagster_project.checks.freshness.streams import FRESH_FOR
from dagster_project.defs.failures import explained
from dagster_project.defs.partitions import as_windows, daily_partitions, first_day, missing_windows
from dagster_project.defs.resources import OWNERS, WRITER_POOL, SourceClients, Warehouse, settings
from dagster_project.landing import Entry, LandingError, landed_partitions, pull_stream
from dagster_project.landing.accounts import landed_accounts
from dagster_project.landing.last_read import lost_since, note_read
from dagster_project.landing.manifest import read_manifest, stream_directory
from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.streams.absence import refuse_missing_partitions
from dagster_project.raw.streams.concurrent_load import ConcurrentLoader
from dagster_project.raw.streams.load import LoadResult, combined, load
from dagster_project.runtime.progress import NOTE
from dagster_project.runtime.unreconciled import unreconciled_days
from dagster_project.sources.core.accounts import Account, accounts
from dagster_project.sources.core.errors import PlanRequiredError, SourceError, UnavailableError
from dagster_project.sources.core.redaction import without_addresses
from dagster_project.sources.core.stream import Kind, Request, Source, Stream
from dagster_project.sources.registry import SOURCES

COMPLETENESS = "fetched_landed_and_loaded_agree"


@dataclass
class Pulled:
    """What the accounts of a source gave to one run of a stream."""

    entries: list[Entry] = field(default_factory=list)
    loads: list[LoadResult] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def unconfigured_sources(environment: Mapping[str, str]) -> list[Source]:
    """The sources without any variable. A partially configured one is none of them: it fails and says so."""
    return [source for source in SOURCES if not accounts(source, environment)]


def missing_requests(
    context: dg.AssetExecutionContext,
    opened: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
    account: Account,
    stream: Stream,
    client: Any,
) -> list[Request]:
    """The run's partitions if it has any, else the days that are missing, restated or do not add up.

    Where the source itself knows which days have changed, it is asked.
    """
    if stream.kind is not Kind.WINDOW:
        return [Request()]
    today, start = settings().now().date(), first_day(os.environ)
    if context.has_partition_key or context.has_partition_key_range:
        windows = as_windows(date.fromisoformat(key) for key in sorted(context.partition_keys))
    elif (due := _due(account, stream, client, start, today)) is not None:
        windows = as_windows(sorted(due))
    else:
        landed = set(landed_partitions(settings().landing, account.landing_name, stream.name))
        with opened() as connection:
            again = unreconciled_days(connection, account, today)
        windows = missing_windows(stream, landed, start, today, again)
    return [Request(window=window) for window in windows]


def _due(account: Account, stream: Stream, client: Any, start: date, today: date) -> Collection[date] | None:
    """The days that the source itself knows to be new or changed; None where it does not say."""
    if stream.due is None:
        return None
    entries = read_manifest(settings().landing, account.landing_name, stream.name)
    return stream.due(client, {entry.name: entry.metadata for entry in entries}, start, today)


def pull_accounts(
    context: dg.AssetExecutionContext,
    clients: SourceClients,
    warehouse: Warehouse,
    source: Source,
    stream: Stream,
) -> Pulled:
    """Pull and load the stream of every account; one that fails is raised after all others are loaded.

    What has landed of accounts that are not configured any more stays loaded.
    """
    pulled, failed = Pulled(), list[Exception]()
    configured = accounts(source, os.environ) or [Account(source, "", os.environ)]
    for account in configured:
        try:
            with account.explained():
                _pull_account(context, clients, warehouse, account, stream, pulled)
        except (SourceError, LandingError, WarehouseError) as error:
            failed.append(error)
    known = {account.landing_name for account in configured}
    for name in landed_accounts(settings().landing, source):
        if name not in known:
            with warehouse.opened() as connection:
                pulled.loads.append(load(connection, settings().landing, name, stream, settings().now))
    if len(failed) > 1:
        kind = (
            UnavailableError if any(isinstance(error, UnavailableError) for error in failed) else SourceError
        )
        raise kind(" ".join(map(str, failed)))
    if failed:
        raise failed[0]
    return pulled


def _pull_account(
    context: dg.AssetExecutionContext,
    clients: SourceClients,
    warehouse: Warehouse,
    account: Account,
    stream: Stream,
    pulled: Pulled,
) -> None:
    landing, now, name = settings().landing, settings().now, account.landing_name
    # a file in the way of the folder is reported by the pull
    is_blocked = stream_directory(landing, name, stream.name).is_file()
    if not is_blocked and not landed_partitions(landing, name, stream.name):
        with warehouse.opened() as connection:
            refuse_missing_partitions(connection, landing, name, stream, now)
    with ConcurrentLoader(warehouse.opened, landing, name, stream, now) as loading:
        try:
            client = clients.client(account, context.retry_number)
            if not clients.has_pulled(account, stream):
                lost = lost_since(landing, name, stream, account.title, now())
                for request in missing_requests(context, warehouse.opened, account, stream, client):
                    pulled.entries += pull_stream(
                        name, stream, client, landing, now, request, loading.landed,
                        lambda error: pulled.left_out.append(str(error)),
                    )  # fmt: skip
                if lost is not None:
                    context.log.warning("%s", lost)
                note_read(landing, name, stream, now())
                clients.note_pulled(account, stream, lost)
            if (lost := clients.lost(account, stream)) is not None:
                pulled.left_out.append(lost)
        except UnavailableError:
            clients.forget(account)
            raise
        except PlanRequiredError as reason:
            pulled.skipped.append(f"{account.title}: {reason}" if account.name else str(reason))
            context.log.warning("Skipped %s/%s: %s", name, stream.name, reason)
        pulled.loads.append(loading.finish())


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
        with explained(context, clients.patience):
            pulled = pull_accounts(context, clients, warehouse, source, stream)
        loaded = combined(source.name, stream.name, pulled.loads)
        if windowed and not (context.has_partition_key or context.has_partition_key_range):
            records = Counter[str]()
            for entry in pulled.entries:
                records[entry.name] += entry.records
            for day, count in records.items():
                context.log_event(dg.AssetMaterialization(key, partition=day, metadata={"records": count}))
        return dg.MaterializeResult(
            metadata=stream_metadata(pulled.entries, loaded)
            | ({"skipped_by_plan": " ".join(pulled.skipped)} if pulled.skipped else {})
            | ({NOTE: " ".join(pulled.left_out)} if pulled.left_out else {}),
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

"""The asset that readers open: the marts of the last run whose blocking checks all passed."""

from collections.abc import Sequence

import dagster as dg

from dagster_project.checks.freshness.streams import FRESH_FOR
from dagster_project.checks.outcomes import kept_outcomes
from dagster_project.defs.builds import PUBLISHED
from dagster_project.defs.checks import check_specs
from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import completeness_spec
from dagster_project.defs.manifest import dbt_project, mart_keys, read_manifest, test_keys
from dagster_project.defs.resources import OWNERS, WRITER_POOL, Warehouse, settings
from dagster_project.defs.translator import MilepostTranslator
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.publish import publish
from dagster_project.raw.refusals import COMMAND as CONFIRM
from dagster_project.raw.refusals import standing_losses
from dagster_project.runtime.build_scope import mark_published
from dagster_project.sources.registry import SOURCES


def checks_before_publishing() -> list[dg.AssetCheckKey]:
    """Every check of an asset that the published file comes from."""
    manifest = read_manifest(dbt_project())
    ingested = [
        completeness_spec(dg.AssetKey([s.name, stream.name])).key for s in SOURCES for stream in s.streams
    ]
    return [*ingested, *test_keys(manifest, MilepostTranslator()), *(spec.key for spec in check_specs())]


def failed_checks(instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]) -> list[str]:
    """Those of `keys` whose latest outcome is an ERROR.

    Within a run Dagster itself stops at them; this also holds when this asset is materialised alone.
    """
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    failed = []
    for key, record in records.items():
        event = record.event.dagster_event if record.event else None
        if event is None or event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        evaluation = event.asset_check_evaluation_data
        if not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR:
            failed.append(f"{key.asset_key.to_user_string()}: {key.name}")
    return sorted(failed)


@dg.definitions
def publication() -> dg.Definitions:
    checks = checks_before_publishing()
    marts = mart_keys(read_manifest(dbt_project()), MilepostTranslator())

    @dg.asset(
        key=PUBLISHED,
        deps=marts,
        description=(
            "The marts as readers open them: data/published/milepost.duckdb (DuckDB 1.4 and later) and one "
            "Parquet file per mart. Replaced as a whole, never while a blocking check fails."
        ),
        group_name="published",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH_FOR),
        pool=WRITER_POOL,
    )
    def milepost(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with explained(context):
            if failed := failed_checks(context.instance, checks):
                raise PublishingRefused(
                    f"Nothing was published, since checks fail ({', '.join(failed)}); "
                    "fix the data or the model, build again, then publish."
                )
            with warehouse.opened() as connection:
                if lost := standing_losses(connection):
                    raise PublishingRefused(
                        f"Nothing was published, since data are gone of {', '.join(lost)}; bring them back, "
                        f"or confirm that they were deleted ({CONFIRM}), then run again."
                    )
                names = [key.path[-1] for key in marts]
                result = publish(connection, settings().published, [*names, *kept_outcomes(connection)])
                # After, not before: killed in between, the next run publishes again.
                mark_published(connection, settings().now())
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(result.path),
                "parquet": dg.MetadataValue.path(result.parquet),
                "dagster/row_count": sum(result.rows.values()),
                "rows_by_table": dg.MetadataValue.json(dict(result.rows)),
                "bytes": result.size_bytes,
                "seconds": round(result.seconds, 2),
            }
        )

    return dg.Definitions(assets=[milepost])

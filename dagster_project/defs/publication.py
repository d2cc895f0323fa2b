"""The asset that readers open: the marts of the last run whose blocking checks all passed."""

import json
from typing import Any

import dagster as dg

from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import FRESH_FOR
from dagster_project.defs.resources import OWNERS, WRITER_POOL, opened_warehouse, settings
from dagster_project.defs.transformation import MilepostTranslator, dbt_project, prepared
from dagster_project.warehouse.publish import SCHEMA, PublishingRefused, publish

KEY = dg.AssetKey(["published", "milepost"])


def mart_keys() -> list[dg.AssetKey]:
    """The asset of every dbt model in schema `marts`."""
    manifest = json.loads(prepared(dbt_project()).read_text(encoding="utf-8"))
    translator = MilepostTranslator()
    return sorted(
        translator.get_asset_key(node)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == SCHEMA
    )


def failed_checks(context: dg.AssetExecutionContext) -> list[str]:
    """The checks whose latest verdict is an ERROR.

    Within a run Dagster itself stops at them; this also holds when somebody materialises this asset alone.
    """
    keys = context.repository_def.asset_graph.asset_check_keys
    records = context.instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
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
    @dg.asset(
        key=KEY,
        deps=mart_keys(),
        description=(
            "The marts as readers open them: data/published/milepost.duckdb (DuckDB 1.4 and later) and one "
            "Parquet file per mart. Replaced whole, never while a blocking check fails."
        ),
        group_name="published",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH_FOR),
        pool=WRITER_POOL,
    )
    def milepost(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        with explained(context):
            if failed := failed_checks(context):
                raise PublishingRefused(
                    f"Nothing is published while checks fail ({', '.join(failed)}); "
                    "mend the data or the model, build again, then publish."
                )
            with opened_warehouse() as connection:
                result = publish(connection, settings().published)
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

"""Which columns a column comes from, traced through the models' SQL, for Dagster's catalogue."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
from dagster_dbt.core.dbt_cli_event import EventHistoryMetadata, _build_column_lineage_metadata

from dagster_project.defs.dbt_command import DbtCommand

Columns = Mapping[str, str]  # name to type
LINEAGE = "dagster/column_lineage"


def with_column_lineage(environment: Mapping[str, str]) -> bool:
    """Whether to trace columns through the SQL: about 0.3 s per model, which demo and tests leave out."""
    return environment.get("MILEPOST_COLUMN_LINEAGE", "on").strip().lower() not in ("off", "0", "false", "no")


def trace(command: DbtCommand, node: Mapping[str, Any], tables: Mapping[str, Columns]) -> Mapping[str, Any]:
    """Metadata with the lineage of a model's columns; `tables` are the columns by `schema.name`.

    Empty for anything but SQL models, and for a model that cannot be parsed: that must not stop a run.
    """
    if node["resource_type"] != "model" or node["language"] != "sql":
        return {}
    found = {**command.manifest["nodes"], **command.manifest["sources"]}
    parents = [found[parent] for parent in node["depends_on"]["nodes"]]
    try:
        return _build_column_lineage_metadata(
            event_history_metadata=EventHistoryMetadata(
                columns=_types(node, tables),
                parents={parent["relation_name"]: _types(parent, tables) for parent in parents},
            ),
            dbt_resource_props=dict(node),
            manifest=command.manifest,
            dagster_dbt_translator=command.translator,
            target_path=command.paths.compiled,
            project=command.project,
        )
    except Exception as error:
        dg.get_dagster_logger().warning("No column lineage of %s: %s", node["name"], error)
        return {}


def traced_before(instance: dg.DagsterInstance, keys: Iterable[dg.AssetKey]) -> dict[dg.AssetKey, Any]:
    """The lineage in each asset's last materialisation, which holds until its SQL changes."""
    found = {}
    for asset in instance.get_asset_records(list(keys)):
        entry = asset.asset_entry
        made = entry.last_materialization and entry.last_materialization.asset_materialization
        if made and LINEAGE in made.metadata:
            found[entry.asset_key] = made.metadata[LINEAGE]
    return found


def table_of(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('identifier') or node['alias']}"


def _types(node: Mapping[str, Any], tables: Mapping[str, Columns]) -> dict[str, dict[str, Any]]:
    return {name: {"data_type": type_} for name, type_ in tables.get(table_of(node), {}).items()}

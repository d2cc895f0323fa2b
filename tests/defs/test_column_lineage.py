"""Where a column comes from: traced through a model's SQL, and kept until that changes."""

from pathlib import Path

import dagster as dg
import pytest

from dagster_project.defs.column_lineage import LINEAGE, table_of, trace, traced_before
from dagster_project.defs.dbt_command import DbtCommand
from dagster_project.defs.manifest import dbt_project, read_manifest
from dagster_project.defs.resources import opened_warehouse
from dagster_project.defs.translator import MilepostTranslator
from dagster_project.runtime.dbt_runner import Project, run
from dagster_project.runtime.worker import worker


def test_columns_are_traced_through_sql_and_not_through_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path))
    with opened_warehouse():
        pass  # dbt compiles against a warehouse
    manifest = read_manifest(dbt_project())
    places = Project(compiled=tmp_path / "target")
    command = DbtCommand(manifest, MilepostTranslator(), dbt_project(), places, ("--select", "dim_links"))
    *_, outcome = worker.stream(run, places, ["compile"], command.selection)
    assert outcome.is_successful
    nodes = {node["name"]: node for node in manifest["nodes"].values()}
    tables = {
        table_of(nodes[name]): dict.fromkeys(nodes[name]["columns"], "VARCHAR")
        for name in ("dim_links", "stg_bitly__bitlinks", "int_clicked_links", "int_campaign_slugs")
    }
    lineage = trace(command, nodes["dim_links"], tables)[LINEAGE]
    [source] = lineage.deps_by_column["bitlink"]
    assert source.asset_key == dg.AssetKey(["staging", "stg_bitly__bitlinks"])
    assert source.column_name == "bitlink"
    assert trace(command, nodes["int_stage_visit_estimates"], tables) == {}


def test_a_lineage_of_before_is_found_in_the_history() -> None:
    traced, untraced = dg.AssetKey(["marts", "dim_links"]), dg.AssetKey(["marts", "dim_emails"])
    lineage = dg.TableColumnLineage(
        {"bitlink": [dg.TableColumnDep(dg.AssetKey("stg_bitly__bitlinks"), "bitlink")]}
    )
    with dg.DagsterInstance.ephemeral() as instance:
        for key, metadata in ((traced, {LINEAGE: lineage}), (untraced, {"dagster/row_count": 3})):
            instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=metadata))
        found = traced_before(instance, [traced, untraced, dg.AssetKey("never_made")])
    assert {key: value.value for key, value in found.items()} == {traced: lineage}

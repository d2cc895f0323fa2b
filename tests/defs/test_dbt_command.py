"""What Dagster records of a dbt command that ran in the worker process."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.defs.dbt_command import DbtCommand, LeftOut
from dagster_project.defs.manifest import dbt_project, read_manifest
from dagster_project.defs.resources import opened_warehouse
from dagster_project.defs.translator import MilepostTranslator
from dagster_project.runtime.dbt_runner import DBT_PROJECT_DIR, Project, Result, run
from dagster_project.runtime.worker import worker


def test_only_what_was_not_to_be_built_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path))
    with opened_warehouse() as connection:
        connection.execute("drop table raw.bitly__bitlinks")
    manifest, translator = read_manifest(dbt_project()), MilepostTranslator()
    chosen = ["stg_bitly__groups", "stg_bitly__bitlinks", "machine_rules"]
    selection = ("--select", *chosen, "--exclude-resource-type", "test")
    command = DbtCommand(
        manifest, translator, dbt_project(), Project(compiled=tmp_path / "target"), selection
    )
    *results, outcome = worker.stream(run, command.paths, ["build"], selection)
    ended = {
        result.event["data"]["node_info"]["node_name"]: (len(result.columns) > 0, result.rows)
        for result in results
        if isinstance(result, Result)
    }
    rules = (
        (DBT_PROJECT_DIR / "seeds" / "machine_traffic" / "machine_rules.csv")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    assert ended == {
        "stg_bitly__groups": (True, None),
        "stg_bitly__bitlinks": (False, None),
        "machine_rules": (True, len(rules) - 1),
    }
    assert not outcome.is_successful
    assert "stg_bitly__bitlinks: " in outcome.explanation
    assert any("ERROR creating sql view model staging.stg_bitly__bitlinks" in str(line) for line in results)
    keys = {
        node["name"]: translator.get_asset_key(node)
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    outputs = command.outputs_left_out(set(keys.values()))
    places = {output.metadata["unique_id"].value: place for place, output in enumerate(outputs)}
    parents = {each: manifest["nodes"][each]["depends_on"].get("nodes", ()) for each in places}
    assert all(places.get(parent, -1) < places[each] for each in places for parent in parents[each])
    left = {output.output_name for output in outputs}
    assert left == {key.to_python_identifier() for name, key in keys.items() if name not in chosen}
    assert_closed(tmp_path / "warehouse.duckdb")


def test_what_is_left_out_comes_after_what_it_is_made_from_and_before_what_is_made_from_it() -> None:
    made_from = {
        "seed": [],
        "table": ["seed"],
        "view_on_table": ["table"],
        "view_on_view": ["view_on_table", "view_on_seed"],
        "view_on_seed": ["seed"],
        "mart": ["view_on_view"],
        "view_for_no_table": ["mart"],
        "other_view_for_no_table": ["mart"],
    }
    nodes = {
        name: {"depends_on": {"nodes": parents} if parents else {}} for name, parents in made_from.items()
    }
    unbuilt = ["seed", "view_on_table", "view_on_seed", "view_on_view"]
    unbuilt += (for_no_table := ["view_for_no_table", "other_view_for_no_table"])
    outputs = [dg.Output(None, name, metadata={"unique_id": name}) for name in unbuilt]
    left_out = LeftOut(nodes, outputs)
    taken = [[each.output_name for each in left_out.made_into(built)] for built in ("table", "mart", "mart")]
    assert taken == [["seed"], ["view_on_table", "view_on_seed", "view_on_view"], []]
    assert [each.output_name for each in left_out.rest()] == for_no_table
    assert not [*left_out.rest()]


def assert_closed(warehouse: Path) -> None:
    """Another process can open it, and everything is in the one file."""
    assert not warehouse.with_name(warehouse.name + ".wal").exists()
    program = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('from staging.stg_bitly__groups')"
    subprocess.run([sys.executable, "-c", program, str(warehouse)], check=True)

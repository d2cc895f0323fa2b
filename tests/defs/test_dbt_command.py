"""What Dagster is told of a dbt command that ran in its process."""

import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.defs.dbt_command import Build, invoke
from dagster_project.defs.manifest import dbt_project, parsed, read_manifest
from dagster_project.defs.resources import DBT_PROJECT_DIR, opened_warehouse
from dagster_project.defs.transformation import MilepostTranslator


def test_only_what_was_not_to_be_built_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path))
    with opened_warehouse() as connection:
        connection.execute("drop table raw.bitly__bitlinks")
    project = dbt_project()
    manifest, translator = read_manifest(project), MilepostTranslator()
    build = Build(manifest, translator, project, tmp_path / "target")
    chosen = ["stg_bitly__groups", "stg_bitly__bitlinks", "int_context_now"]
    build.outcome = invoke(
        ["run", "--select", *chosen], DBT_PROJECT_DIR, build.target_path, parsed(project), build.take
    )
    assert not build.is_successful
    assert "stg_bitly__bitlinks: " in build.explanation()
    keys = {
        node["name"]: translator.get_asset_key(node)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    left = {output.output_name for output in build.left(set(keys.values()))}
    assert left == {key.to_python_identifier() for name, key in keys.items() if name not in chosen}
    assert_let_go_of(tmp_path / "warehouse.duckdb")


def assert_let_go_of(warehouse: Path) -> None:
    """Another process can open it, and everything is in the one file."""
    assert not warehouse.with_name(warehouse.name + ".wal").exists()
    program = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('from staging.stg_bitly__groups')"
    subprocess.run([sys.executable, "-c", program, str(warehouse)], check=True)

"""Building one model in the UI: it is built, and the next run builds everything."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.definitions import definitions
from dagster_project.defs.builds import RequiredBuild, required_build
from dagster_project.defs.manifest import dbt_project, incremental_tables, read_manifest
from dagster_project.defs.resources import Warehouse
from dagster_project.runtime.build_scope import BuildScope
from tests.end_to_end.conftest import Refreshed
from tests.installation import Installation

CHOSEN = dg.AssetKey(["marts", "dim_links"])


@pytest.fixture
def installation(refreshed: Refreshed, tmp_path: Path) -> Iterator[Installation]:
    home = tmp_path / "home"
    shutil.copytree(refreshed.installation.home, home, symlinks=True)
    installation = Installation(home, dict(refreshed.installation.environment))
    with installation.entered():
        yield installation


def required() -> RequiredBuild:
    """What a run would build now."""
    warehouse = Warehouse()
    found = required_build(warehouse, incremental_tables(read_manifest(dbt_project())))
    warehouse.close()
    return found


def test_the_build_after_one_of_a_chosen_model_is_full(installation: Installation) -> None:
    assert required().scope is BuildScope.NONE
    job = definitions().resolve_job_def("refresh").get_subset(asset_selection={CHOSEN})
    result = job.execute_in_process(instance=installation.instance)
    [made] = result.get_asset_materialization_events()
    assert made.asset_key == CHOSEN
    assert {check.asset_key for check in result.get_asset_check_evaluations()} == {CHOSEN}
    assert required().scope is BuildScope.FULL


def test_the_build_after_an_incremental_table_was_lost_is_full(installation: Installation) -> None:
    with duckdb.connect(str(installation.home / "warehouse.duckdb")) as connection:
        connection.execute("drop table intermediate.int_person_steps")
    assert required().scope is BuildScope.FULL
    assert required().missing == ["intermediate.int_person_steps"]

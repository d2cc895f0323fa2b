"""Somebody builds one model: it is built, and what the whole project owes stays owed."""

import shutil
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.definitions import definitions
from dagster_project.defs.builds import build_due
from dagster_project.defs.resources import Warehouse
from dagster_project.runtime.build_scope import Due
from tests.end_to_end.conftest import Refreshed
from tests.installation import Installation

CHOSEN = dg.AssetKey(["marts", "dim_links"])


@pytest.fixture
def installation(refreshed: Refreshed, tmp_path: Path) -> Installation:
    home = tmp_path / "home"
    shutil.copytree(refreshed.installation.home, home, symlinks=True)
    return Installation(home, dict(refreshed.installation.environment))


def build_chosen(installation: Installation) -> Due:
    """Build the one model; what is due afterwards."""
    with installation.entered():
        job = definitions().resolve_job_def("refresh").get_subset(asset_selection={CHOSEN})
        result = job.execute_in_process(instance=installation.instance)
        warehouse = Warehouse()
        needed, *_ = build_due(warehouse)
        warehouse.close()
    [made] = result.get_asset_materialization_events()
    assert made.asset_key == CHOSEN
    assert {check.asset_key for check in result.get_asset_check_evaluations()} == {CHOSEN}
    return needed


def test_a_chosen_model_is_built_though_nothing_is_new(installation: Installation) -> None:
    # It is published with the next run.
    assert build_chosen(installation) is Due.CHANGES


def test_a_chosen_model_does_not_pass_for_the_whole_project(installation: Installation) -> None:
    with duckdb.connect(str(installation.home / "warehouse.duckdb")) as connection:
        connection.execute("update raw._builds set project_sha256 = 'of another project'")
    assert build_chosen(installation) is Due.EVERYTHING

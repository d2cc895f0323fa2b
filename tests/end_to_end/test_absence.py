"""A landing zone that is not there: every stream says so, nothing is lost, and a person may confirm it."""

import shutil
from pathlib import Path

import pytest

from dagster_project.sources.registry import SOURCES
from tests.end_to_end.conftest import Refreshed
from tests.installation import Installation, failures

ACTIONS = "select count(*) from raw.smaily__actions"


@pytest.fixture
def installation(refreshed: Refreshed, tmp_path: Path) -> Installation:
    """A copy of the refreshed one, whose landing zone is lost."""
    home = tmp_path / "home"
    shutil.copytree(refreshed.installation.home, home, symlinks=True)
    return Installation(home, dict(refreshed.installation.environment))


def test_a_landing_zone_that_is_gone_loses_nothing(installation: Installation, tmp_path: Path) -> None:
    landing = installation.home / "landing"
    before = installation.published.read_bytes()
    actions = installation.read_warehouse(ACTIONS)
    landing.rename(tmp_path / "unmounted")
    for _ in range(2):
        result = installation.run()
        assert not result.success
        found = failures(result)
        assert found["smaily/actions"].startswith(
            "smaily/actions was not loaded, because data of it are gone: "
        )
        assert "milepost confirm-loss smaily/actions" in found["smaily/actions"]
        configured = {source.name for source in SOURCES if source.configure(installation.environment)}
        assert {name.split("/")[0] for name in found} == configured
        assert installation.published.read_bytes() == before
        assert installation.read_warehouse(ACTIONS) == actions
        assert not list(landing.rglob("*.zst"))
    refused = installation.run("published/milepost")
    assert "since data are gone of" in failures(refused)["published/milepost"]
    shutil.rmtree(landing, ignore_errors=True)
    (tmp_path / "unmounted").rename(landing)
    result = installation.run()
    assert failures(result) == {}
    assert installation.read_warehouse(ACTIONS) == actions

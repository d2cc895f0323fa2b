"""An ERROR keeps the last published file, a WARN does not: real runs of checks and publication."""

import shutil
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.checks.catalogue import CHECKS
from dagster_project.checks.check import Status
from dagster_project.definitions import definitions
from dagster_project.defs.builds import PUBLISHED
from dagster_project.defs.checks import check_specs
from tests.end_to_end.conftest import Refreshed
from tests.end_to_end.fault import Fault
from tests.end_to_end.planted_faults import FAULTS
from tests.installation import Installation

ERROR = next(fault for fault in FAULTS if fault.check == "open_rates_are_ordered")
WARN = next(fault for fault in FAULTS if fault.check == "rates_against_industry")


@pytest.fixture
def installation(refreshed: Refreshed, tmp_path: Path) -> Installation:
    home = tmp_path / "home"
    shutil.copytree(refreshed.installation.home, home, symlinks=True)
    return Installation(home, dict(refreshed.installation.environment))


def check_and_publish(installation: Installation, fault: Fault) -> dg.ExecuteInProcessResult:
    """Plant the fault, run every check, publish."""
    with duckdb.connect(str(installation.home / "warehouse.duckdb")) as connection:
        for statement in fault.statements:
            connection.execute(statement)
    with installation.entered():
        job = (
            definitions()
            .resolve_job_def("refresh")
            .get_subset(
                asset_selection={PUBLISHED}, asset_check_selection={spec.key for spec in check_specs()}
            )
        )
        return job.execute_in_process(instance=installation.instance, raise_on_error=False)


@pytest.mark.parametrize("fault", [ERROR, WARN], ids=["error", "warn"])
def test_publishing_is_blocked_by_an_error_only(installation: Installation, fault: Fault) -> None:
    before = installation.published.stat().st_ino
    result = check_and_publish(installation, fault)
    outcomes = {outcome.check_name: outcome for outcome in result.get_asset_check_evaluations()}
    assert set(outcomes) == {check.name for check in CHECKS}
    assert not outcomes[fault.check].passed
    assert outcomes[fault.check].severity.value == fault.status.value.upper()
    assert result.success is (fault.status is Status.WARN)
    assert (installation.published.stat().st_ino != before) is (fault.status is Status.WARN)


def test_every_outcome_carries_its_evidence(refreshed: Refreshed) -> None:
    names = {check.name for check in CHECKS}
    outcomes = [
        outcome for outcome in refreshed.result.get_asset_check_evaluations() if outcome.check_name in names
    ]
    assert len(outcomes) == len(names)
    for outcome in outcomes:
        assert {"n", "band_source", "tolerance", "chart"} <= set(outcome.metadata), outcome.check_name

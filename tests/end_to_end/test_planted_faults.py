"""Each fault turns its own check red and no other."""

import shutil
from collections.abc import Iterator

import duckdb
import pytest

from dagster_project.checks.catalogue import CHECKS
from dagster_project.checks.check import Status
from dagster_project.defs.checks import evaluate_all
from tests.end_to_end.conftest import Refreshed
from tests.end_to_end.fault import Fault
from tests.end_to_end.planted_faults import FAULTS

# A simulated world is not the published one: its rates may lie anywhere. Only the faults are to be seen.
CALM = "update marts.rpt_benchmark_positions set status = 'within' where status in ('below', 'above')"


@pytest.fixture(scope="module")
def warehouse(
    refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the refreshed warehouse, in the environment it was refreshed with."""
    path = tmp_path_factory.mktemp("faults") / "warehouse.duckdb"
    shutil.copyfile(refreshed.installation.home / "warehouse.duckdb", path)
    with refreshed.installation.entered(), duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(CALM)
        yield connection


def statuses(connection: duckdb.DuckDBPyConnection) -> dict[str, Status]:
    """The checks that warn or fail."""
    return {
        check.name: outcome.status
        for check, outcome in evaluate_all(connection)
        if outcome.status in (Status.WARN, Status.ERROR)
    }


def test_without_a_fault_every_check_passes(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert statuses(warehouse) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}-{fault.status}")
def test_a_fault_turns_its_check_red_and_no_other(warehouse: duckdb.DuckDBPyConnection, fault: Fault) -> None:
    warehouse.begin()
    try:
        for statement in fault.statements:
            warehouse.execute(statement)
        assert statuses(warehouse) == {fault.check: fault.status}
    finally:
        warehouse.rollback()


def test_every_check_has_its_fault() -> None:
    assert {check.name for check in CHECKS} == {fault.check for fault in FAULTS}
    worst = {check.name: check.severity for check in CHECKS}
    assert all(worst[fault.check] in (fault.status, Status.ERROR) for fault in FAULTS)

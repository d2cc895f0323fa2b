"""Each fault turns its own question red and no other."""

import shutil
from collections.abc import Iterator

import duckdb
import pytest

from dagster_project.checks.catalogue import QUESTIONS
from dagster_project.checks.check import Status
from dagster_project.defs.checks import ask_all
from tests.end_to_end.conftest import Refreshed
from tests.end_to_end.planted_faults import FAULTS, Fault

# A simulated world is not the published one: its rates may lie anywhere. Here the faults are to stand out.
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


def verdicts(connection: duckdb.DuckDBPyConnection) -> dict[str, Status]:
    """The questions that do not pass."""
    return {
        question.name: answer.status
        for question, answer in ask_all(connection)
        if answer.status is not Status.PASSED
    }


def test_without_a_fault_every_question_passes(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert verdicts(warehouse) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.question}-{fault.status}")
def test_a_fault_turns_its_question_red_and_no_other(
    warehouse: duckdb.DuckDBPyConnection, fault: Fault
) -> None:
    warehouse.begin()
    try:
        for statement in fault.statements:
            warehouse.execute(statement)
        assert verdicts(warehouse) == {fault.question: fault.status}
    finally:
        warehouse.rollback()


def test_every_question_has_its_fault() -> None:
    assert {question.name for question in QUESTIONS} == {fault.question for fault in FAULTS}
    worst = {question.name: question.severity for question in QUESTIONS}
    assert all(worst[fault.question] in (fault.status, Status.ERROR) for fault in FAULTS)

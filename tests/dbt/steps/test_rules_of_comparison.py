"""The rules that marts share: what a claim says of an interval, at which landmark revenue is compared."""

from pathlib import Path

import duckdb
import pytest

from tests.dbt.compiled_macros import compile_macros
from tests.dbt.harness import Warehouse

# The interval, the span, the value at which there is nothing to it, and what the claim is.
CASES = [
    (1.1, 2.0, 2, 3, 1, "supported"),
    (3.0, 5.0, 2, 3, 1, "supported"),
    (2.2, 2.8, 2, 3, 1, "supported"),
    (1.0, 2.5, 2, 3, 1, "insufficient"),
    (0.5, 8.0, 2, 3, 1, "insufficient"),
    (1.1, 1.99, 2, 3, 1, "contradicted"),
    (0.5, 0.9, 2, 3, 1, "contradicted"),
    (3.01, 9.0, 2, 3, 1, "contradicted"),
    (None, None, 2, 3, 1, "insufficient"),
    (2.2, 2.8, None, None, None, "insufficient"),
    (0.5, 0.9, 0.2, 0.6, None, "supported"),
    (0.13, 0.2, 0.125, None, None, "supported"),
    (0.12, 0.2, 0.125, None, None, "insufficient"),
    (0.1, 0.12, 0.125, None, None, "contradicted"),
    (-0.3, -0.1, None, 0, 0, "supported"),
    (-0.3, 0.1, None, 0, 0, "insufficient"),
    (0.1, 0.3, None, 0, 0, "contradicted"),
]


def test_a_claim_is_judged_by_the_interval(tmp_path: Path) -> None:
    call = "claim_verdict('lower', 'upper', 'low', 'high', 'nothing')"
    verdict = compile_macros(tmp_path, {"verdict": call})["verdict"]
    with duckdb.connect() as connection:
        connection.execute(
            "create table cases (lower double, upper double, low double, high double, nothing double)"
        )
        connection.executemany("insert into cases values (?, ?, ?, ?, ?)", [case[:-1] for case in CASES])
        found = connection.execute(f"select {verdict} from cases order by rowid").fetchall()
    assert [row for (row,) in found] == [case[-1] for case in CASES]


@pytest.mark.parametrize(("days", "is_possible"), [("[1, 7]", True), ("[1, 3]", False)])
def test_revenue_is_compared_at_one_of_the_landmarks(tmp_path: Path, days: str, is_possible: bool) -> None:
    options = ("--select", "rpt_step_value", "--vars", f"{{step_landmark_days: {days}}}")
    outcome = Warehouse(tmp_path).dbt("compile", *options)
    assert outcome.success == is_possible
    messages = [
        str(outcome.exception),
        *(str(found.message) for found in getattr(outcome.result, "results", [])),
    ]
    assert (
        any("not among step_landmark_days [1, 3]; choose one of them" in text for text in messages)
        != is_possible
    )

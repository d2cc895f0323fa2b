"""What young cohorts may still bring, and how wide that interval is."""

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest

from dagster_project.statistics.chain_ladder import back_test, complete
from tests.dbt.python_models import run, table

COHORTS = {
    "cohort_by": "varchar", "cohort_grain": "varchar", "person_population": "varchar",
    "is_left_truncated": "boolean", "cohort_start": "date", "period_number": "bigint", "is_mature": "boolean",
    "cohort_size": "bigint", "cumulative_converters": "bigint", "cumulative_revenue": "decimal(38, 4)",
}  # fmt: skip


def cohorts(
    connection: duckdb.DuckDBPyConnection, triangle: list[list[int | None]], size: int = 100, **values: Any
) -> list[dict[str, Any]]:
    """Monthly cohorts whose unknown cells are not over; revenue is ten times the converters."""
    key = {
        "cohort_by": "first_touch", "cohort_grain": "month", "person_population": "known",
        "is_left_truncated": False, "cohort_size": size,
    }  # fmt: skip
    rows = [
        key
        | {
            "cohort_start": date(2026, month, 1),
            "period_number": period,
            "is_mature": count is not None,
            "cumulative_converters": count,
            "cumulative_revenue": None if count is None else 10 * count,
        }
        | values
        for month, counts in enumerate(triangle, 1)
        for period, count in enumerate(counts)
    ]
    table(connection, "int_cohort_counts", COHORTS, rows)
    return run(connection, "cohorts/int_cohort_completions")


def test_young_cohorts_go_on_as_older_ones_did(connection: duckdb.DuckDBPyConnection) -> None:
    rows = cohorts(connection, [[10, 15, 24], [12, 18, None], [20, None, None]])
    found = {(row["cohort_start"].month, row["period_number"]): row for row in rows}
    assert len(found) == 9
    assert found[1, 2]["projected_converters"] is None
    assert found[3, 1]["projected_converters"] == pytest.approx(30)
    assert found[3, 2]["projected_converters"] == pytest.approx(48)
    assert found[3, 2]["projected_revenue"] == pytest.approx(480)
    # No one leaves those who have converted, and no more can than there are.
    assert 20 <= found[3, 1]["projected_converters_lower"] < 30 < found[3, 1]["projected_converters_upper"]
    assert {row["converters_back_test_cells"] for row in rows} == {1}


@pytest.mark.parametrize(
    ("grown_to", "covered", "basis"), [(200, 5, "as estimated"), (300, 4, "widened by the back-test")]
)
def test_a_forecast_whose_back_test_fails_has_a_wider_interval(
    connection: duckdb.DuckDBPyConnection, grown_to: int, covered: int, basis: str
) -> None:
    """Four of five hidden cells are 80 %: bounds are as much wider as holds all five."""
    triangle: list[list[int | None]] = [
        [100, 200, 300, 400],
        [100, 210, 310, None],
        [100, 190, 290, None],
        [100, grown_to, None, None],
        [100, None, None, None],
    ]
    rows = cohorts(connection, triangle, size=10_000)
    found = {(row["cohort_start"].month, row["period_number"]): row for row in rows}[5, 1]
    names = ("back_test_covered", "back_test_cells", "interval_basis")
    assert tuple(found[f"converters_{name}"] for name in names) == (covered, 5, basis)
    known = np.array(triangle, dtype=np.float64)
    tested = back_test(known, is_count=True)
    assert found["converters_interval_factor"] == tested.factor
    assert found["converters_back_test_covered_after"] == tested.covered_after
    bounds = [bound[4, 1] for bound in complete(known, is_count=True).interval(tested.factor or np.nan)]
    bounds[0] = max(bounds[0], 100)
    assert (tested.factor > 1) is (covered < 5)
    assert [found[f"projected_converters_{end}"] for end in ("lower", "upper")] == pytest.approx(bounds)


def test_a_forecast_without_a_back_test_has_no_interval(connection: duckdb.DuckDBPyConnection) -> None:
    rows = cohorts(connection, [[10, 15], [12, 18], [20, None]])
    found = rows[5]
    assert found["projected_converters"] == pytest.approx(30)
    assert found["projected_converters_lower"] is found["converters_interval_factor"] is None
    assert found["converters_interval_basis"] == "none: no back-test is possible"
    assert (found["converters_back_test_cells"], found["converters_back_test_covered_after"]) == (0, None)


def test_amounts_that_grew_exactly_alike_allow_no_interval(connection: duckdb.DuckDBPyConnection) -> None:
    triangle: list[list[int | None]] = [
        [10, 20, 30],
        [30, 60, 90],
        [50, 100, 150],
        [10, 25, None],
        [10, None, None],
    ]
    found = cohorts(connection, triangle)[13]
    assert found["revenue_interval_basis"] == "none: older cohorts leave no room for error"
    assert found["projected_revenue_lower"] is found["revenue_interval_factor"] is None
    assert found["converters_interval_basis"] == "as estimated"


def test_no_more_convert_than_there_are(connection: duckdb.DuckDBPyConnection) -> None:
    row = cohorts(connection, [[10, 15, 24], [12, 18, None], [20, None, None]], size=24)[7]
    assert row["projected_converters"] == 24
    assert row["projected_converters_upper"] == 24
    assert row["projected_revenue"] == pytest.approx(300)


@pytest.mark.parametrize(
    "triangle", [[], [[None]], [[5]], [[None, None], [None, None]], [[0, 0], [0, None]], [[0, 5], [0, None]]]
)
def test_what_shows_nothing_projects_nothing(
    connection: duckdb.DuckDBPyConnection, triangle: list[list[int | None]]
) -> None:
    rows = cohorts(connection, triangle)
    assert all(row["projected_converters"] is None and row["projected_revenue"] is None for row in rows)


def test_a_cohort_of_unknown_revenue_has_no_part_in_it(connection: duckdb.DuckDBPyConnection) -> None:
    rows = cohorts(connection, [[10, 15], [20, None]], cumulative_revenue=None)
    assert rows[3]["projected_converters"] == pytest.approx(30)
    assert rows[3]["projected_revenue"] is None

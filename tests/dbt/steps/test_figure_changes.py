"""What changed from one week to the next: rates, totals and their intervals."""

from typing import Any

import duckdb
import pytest

from tests.dbt.python_models import run, table

FIGURES = {
    "figure": "varchar", "micro_conversion": "varchar", "person_population": "varchar", "is_now": "boolean",
    "eligible": "bigint", "completed": "double", "squares": "double", "unconverted_orders": "bigint",
}  # fmt: skip
WINDOWS = {"figure": "varchar", "micro_conversion": "varchar", "is_comparable": "boolean"}


def changes(
    connection: duckdb.DuckDBPyConnection, figure: str, *weeks: tuple[float | None, ...],
    is_comparable: bool = True,
) -> dict[str, Any]:  # fmt: skip
    key = {"figure": figure, "micro_conversion": ""}
    names = ("is_now", "eligible", "completed", "squares", "unconverted_orders")
    rows = [key | {"person_population": "known"} | dict(zip(names, week, strict=False)) for week in weeks]
    table(connection, "int_figure_counts", FIGURES, rows)
    table(connection, "int_figure_windows", WINDOWS, [key | {"is_comparable": is_comparable}])
    found = run(connection, "figures/int_figure_changes")
    return found[0] if found else {}


def test_rates_of_two_weeks(connection: duckdb.DuckDBPyConnection) -> None:
    """Newcombe (1998), table II: 56/70 against 48/80 is 0.2, from 0.0524 to 0.3339."""
    row = changes(connection, "human_click_rate", (True, 70, 56, None), (False, 80, 48, None))
    assert row["difference"] == pytest.approx(0.2)
    assert (row["difference_lower"], row["difference_upper"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert row["q_value"] == row["p_value"]


def test_totals_of_two_weeks(connection: duckdb.DuckDBPyConnection) -> None:
    row = changes(connection, "net_revenue", (True, 3, 60.0, 1400.0), (False, 1, 20.0, 400.0))
    assert (row["now_value"], row["before_value"], row["difference"]) == (60, 20, 40)
    assert row["difference_upper"] - 40 == pytest.approx(1.959964 * 1800**0.5, rel=1e-6)


@pytest.mark.parametrize(
    ("figure", "weeks", "is_comparable", "difference"),
    [
        ("human_click_rate", [(True, 70, 56, None)], True, None),
        ("human_click_rate", [(True, 70, 56, None), (False, 80, 48, None)], False, None),
        # No one bought in the week before: that is a change.
        ("net_revenue", [(True, 1, 60.0, 3600.0)], True, 60.0),
        ("net_revenue", [(True, 1, 60.0, 3600.0)], False, None),
    ],
)
def test_a_week_without_anybody_is_no_rate_but_a_total(
    connection: duckdb.DuckDBPyConnection,
    figure: str,
    weeks: list[tuple[bool, int, float, float | None]],
    is_comparable: bool,
    difference: float | None,
) -> None:
    row = changes(connection, figure, *weeks, is_comparable=is_comparable)
    assert row["difference"] == difference
    assert (row["p_value"] is None) == (difference is None)


def test_revenue_says_how_many_orders_it_lacks(connection: duckdb.DuckDBPyConnection) -> None:
    row = changes(connection, "net_revenue", (True, 3, 60.0, 1400.0, 2), (False, 1, 20.0, 400.0, 0))
    assert (row["now_unconverted_orders"], row["before_unconverted_orders"], row["difference"]) == (2, 0, 40)


@pytest.mark.parametrize(("figure", "lacks"), [("net_revenue", 0), ("human_click_rate", None)])
def test_a_week_without_orders_lacks_none(
    connection: duckdb.DuckDBPyConnection, figure: str, lacks: int | None
) -> None:
    row = changes(connection, figure, (True, 3, 2.0, 2.0, lacks))
    assert (row["now_unconverted_orders"], row["before_unconverted_orders"]) == (lacks, lacks)


@pytest.mark.parametrize("is_now", [True, False])
def test_a_week_of_which_no_order_could_be_converted_is_not_compared(
    connection: duckdb.DuckDBPyConnection, is_now: bool
) -> None:
    weeks = (is_now, 0, None, None, 4), (not is_now, 1, 20.0, 400.0, 0)
    row = changes(connection, "net_revenue", *weeks)
    side, other = ("now", "before") if is_now else ("before", "now")
    assert (row[f"{side}_value"], row[f"{side}_lower"], row[f"{side}_unconverted_orders"]) == (None, None, 4)
    assert (row[f"{other}_value"], row["difference"], row["p_value"]) == (20, None, None)


def test_no_figures_no_rows(connection: duckdb.DuckDBPyConnection) -> None:
    assert changes(connection, "net_revenue") == {}

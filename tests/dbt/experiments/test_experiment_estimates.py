"""Rows of `rpt_experiments` from sizes and sums: mailings, tests over time, arms that no one got."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.dbt.python_models import Row, run, table

SENT_AT = datetime.fromisoformat("2026-06-01T08:00:00")
ARMS = {
    "experiment": "varchar", "variant": "varchar", "is_over_time": "boolean", "is_unsent": "boolean",
    "persons": "bigint",
    "last_assigned_at": "timestamp", "had_clicked": "bigint", "had_converted": "bigint", "weight": "double",
    "primary_metric": "varchar",
}  # fmt: skip
COUNTS = {
    "experiment": "varchar", "variant": "varchar", "metric": "varchar", "horizon_days": "integer",
    "horizon_basis": "varchar", "horizon_responses": "bigint",
    "watermark_at": "timestamp", "persons": "bigint", "mature_persons": "bigint", "orders": "bigint",
    "unconverted_orders": "bigint", "sum_y": "double", "sum_yy": "double", "sum_x": "double",
    "sum_xx": "double", "sum_xy": "double",
}  # fmt: skip


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def arm(variant: str, persons: int, is_over_time: bool = False) -> Row:
    return {
        "experiment": "price", "variant": variant, "is_over_time": is_over_time, "is_unsent": False,
        "persons": persons,
        "last_assigned_at": SENT_AT if persons else None, "had_clicked": 0, "had_converted": 0, "weight": 1.0,
        "primary_metric": "conversion",
    }  # fmt: skip


def count(variant: str, persons: int, having: int, metric: str = "conversion", **values: Any) -> Row:
    return {
        "experiment": "price", "variant": variant, "metric": metric, "horizon_days": 14,
        "horizon_basis": "fixed", "horizon_responses": 0,
        "watermark_at": SENT_AT + timedelta(days=14), "persons": persons, "mature_persons": persons,
        "orders": 0, "unconverted_orders": 0, "sum_y": having, "sum_yy": having,
        **dict.fromkeys(("sum_x", "sum_xx", "sum_xy"), 0), **values,
    }  # fmt: skip


def estimates(
    connection: duckdb.DuckDBPyConnection, arms: list[Row], counts: list[Row]
) -> dict[tuple[str, str], dict[str, Any]]:
    table(connection, "int_experiment_arms", ARMS, arms)
    table(connection, "int_experiment_counts", COUNTS, counts)
    rows = run(connection, "experiments/int_experiment_estimates")
    return {(row["variant"], row["metric"]): row for row in rows}


@pytest.mark.parametrize(
    ("persons", "having", "is_over_time", "expected"),
    [
        (20, (0, 4), False, "no winner"),
        (1000, (0, 5), False, "no winner"),
        (1000, (0, 7), False, "ship B"),
        (1000, (0, 7), True, "no winner"),
        (200, (20, 40), False, "ship B"),
        (200, (20, 40), True, "no winner"),
        (200, (20, 60), True, "ship B"),
        (200, (0, 200), True, "ship B"),
        (200, (60, 20), True, "ship A"),
    ],
)
def test_the_verdict_on_a_mailing_and_on_a_test_over_time(
    connection: duckdb.DuckDBPyConnection,
    persons: int,
    having: tuple[int, int],
    is_over_time: bool,
    expected: str,
) -> None:
    found = estimates(
        connection,
        [arm(variant, persons, is_over_time) for variant in "AB"],
        [count(variant, persons, n) for variant, n in zip("AB", having, strict=True)],
    )
    assert found["B", "conversion"]["verdict"] == expected


def test_an_arm_that_nobody_got_breaks_the_test(connection: duckdb.DuckDBPyConnection) -> None:
    """Planned in thirds, 500 and 500 and none: chi-squared 500 of two degrees of freedom."""
    sizes = {"A": 500, "B": 500, "C": 0}
    found = estimates(
        connection,
        [arm(variant, persons) for variant, persons in sizes.items()],
        [count(variant, persons, persons // 10) for variant, persons in sizes.items()],
    )
    assert [row["verdict"] for row in found.values()] == ["broken"] * 3
    assert found["A", "conversion"]["sample_ratio_p_value"] == pytest.approx(2.67e-109, rel=0.01)
    assert found["B", "conversion"]["difference"] == 0
    assert found["C", "conversion"]["mean"] is None
    assert found["C", "conversion"]["difference"] is None


def test_the_verdict_waits_until_the_metric_itself_is_known(connection: duckdb.DuckDBPyConnection) -> None:
    known_until = SENT_AT + timedelta(days=9, hours=1)
    found = estimates(
        connection,
        [arm(variant, 200) for variant in "AB"],
        [count(variant, 200, 40, watermark_at=known_until, mature_persons=0) for variant in "AB"]
        + [count(variant, 200, 40, "human_click", horizon_days=3) for variant in "AB"],
    )
    assert found["B", "conversion"]["verdict"] == "wait 5 days"

"""What each comparison of completers with others counts in which group, and when it has no ratio."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from dagster_project.statistics.exact_tests import exact_rate_p_value, exact_share_p_value
from dagster_project.statistics.rate_ratios import (
    mean_difference,
    rate_difference,
    rate_ratio,
    risk_difference,
    risk_ratio,
)
from dagster_project.statistics.step_comparisons import (
    Comparison,
    Shares,
    at_landmark,
    by_person_time,
    naive,
    revenue_at_landmark,
)

COMPARABLE = Shares(0.1, 0.2)
# Of two strata: after the step 4 conversions in 40 days and 6 in 30; before it 5 in 60 and 2 in 50.
TIME = {"conversions": [9, 8], "days": [100, 80], "conversions_after": [4, 6], "days_after": [40, 30]}
# At a landmark 30 of 70 completed, of whom 12 converted; of the others 7.
LANDMARK = {"persons": [50, 20], "completers": [20, 10], "converted": [11, 8], "completers_converted": [7, 5]}


def arrays(counts: dict[str, list[float]]) -> Any:
    return {name: np.array(values, dtype=np.float64) for name, values in counts.items()}


def shown(found: Comparison) -> dict[str, Any]:
    """What is known, without estimates."""
    left_out = ("ratio", "difference", "exact_p_value")
    return {name: each for name, each in asdict(found).items() if each is not None and name not in left_out}


def test_days_at_risk_are_divided_at_the_step() -> None:
    found = by_person_time(arrays(TIME), 15, 600, COMPARABLE)
    assert shown(found) == {
        "method": "person_time",
        "is_primary": True,
        "completers": 15,
        "others": 585,
        "completers_outcome": 10,
        "others_outcome": 7,
        "completers_days": 70,
        "others_days": 110,
        "converting_visit_share": 0.1,
        "identifying_share": 0.2,
    }
    groups = ([4, 6], [40, 30], [5, 2], [60, 50])
    assert found.ratio == rate_ratio(*groups)
    assert found.difference == rate_difference(*groups)
    assert found.exact_p_value is None
    assert found.ratio is not None
    assert found.p_value == found.ratio.p_value


@pytest.mark.parametrize("shares", [Shares(0.5, 0.0), Shares(0.0, 0.5)])
def test_who_is_not_comparable_is_counted_and_not_compared(shares: Shares) -> None:
    for after in ([4, 6], [0, 0]):
        found = by_person_time(arrays({**TIME, "conversions_after": after}), 15, 600, shares)
        assert (found.completers_outcome, found.completers_days) == (sum(after), 70)
        assert (found.ratio, found.difference, found.p_value) == (None, None, None)


def test_without_conversions_after_the_step_the_test_is_exact() -> None:
    found = by_person_time(arrays({**TIME, "conversions_after": [0, 0]}), 15, 600, COMPARABLE)
    assert found.ratio is None
    assert found.p_value == exact_rate_p_value([0, 0], [40, 30], [9, 8], [60, 50])


def test_at_a_landmark_the_others_are_those_who_have_not_completed() -> None:
    found = at_landmark(arrays(LANDMARK), 3)
    assert shown(found) == {
        "method": "landmark_3",
        "is_primary": False,
        "completers": 30,
        "others": 40,
        "completers_outcome": 12,
        "others_outcome": 7,
    }
    groups = ([7, 5], [20, 10], [4, 3], [30, 10])
    assert (found.ratio, found.difference) == (risk_ratio(*groups), risk_difference(*groups))
    assert found.exact_p_value is None
    none = at_landmark(arrays({**LANDMARK, "completers_converted": [0, 0]}), 3)
    assert none.p_value == exact_share_p_value([0, 0], [20, 10], [11, 8], [30, 10])


def test_a_plain_count_has_everybody_who_ever_completes() -> None:
    found = naive(30, 12, 70, 19)
    assert shown(found) == {
        "method": "naive",
        "is_primary": False,
        "completers": 30,
        "others": 40,
        "completers_outcome": 12,
        "others_outcome": 7,
    }
    groups = ([12], [30], [7], [40])
    assert (found.ratio, found.difference) == (risk_ratio(*groups), risk_difference(*groups))


# Two strata in three buckets, one of which has two rows.
REVENUE = {
    "bucket": [0, 1, 2, 0, 0],
    "persons": [9, 8, 7, 6, 5],
    "completers": [4, 3, 2, 2, 1],
    "revenue": [90.0, 80.0, 70.0, 60.0, 50.0],
    "completers_revenue": [50.0, 30.0, 20.0, 40.0, 10.0],
    "unconverted_orders": [0, 0, 0, 0, 0],
    "rated_orders": [2, 2, 2, 2, 2],
    "completers_unconverted_orders": [0, 0, 0, 0, 0],
    "completers_rated_orders": [1, 1, 1, 1, 1],
}
STRATA = np.array([0, 0, 0, 1, 1])


def test_amounts_are_compared_by_stratum_and_bucket() -> None:
    found = revenue_at_landmark(arrays(REVENUE), STRATA, 3, 7)
    assert shown(found) == {
        "method": "landmark_7",
        "is_primary": True,
        "completers": 12,
        "others": 23,
        "completers_outcome": 150,
        "others_outcome": 200,
        "unconverted_orders": 0,
    }
    expected = mean_difference(
        np.array([[50.0, 30, 20], [50, 0, 0]]),
        np.array([[4.0, 3, 2], [3, 0, 0]]),
        np.array([[40.0, 50, 50], [60, 0, 0]]),
        np.array([[5.0, 5, 5], [8, 0, 0]]),
    )
    assert expected is not None
    assert found.difference == expected
    assert (found.ratio, found.p_value) == (None, expected.p_value)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"completers_unconverted_orders": 1, "unconverted_orders": 3}, (150, 200)),  # some are in the sum
        (
            {"completers_unconverted_orders": 1, "unconverted_orders": 1, "completers_rated_orders": 0},
            (None, 200),
        ),
        ({"unconverted_orders": 1, "rated_orders": 1}, (150, None)),
        ({"completers_rated_orders": 0, "rated_orders": 0}, (150, 200)),  # no orders: nothing was spent
    ],
)
def test_an_amount_is_unknown_where_no_order_has_a_rate(
    changes: dict[str, int], expected: tuple[float | None, float | None]
) -> None:
    counts = REVENUE | {name: [value] * 5 for name, value in changes.items()}
    found = revenue_at_landmark(arrays(counts), STRATA, 3, 7)
    assert (found.completers_outcome, found.others_outcome) == expected
    assert (found.difference is None) == (None in expected)
    assert found.unconverted_orders == 5 * changes.get("unconverted_orders", 0)

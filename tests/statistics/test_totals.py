"""Totals of amounts against simulation and by hand."""

import numpy as np
import pytest
from scipy.stats import norm

from dagster_project.statistics.totals import compare_totals, total_interval


def test_the_interval_is_by_the_sum_of_squares() -> None:
    lower, upper = total_interval(50, 16 + 9)
    assert (lower, upper) == pytest.approx((50 - 1.959963984540054 * 5, 50 + 1.959963984540054 * 5))
    assert total_interval(0, 0) == (0, 0)
    with pytest.raises(ValueError, match="cannot be negative"):
        total_interval(1, -1)


def test_two_totals_are_compared() -> None:
    found = compare_totals(100, 300, 60, 100)
    assert found.difference == 40
    assert (found.lower, found.upper) == pytest.approx(
        (40 - 1.959963984540054 * 20, 40 + 1.959963984540054 * 20)
    )
    assert found.p_value == pytest.approx(2 * norm.sf(2), abs=1e-12)
    assert compare_totals(0, 0, 0, 0).p_value == 1


def test_intervals_of_differences_hold_what_they_say() -> None:
    """Two weeks alike, each of about 200 orders of varying amounts: zero is inside in about 95 %."""
    random = np.random.default_rng(7)
    inside = 0
    for _ in range(1000):
        weeks = [random.gamma(2, 40, size=random.poisson(200)) for _ in range(2)]
        now, before = ((week.sum(), (week**2).sum()) for week in weeks)
        found = compare_totals(*now, *before)
        inside += found.lower <= 0 <= found.upper
    assert 0.93 <= inside / 1000 <= 0.97

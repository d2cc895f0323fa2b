"""Exact p-values against scipy's tests of one stratum and all outcomes of small ones, counted."""

from itertools import product
from math import comb

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from dagster_project.statistics.exact_tests import exact_rate_p_value, exact_share_p_value
from dagster_project.statistics.rate_ratios import rate_difference, risk_difference
from dagster_project.statistics.step_comparisons import Shares, at_landmark, by_person_time, naive


@pytest.mark.parametrize(
    ("events", "time", "other_events", "other_time"),
    [
        (0, 15.0, 240, 9000.0),
        (0, 500.0, 20, 1500.0),
        (7, 10.0, 0, 40.0),
        (3, 10.0, 3, 10.0),
        (0, 1.0, 1, 3.0),
    ],
)
def test_one_stratum_of_rates_is_the_binomial_test(
    events: int, time: float, other_events: int, other_time: float
) -> None:
    expected = binomtest(events, events + other_events, time / (time + other_time)).pvalue
    assert exact_rate_p_value([events], [time], [other_events], [other_time]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("a", "n", "b", "m"), [(0, 6, 85, 651), (4, 4, 2, 9), (0, 40, 30, 60), (5, 10, 5, 10), (0, 1, 1, 1)]
)
def test_one_stratum_of_shares_is_fishers(a: int, n: int, b: int, m: int) -> None:
    expected = fisher_exact([[a, n - a], [b, m - b]]).pvalue
    assert exact_share_p_value([a], [n], [b], [m]) == pytest.approx(expected)


def test_strata_are_added_up_outcome_by_outcome() -> None:
    strata = [(1, 5, 2, 4), (0, 3, 3, 7), (2, 4, 0, 2)]
    chances = [
        [
            comb(a + b, k) * comb(n + m - a - b, n - k) / comb(n + m, n) if 0 <= k <= n else 0
            for k in range(a + b + 1)
        ]
        for a, n, b, m in strata
    ]
    sums = np.zeros(10)
    for outcome in product(*(range(len(chance)) for chance in chances)):
        sums[sum(outcome)] += np.prod([chance[k] for chance, k in zip(chances, outcome, strict=True)])
    expected = sums[sums <= sums[3] * (1 + 1e-9)].sum()
    assert exact_share_p_value(*zip(*strata, strict=True)) == pytest.approx(expected)


def test_strata_of_one_group_or_without_events_change_nothing() -> None:
    alone = exact_rate_p_value([0], [10.0], [5], [20.0])
    assert (
        exact_rate_p_value([0, 9, 0, 0], [10.0, 5.0, 7.0, 0.0], [5, 0, 0, 4], [20.0, 0.0, 7.0, 3.0]) == alone
    )
    alone = exact_share_p_value([0], [10], [5], [20])
    assert exact_share_p_value([0, 3, 0, 0], [10, 5, 7, 0], [5, 0, 0, 2], [20, 0, 7, 3]) == alone


@pytest.mark.parametrize("groups", [([], [], [], []), ([0], [1], [0], [1]), ([1], [1], [0], [0])])
def test_nothing_that_could_differ_has_no_p_value(groups: tuple[list[int], ...]) -> None:
    assert exact_rate_p_value(*groups) is None
    assert exact_share_p_value(*groups) is None


def test_no_events_show_nothing_of_how_far_they_vary() -> None:
    assert rate_difference([0], [15.0], [240], [9000.0]) is None
    assert rate_difference([3], [15.0], [0], [9000.0]) is None
    for a, n, b, m in ((0, 6, 85, 651), (6, 6, 85, 651), (3, 6, 0, 651), (3, 6, 651, 651)):
        assert risk_difference([a], [n], [b], [m]) is None
    # Events where no one of the other group was do not count.
    assert rate_difference([0, 3], [15.0, 2.0], [240, 0], [9000.0, 0.0]) is None


def test_comparisons_without_events_are_tested_exactly() -> None:
    time = {
        name: np.array([value])
        for name, value in {
            "conversions_after": 0.0,
            "days_after": 300.0,
            "conversions": 20.0,
            "days": 2300.0,
        }.items()
    }
    rates = by_person_time(time, 15, 600, Shares(0.0, 0.0))
    assert (rates.ratio, rates.difference) == (None, None)
    assert rates.p_value == pytest.approx(binomtest(0, 20, 300 / 2300).pvalue)
    assert by_person_time(time, 15, 600, Shares(0.9, 0.0)).p_value is None
    counts = {"completers": 6, "persons": 657, "completers_converted": 0, "converted": 85}
    shares = at_landmark({name: np.array([float(value)]) for name, value in counts.items()}, 3)
    assert shares.difference is None
    assert shares.p_value == pytest.approx(1.0)
    assert naive(6, 0, 657, 85).p_value == pytest.approx(1.0)


def test_a_ratio_is_tested_by_its_own_error() -> None:
    found = naive(50, 30, 110, 50)
    assert found.ratio
    assert found.p_value == found.ratio.p_value

"""Hours and gaps, each against all others."""

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint

from dagster_project.statistics.best_of_many import compare_places, shares_of_places, shrunken_ratios
from dagster_project.statistics.rate_ratios import Estimate

# hour, stratum, delivered, clicks
CELLS = [
    (6, "one", 200, 6), (10, "one", 210, 14), (20, "one", 190, 5), (21, "one", 9, 4),
    (6, "two", 100, 9), (10, "two", 90, 12),
    (11, "three", 500, 90),
]  # fmt: skip


def columns(cells: list[tuple[int, str, int, int]]) -> list[list[object]]:
    return [list(column) for column in zip(*cells, strict=True)]


def test_each_hour_against_the_others_of_its_strata() -> None:
    found = {place.place: place for place in compare_places(*columns(CELLS))}  # type: ignore[arg-type]
    tables = [np.array([[14, 196], [15, 384]]), np.array([[12, 78], [9, 91]])]
    ratio = found[10].ratio
    assert ratio
    assert ratio.estimate == pytest.approx(StratifiedTable(tables).riskratio_pooled, abs=1e-12)
    assert [found[place].eligible for place in (6, 10, 11, 20, 21)] == [300, 300, 500, 190, 9]
    assert [found[place].completed for place in (6, 10, 11, 20, 21)] == [15, 26, 90, 5, 4]


def test_an_hour_without_others_in_its_stratum_is_compared_with_nothing() -> None:
    found = {place.place: place for place in compare_places(*columns(CELLS))}  # type: ignore[arg-type]
    assert found[11].ratio is None
    assert found[11].shrunken_ratio is None
    assert found[11].rate == 0.18


def test_four_of_nine_are_no_best_hour() -> None:
    found = {place.place: place for place in compare_places(*columns(CELLS))}  # type: ignore[arg-type]
    assert found[21].rate > found[10].rate
    assert found[21].ratio is None


def test_intervals_are_simultaneous_over_the_hours_compared() -> None:
    """Three of the five hours are compared, five have rates."""
    found = {place.place: place for place in compare_places(*columns(CELLS))}  # type: ignore[arg-type]
    ratio = found[20].ratio
    assert ratio
    width = float(np.log(ratio.upper / ratio.estimate)) / norm.ppf(1 - 0.05 / 3 / 2)
    a, n1, b, n0 = 5, 190, 24, 419
    variance = (n1 * n0 * (a + b) - a * b * (n1 + n0)) / (n1 + n0) ** 2
    assert width == pytest.approx(np.sqrt(variance / ((a * n0 / 609) * (b * n1 / 609))), abs=1e-9)
    low, high = proportion_confint(5, 190, alpha=0.05 / 5, method="wilson")
    assert (found[20].lower, found[20].upper) == pytest.approx((low, high), abs=1e-12)


def test_the_best_of_many_equal_hours_is_called_best_in_one_of_twenty() -> None:
    random = np.random.default_rng(3)
    alarms, runs = 0, 300
    for _ in range(runs):
        clicks = random.binomial(400, 0.05, 24)
        places = compare_places(list(range(24)), ["one"] * 24, [400] * 24, clicks)
        alarms += any(place.ratio and place.ratio.lower > 1 for place in places)
    assert alarms / runs <= 0.07


def test_a_small_hour_is_drawn_to_one() -> None:
    rows = [Estimate(1.5, 1.2, 1.875, 0.0), Estimate(3.0, 0.5, 18.0, 0.2), None, Estimate(1.0, 1.0, 1.0, 1.0)]
    drawn = shrunken_ratios(rows)
    logs, errors = np.log([1.5, 3.0]), np.log([1.875 / 1.2, 36.0]) / (2 * norm.ppf(0.975))
    weights = 1 / errors**2
    between = max(((logs**2 * weights).sum() - 2) / weights.sum(), 0)
    assert drawn[:2] == pytest.approx(np.exp(logs * between / (between + errors**2)), abs=1e-9)
    assert drawn[2:] == [None, None]
    assert 1 < (drawn[1] or 0) < (drawn[0] or 0)


def test_hours_that_differ_by_chance_only_are_all_one() -> None:
    assert shrunken_ratios([Estimate(1.1, 0.5, 2.4, 0.8), Estimate(0.9, 0.4, 2.0, 0.8)]) == [1.0, 1.0]


def test_shares_add_up() -> None:
    found = shares_of_places([6, 14, 20], [50, 30, 20])
    assert [place.rate for place in found] == [0.5, 0.3, 0.2]
    assert {place.eligible for place in found} == {100}
    low, _ = proportion_confint(50, 100, alpha=0.05 / 3, method="wilson")
    assert found[0].lower == pytest.approx(low, abs=1e-12)
    assert all(place.ratio is None for place in found)


def test_nothing_and_nobody() -> None:
    assert compare_places([], [], [], []) == []
    [alone] = compare_places([5], ["one"], [1], [0])
    assert (alone.rate, alone.ratio, alone.shrunken_rate) == (0, None, 0)


def test_five_expected_are_enough_to_compare() -> None:
    enough, too_few = (compare_places([0, 1], ["a", "a"], [10, 10], [hits, 5])[0].ratio for hits in (5, 4))
    assert enough is not None
    assert too_few is None

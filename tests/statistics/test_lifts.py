"""Lifts against statsmodels, scipy and hand-worked counts; means per person."""

import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from dagster_project.statistics.jackknife import jackknife_interval, means_per_person
from dagster_project.statistics.lifts import lifts

COUNTS = [(30, 100, 40, 400), (3, 40, 50, 500), (0, 30, 20, 200), (30, 30, 10, 90), (1, 5, 1, 400)]


@pytest.mark.parametrize(("a", "n", "b", "m"), COUNTS)
def test_a_lift_is_the_ratio_put_against_everybody(a: int, n: int, b: int, m: int) -> None:
    found = lifts([a], [n], [b], [m])
    everybody = (a + b) / (n + m)
    assert found.lift[0] == pytest.approx(a / n / everybody, abs=1e-9)
    ratios = confint_proportions_2indep(a, n, b, m, compare="ratio", method="log-adjusted")
    bounds = [ratio / (n / (n + m) * ratio + m / (n + m)) for ratio in ratios]
    assert found.lower[0] == pytest.approx(min(bounds[0], found.lift[0] or 0), abs=1e-9)
    assert found.upper[0] == pytest.approx(max(bounds[1], found.lift[0] or 0), abs=1e-9)


@pytest.mark.parametrize(("a", "n", "b", "m"), COUNTS)
def test_equality_is_tested_as_rates_are(a: int, n: int, b: int, m: int) -> None:
    [p_value] = lifts([a], [n], [b], [m]).p_value
    smallest = min(n, m) * min(a + b, n + m - a - b) / (n + m)
    if smallest < 5:
        expected = fisher_exact([[a, n - a], [b, m - b]]).pvalue
    else:
        expected = proportions_ztest([a, b], [n, m])[1]
    assert p_value == pytest.approx(expected, abs=1e-9)


def test_rows_do_not_disturb_each_other() -> None:
    whole = lifts(*zip(*COUNTS, strict=True))
    for place, row in enumerate(COUNTS):
        alone = lifts(*([value] for value in row))
        assert (whole.lift[place], whole.p_value[place]) == (alone.lift[0], alone.p_value[0])


@pytest.mark.parametrize("row", [(0, 0, 1, 5), (1, 5, 0, 0), (0, 5, 0, 5)])
def test_without_persons_or_outcomes_there_is_no_lift(row: tuple[int, ...]) -> None:
    found = lifts(*([value] for value in row))
    assert (found.lift, found.lower, found.upper, found.p_value) == ([None],) * 4


def test_no_rows_have_no_lifts() -> None:
    assert lifts([], [], [], []).lift == []


def test_means_are_what_the_jackknife_of_each_row_gives() -> None:
    generator = np.random.default_rng(3)
    sums, persons = generator.exponential(20, (6, 50)), generator.integers(0, 4, (6, 50)).astype(float)
    sums[persons == 0] = 0
    mean, lower, upper = means_per_person(sums, persons)
    for row in range(6):
        used = np.flatnonzero(persons[row] > 0)

        def one(mask: np.ndarray, row: int = row, used: np.ndarray = used) -> np.ndarray:
            return np.array([sums[row, used[mask]].sum() / persons[row, used[mask]].sum()])

        expected = jackknife_interval(one, used.tolist())
        assert (mean[row], lower[row], upper[row]) == pytest.approx(tuple(part[0] for part in expected))


def test_a_mean_of_one_person_each_is_the_mean_with_its_usual_error() -> None:
    """With one person a group the jackknife's error is the standard error: 1, 2, 6 have mean 3, s² = 7."""
    mean, lower, _ = means_per_person(np.array([[1.0, 2.0, 6.0]]), np.ones((1, 3)))
    assert mean[0] == 3
    assert lower[0] == pytest.approx(3 - 4.302652729911275 * np.sqrt(7 / 3))


def test_nobody_has_no_mean_and_one_group_no_interval() -> None:
    mean, lower, _ = means_per_person(np.array([[0.0, 0.0], [5.0, 0.0]]), np.array([[0.0, 0.0], [2.0, 0.0]]))
    assert np.isnan(mean[0])
    assert (mean[1], bool(np.isnan(lower[1]))) == (2.5, True)

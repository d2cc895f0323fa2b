"""Shrunken rates: equal groups become one, different ones stay, small ones move most."""

import numpy as np
import pytest

from dagster_project.statistics.shrinkage import shrunken_rates


def test_groups_that_differ_no_more_than_by_chance_get_the_rate_of_all() -> None:
    assert shrunken_rates([10, 11, 9], [100, 100, 100]) == pytest.approx([0.1, 0.1, 0.1])


def test_moments_of_two_groups_worked_by_hand() -> None:
    """Rates 0.1 and 0.3 of 100 each: the spread is 100 * 2 * 0.1^2 / (0.2 * 0.8) = 12.5, of it 1 by chance;
    (12.5 - 1) / (200 - 100 - 1) = 0.11616, a weight of 7.6087 observations of the rate 0.2."""
    weight = 99 / 11.5 - 1
    expected = [(10 + weight * 0.2) / (100 + weight), (30 + weight * 0.2) / (100 + weight)]
    assert shrunken_rates([10, 30], [100, 100]) == pytest.approx(expected)


def test_a_small_group_moves_more_than_a_large_one() -> None:
    small, large, other = shrunken_rates([4, 400, 100], [10, 1000, 1000])
    assert small is not None
    assert large is not None
    overall = 504 / 2010
    assert overall < small < large < 0.4
    assert other is not None
    assert 0.1 < other < overall


def test_a_single_group_is_its_own_prior() -> None:
    assert shrunken_rates([3], [10]) == pytest.approx([0.3])


def test_without_trials_there_is_no_rate() -> None:
    assert shrunken_rates([0, 5], [0, 50]) == [None, pytest.approx(0.1)]
    assert shrunken_rates([0], [0]) == [None]
    assert shrunken_rates([], []) == []


def test_rates_of_nought_and_one_stay() -> None:
    assert shrunken_rates([0, 0], [5, 50]) == [0.0, 0.0]
    assert shrunken_rates([5, 50], [5, 50]) == [1.0, 1.0]


def test_an_impossible_count_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and"):
        shrunken_rates([6], [5])


def test_the_best_of_many_equal_groups_is_not_overrated() -> None:
    """Fifty groups of the same true rate: the highest raw rate is far off, the highest shrunken is not."""
    chance = np.random.default_rng(5)
    trials = chance.integers(30, 60, 50)
    successes = chance.binomial(trials, 0.2)
    highest = max(rate for rate in shrunken_rates(successes.tolist(), trials.tolist()) if rate is not None)
    assert (successes / trials).max() > 0.3
    assert highest < 0.25

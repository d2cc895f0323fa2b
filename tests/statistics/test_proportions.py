"""Rates and their comparison against published worked examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, norm

from dagster_project.statistics.proportions import compare_rates, wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [
        # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_is_newcombes_table(successes: int, trials: int, lower: float, upper: float) -> None:
    low, high = wilson_interval([successes], [trials])
    assert low[0] == pytest.approx(lower, abs=5e-5)
    assert high[0] == pytest.approx(upper, abs=5e-5)


@given(st.integers(0, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_rate_and_is_the_formula(counts: tuple[int, int]) -> None:
    successes, trials = counts
    low, high = wilson_interval([successes], [trials])
    if trials == 0:
        assert np.isnan(low[0])
        assert np.isnan(high[0])
        return
    p, z = successes / trials, norm.ppf(0.975)
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    assert 0 <= low[0] <= p <= high[0] <= 1
    assert low[0] == pytest.approx(centre - half, abs=1e-9)
    assert high[0] == pytest.approx(centre + half, abs=1e-9)


def test_no_rates_give_no_intervals() -> None:
    low, high = wilson_interval([], [])
    assert low.size == high.size == 0


@pytest.mark.parametrize(("successes", "trials"), [(2, 1), (-1, 5)])
def test_impossible_counts_are_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="between 0 and the number of trials"):
        wilson_interval([successes], [trials])


@pytest.mark.parametrize(
    ("counts", "lower", "upper"),
    [
        # Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10.
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_difference_is_newcombes_table(counts: tuple[int, int, int, int], lower: float, upper: float) -> None:
    compared = compare_rates(*counts)
    assert compared.lower == pytest.approx(lower, abs=5e-5)
    assert compared.upper == pytest.approx(upper, abs=5e-5)


def test_small_expected_counts_call_for_fishers_test() -> None:
    # The lady tasting tea: 3 of 4 against 1 of 4, two-sided p = 0.4857.
    compared = compare_rates(3, 4, 1, 4)
    assert compared.method == "fisher_exact"
    assert compared.p_value == pytest.approx(0.4857, abs=5e-5)
    assert compared.p_value == pytest.approx(fisher_exact([[3, 1], [1, 3]]).pvalue)


def test_larger_counts_call_for_the_pooled_test() -> None:
    compared = compare_rates(56, 70, 48, 80)
    pooled = 104 / 150
    z = (56 / 70 - 48 / 80) / np.sqrt(pooled * (1 - pooled) * (1 / 70 + 1 / 80))
    assert compared.method == "pooled_z"
    assert compared.p_value == pytest.approx(2 * norm.sf(z))


def test_a_rate_without_trials_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        compare_rates(1, 2, 0, 0)

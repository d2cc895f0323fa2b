"""Rates and their comparison: Wilson's interval, Newcombe's interval of a difference, tests of equality.

Formulas: E. B. Wilson (1927), JASA 22:209-212; R. G. Newcombe (1998), Statistics in Medicine 17:873-890,
method 10.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

SMALLEST_EXPECTED_COUNT = 5.0


@dataclass(frozen=True)
class RateDifference:
    """First rate minus second, with its interval and the p-value of equality."""

    difference: float
    lower: float
    upper: float
    p_value: float
    method: str


def wilson_interval(
    successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper bound of each rate successes/trials; NaN where there are no trials.

    Raises ValueError when a count is negative or successes exceed trials.
    """
    count = np.asarray(successes, dtype=np.float64)
    nobs = np.asarray(trials, dtype=np.float64)
    _check_counts(count, nobs)
    lower = np.full(count.shape, np.nan)
    upper = np.full(count.shape, np.nan)
    tried = nobs > 0
    if tried.any():
        bounds = proportion_confint(count[tried], nobs[tried], alpha=1 - confidence, method="wilson")
        # Rounding may push a bound past the rate itself when the rate is exactly 0 or 1.
        rate = count[tried] / nobs[tried]
        lower[tried] = np.minimum(np.clip(bounds[0], 0.0, 1.0), rate)
        upper[tried] = np.maximum(np.clip(bounds[1], 0.0, 1.0), rate)
    return lower, upper


def compare_rates(
    successes: int, trials: int, other_successes: int, other_trials: int, confidence: float = 0.95
) -> RateDifference:
    """Difference of two independent rates: Newcombe's hybrid score interval, and a test of equality.

    The test is the pooled z-test, or Fisher's exact test when an expected count is below 5.
    Raises ValueError when either rate has no trials or a count is impossible.
    """
    counts = np.array([successes, other_successes], dtype=np.float64)
    totals = np.array([trials, other_trials], dtype=np.float64)
    _check_counts(counts, totals)
    if (totals == 0).any():
        raise ValueError("A rate needs at least one trial on either side to be compared.")
    lower, upper = confint_proportions_2indep(
        successes,
        trials,
        other_successes,
        other_trials,
        method="newcomb",
        compare="diff",
        alpha=1 - confidence,
    )
    pooled = counts.sum() / totals.sum()
    smallest = float(min((totals * pooled).min(), (totals * (1 - pooled)).min()))
    if smallest < SMALLEST_EXPECTED_COUNT:
        table = [[successes, trials - successes], [other_successes, other_trials - other_successes]]
        p_value, method = float(fisher_exact(table).pvalue), "fisher_exact"
    else:
        p_value, method = float(proportions_ztest(counts, totals)[1]), "pooled_z"
    rates = counts / totals
    return RateDifference(float(rates[0] - rates[1]), float(lower), float(upper), p_value, method)


def _check_counts(count: NDArray[np.float64], nobs: NDArray[np.float64]) -> None:
    if (count < 0).any() or (count > nobs).any():
        raise ValueError("Successes must lie between 0 and the number of trials.")

"""How much likelier an outcome is in a group than in everybody, the group included.

With s the group's share of everybody and R its rate against the others', the lift is R / (s R + 1 - s), which
rises with R: its interval is R's by the adjusted log method (S. D. Walter 1975, Biometrika 62:371-374), put
through the same formula. Equality is tested by the pooled z-test, by Fisher's where a count below 5 is
expected.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import fisher_exact, norm

from dagster_project.statistics.proportions import SMALLEST_EXPECTED_COUNT


@dataclass(frozen=True)
class Lifts:
    """One element per group; None where the group or the others are nobody, or nobody has the outcome."""

    lift: list[float | None]
    lower: list[float | None]
    upper: list[float | None]
    p_value: list[float | None]


def lifts(
    converted: ArrayLike,
    persons: ArrayLike,
    others_converted: ArrayLike,
    other_persons: ArrayLike,
    confidence: float = 0.95,
) -> Lifts:
    """The lift of each group, with the interval and the p-value of no difference from the others."""
    a, n, b, m = (
        np.asarray(part, dtype=np.float64) for part in (converted, persons, others_converted, other_persons)
    )
    known = (n > 0) & (m > 0) & (a + b > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = a / n / ((a + b) / (n + m))
        log = np.log((a + 0.5) / (n + 0.5)) - np.log((b + 0.5) / (m + 0.5))
        error = np.sqrt(1 / (a + 0.5) - 1 / (n + 0.5) + 1 / (b + 0.5) - 1 / (m + 0.5))
        spread, share = norm.ppf(0.5 + confidence / 2) * error, n / (n + m)
        lower, upper = (_lift(np.exp(log + sign * spread), share) for sign in (-1, 1))
    p_values = np.full(a.size, np.nan)
    p_values[known] = _p_values(a[known], n[known], b[known], m[known])
    return Lifts(
        *(
            [float(value) if is_known else None for value, is_known in zip(values, known, strict=True)]
            # The adjustment draws towards 1, past a lift of nothing or of everything.
            for values in (lift, np.minimum(lower, lift), np.maximum(upper, lift), p_values)
        )
    )


def _lift(ratio: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    return ratio / (share * ratio + 1 - share)


def _p_values(
    a: NDArray[np.float64], n: NDArray[np.float64], b: NDArray[np.float64], m: NDArray[np.float64]
) -> NDArray[np.float64]:
    pooled = (a + b) / (n + m)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (a / n - b / m) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    found = 2 * norm.sf(np.abs(z))
    smallest = np.minimum(n, m) * np.minimum(pooled, 1 - pooled)
    for place in np.flatnonzero(smallest < SMALLEST_EXPECTED_COUNT):
        table = [[a[place], n[place] - a[place]], [b[place], m[place] - b[place]]]
        found[place] = fisher_exact(np.array(table, dtype=np.int64)).pvalue
    return np.asarray(found, dtype=np.float64)

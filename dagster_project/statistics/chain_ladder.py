"""Young cohorts, completed by how older ones went on: chain-ladder development factors (F25).

Standard errors: T. Mack (1993), ASTIN Bulletin 23:213-225, by the recursion of Mack (1999), ASTIN Bulletin
29:361-366; a last variance that cannot be estimated is the smallest of the two before it and their
extrapolation. Intervals are log-normal with that mean and standard error, as Mack recommends. Of counts, what
is added to a cohort varies at least as chance has it (Poisson), however alike a few small cohorts were: the
variance parameter is no smaller than the factor less 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Triangle = NDArray[np.float64]


@dataclass(frozen=True)
class Completion:
    """Cumulative figures, row by cohort and column by period: known where they were, else projected.

    Errors are 0 where known and NaN where they cannot be estimated.
    """

    values: Triangle
    errors: Triangle
    factors: NDArray[np.float64]

    def interval(self, confidence: float = 0.95) -> tuple[Triangle, Triangle]:
        """Bounds of every cell; NaN where the error is unknown or nothing is expected."""
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.log1p((self.errors / self.values) ** 2)
            middle = np.log(self.values) - variance / 2
        spread = float(norm.ppf(0.5 + confidence / 2)) * np.sqrt(variance)
        return np.exp(middle - spread), np.exp(middle + spread)


def complete(triangle: Triangle, is_count: bool = False) -> Completion:
    """Project the cells that are NaN; each row is known up to some period and unknown from then on.

    Cells stay NaN after a period to which no cohort with anything got before.
    """
    values = np.array(triangle, dtype=np.float64)
    known = ~np.isnan(values)
    if (known[:, 1:] & ~known[:, :-1]).any():
        raise ValueError("A cohort is known up to a period, and unknown from then on.")
    factors, variances, totals = _development(values, known)
    if is_count:
        variances = np.fmax(variances, factors - 1)
    errors = np.where(known, 0.0, np.nan)
    for period in range(values.shape[1] - 1):
        unknown = ~known[:, period + 1]
        factor, variance, before = factors[period], variances[period], values[:, period]
        with np.errstate(divide="ignore", invalid="ignore"):
            squared = (
                before**2 * variance * (1 / before + 1 / totals[period]) + (errors[:, period] * factor) ** 2
            )
        values[unknown, period + 1] = before[unknown] * factor
        errors[unknown, period + 1] = np.sqrt(squared[unknown])
    return Completion(values, errors, factors)


def _development(
    values: Triangle, known: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Factor from each period to the next, its variance parameter, and the sum it was taken over."""
    steps = values.shape[1] - 1
    factors, variances, totals = (np.full(steps, np.nan) for _ in range(3))
    for period in range(steps):
        rows = known[:, period + 1] & (values[:, period] > 0)
        before, after = values[rows, period], values[rows, period + 1]
        if not rows.any():
            continue
        totals[period] = before.sum()
        factors[period] = after.sum() / totals[period]
        if len(before) > 1:
            deviations = before * (after / before - factors[period]) ** 2
            variances[period] = deviations.sum() / (len(before) - 1)
        elif period > 1:
            last, second = variances[period - 1], variances[period - 2]
            variances[period] = min(last**2 / second, last, second) if second else 0.0
    return factors, variances, totals


@dataclass(frozen=True)
class BackTest:
    """Cells that were held out, and those of them that lie within the interval projected without them."""

    cells: int
    covered: int


def back_test(
    triangle: Triangle, is_count: bool = False, latest: int = 4, confidence: float = 0.95
) -> BackTest:
    """Hide the latest one to `latest` periods of every cohort in turn, project them and count."""
    values = np.asarray(triangle, dtype=np.float64)
    known_periods = (~np.isnan(values)).sum(axis=1)
    cells = covered = 0
    for hidden in range(1, latest + 1):
        columns = np.arange(values.shape[1])
        kept = np.where(columns < np.maximum(known_periods - hidden, 0)[:, None], values, np.nan)
        rows = ~np.isnan(kept[:, 0])
        if rows.sum() < 2:
            break
        lower, upper = complete(kept[rows], is_count).interval(confidence)
        truth = values[rows]
        held_out = np.isnan(kept[rows]) & ~np.isnan(truth) & ~np.isnan(lower)
        cells += int(held_out.sum())
        covered += int(((lower <= truth) & (truth <= upper) & held_out).sum())
    return BackTest(cells, covered)

"""Young cohorts, completed by how older ones went on: chain-ladder development factors (F25).

Standard errors: T. Mack (1993), ASTIN Bulletin 23:213-225, by the recursion of Mack (1999), ASTIN Bulletin
29:361-366; a last variance that cannot be estimated is the smallest of the two before it and their
extrapolation. Intervals are log-normal with that mean and standard error, as Mack recommends. Of counts, what
is added to a cohort varies at least as chance has it (Poisson), however alike a few small cohorts were: the
variance parameter is no smaller than the factor less 1.

Mack's errors know nothing of cohorts that differ from each other in kind. How far held-out cells lay from
their projections, in such errors, says how much wider the intervals must be (split conformal prediction:
J. Lei et al. (2018), JASA 113:1094-1111, with cells of one cohort left out together where it is checked).
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Triangle = NDArray[np.float64]
# An interval of 95 % that held fewer of the hidden cells than this is too narrow.
LEAST_COVERAGE = 0.9
# Logarithms that differ by rounding alone are equal.
_ROUNDING = 1e-9
_LARGEST_EXPONENT = 700.0


@dataclass(frozen=True)
class Completion:
    """Cumulative figures, row by cohort and column by period: known where they were, else projected.

    Errors are 0 where known and NaN where they cannot be estimated.
    """

    values: Triangle
    errors: Triangle
    factors: NDArray[np.float64]

    def logarithms(self) -> tuple[Triangle, Triangle]:
        """Mean and standard error of the logarithm of every cell; NaN as for `interval`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.log1p((self.errors / self.values) ** 2)
            return np.log(self.values) - variance / 2, np.sqrt(variance)

    def interval(self, factor: float = 1.0, confidence: float = 0.95) -> tuple[Triangle, Triangle]:
        """Bounds of every cell, `factor` times as wide as Mack's, on the scale of logarithms.

        NaN where the error is unknown or nothing is expected.
        """
        middle, error = self.logarithms()
        spread = factor * float(norm.ppf(0.5 + confidence / 2)) * error
        return np.exp(middle - spread), np.exp(np.minimum(middle + spread, _LARGEST_EXPONENT))


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
    # Nothing came in a period, of any cohort: half an increment might have.
    unit = 1.0 if is_count else _mean_increment(values)
    variances = np.where(factors == 1, np.maximum(variances, unit**2 / (2 * totals)), variances)
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


def _mean_increment(values: Triangle) -> float:
    increments = np.diff(values, axis=1)
    grown = increments[increments > 0]
    return float(grown.mean()) if grown.size else 0.0


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
    """Cells that were held out, and those of them that lie within the interval projected without them.

    `factor` is how much wider the intervals must be, 1 where they held enough; None without cells, or where
    no width would do. `covered_after` counts the cells within intervals so widened, the factor of each
    cohort's cells being taken from the others; None without another cohort.
    """

    cells: int
    covered: int
    factor: float | None
    covered_after: int | None


def back_test(
    triangle: Triangle, is_count: bool = False, latest: int = 4, confidence: float = 0.95
) -> BackTest:
    """Hide the latest one to `latest` periods of every cohort in turn, project them and count."""
    cohorts, distances = _distances(np.asarray(triangle, dtype=np.float64), is_count, latest)
    if not len(distances):
        return BackTest(0, 0, None, None)
    allowed = float(norm.ppf(0.5 + confidence / 2))
    covered = int((distances <= allowed).sum())
    if covered >= LEAST_COVERAGE * len(distances):
        return BackTest(len(distances), covered, 1.0, covered)
    factor = _needed(distances, confidence) / allowed
    after = 0
    for cohort in np.unique(cohorts):
        own = cohorts == cohort
        reach = max(_needed(distances[~own], confidence), allowed) if not own.all() else np.nan
        after += int((distances[own] <= reach).sum()) if np.isfinite(reach) else 0
    is_one_cohort = len(np.unique(cohorts)) == 1
    return BackTest(
        len(distances),
        covered,
        float(factor) if np.isfinite(factor) else None,
        None if is_one_cohort else after,
    )


def _distances(
    values: Triangle, is_count: bool, latest: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Whose each hidden cell is, and how many standard errors its logarithm is from the projected one."""
    known_periods = (~np.isnan(values)).sum(axis=1)
    cohorts: list[NDArray[np.int64]] = []
    distances: list[NDArray[np.float64]] = []
    for hidden in range(1, latest + 1):
        columns = np.arange(values.shape[1])
        kept = np.where(columns < np.maximum(known_periods - hidden, 0)[:, None], values, np.nan)
        rows = np.flatnonzero(~np.isnan(kept[:, 0]))
        if len(rows) < 2:
            break
        middle, error = complete(kept[rows], is_count).logarithms()
        held_out = np.isnan(kept[rows]) & ~np.isnan(values[rows]) & ~np.isnan(error)
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = np.abs(np.log(values[rows]) - middle)[held_out]
            distances.append(np.where(gap <= _ROUNDING, 0.0, gap / error[held_out]))
        cohorts.append(rows[np.nonzero(held_out)[0]])
    if not cohorts:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    return np.concatenate(cohorts), np.concatenate(distances)


def _needed(distances: NDArray[np.float64], confidence: float) -> float:
    """The distance that holds for one more cell, too; the largest where too few cells say so."""
    place = min(ceil(confidence * (len(distances) + 1)), len(distances))
    return float(np.sort(distances)[place - 1])

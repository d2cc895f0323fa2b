"""Rates and risks of two groups compared over strata: Mantel-Haenszel, with jackknife for sums of amounts.

Formulas: S. Greenland & J. M. Robins (1985), Biometrics 41:55-68 (variances of the log ratios, for few large
and many small strata alike); K. J. Rothman et al. (2008), Modern Epidemiology, 3rd ed., ch. 15;
T. J. VanderWeele & P. Ding (2017), Annals of Internal Medicine 167:268-274 (E-value).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from dagster_project.statistics.jackknife import jackknife_interval


@dataclass(frozen=True)
class Estimate:
    """A ratio or difference over strata, with its interval and the p-value of no difference."""

    estimate: float
    lower: float
    upper: float
    p_value: float


def rate_ratio(
    events: ArrayLike,
    time: ArrayLike,
    other_events: ArrayLike,
    other_time: ArrayLike,
    confidence: float = 0.95,
) -> Estimate | None:
    """Events per person-time against the other group's, one element per stratum.

    None where either group has no events or no stratum has time of both.
    """
    e1, t1, e0, t0 = (np.asarray(part, dtype=np.float64) for part in (events, time, other_events, other_time))
    total = t1 + t0
    both = total > 0
    e1, t1, e0, t0, total = e1[both], t1[both], e0[both], t0[both], total[both]
    numerator, denominator = (e1 * t0 / total).sum(), (e0 * t1 / total).sum()
    if not numerator or not denominator:
        return None
    variance = ((e1 + e0) * t1 * t0 / total**2).sum() / (numerator * denominator)
    return _ratio(numerator / denominator, variance, confidence)


def rate_difference(
    events: ArrayLike,
    time: ArrayLike,
    other_events: ArrayLike,
    other_time: ArrayLike,
    confidence: float = 0.95,
) -> Estimate | None:
    """The difference of events per person-time, strata weighted t1·t0/t.

    None where no stratum has time of both groups, or a group has no events there: few days without any say
    nothing of how far the rate varies.
    """
    e1, t1, e0, t0 = (np.asarray(part, dtype=np.float64) for part in (events, time, other_events, other_time))
    both = (t1 > 0) & (t0 > 0)
    if not both.any():
        return None
    e1, t1, e0, t0 = e1[both], t1[both], e0[both], t0[both]
    if not e1.any() or not e0.any():
        return None
    weight = t1 * t0 / (t1 + t0)
    estimate = float((weight * (e1 / t1 - e0 / t0)).sum() / weight.sum())
    variance = (weight**2 * (e1 / t1**2 + e0 / t0**2)).sum() / weight.sum() ** 2
    return _difference(estimate, float(np.sqrt(variance)), confidence)


def risk_ratio(
    events: ArrayLike,
    persons: ArrayLike,
    other_events: ArrayLike,
    other_persons: ArrayLike,
    confidence: float = 0.95,
) -> Estimate | None:
    """The share of persons with the event against the other group's, one element per stratum.

    None as for `rate_ratio`.
    """
    a, n1, b, n0 = (
        np.asarray(part, dtype=np.float64) for part in (events, persons, other_events, other_persons)
    )
    total = n1 + n0
    both = total > 0
    a, n1, b, n0, total = a[both], n1[both], b[both], n0[both], total[both]
    numerator, denominator = (a * n0 / total).sum(), (b * n1 / total).sum()
    if not numerator or not denominator:
        return None
    products = (n1 * n0 * (a + b) - a * b * total) / total**2
    return _ratio(numerator / denominator, products.sum() / (numerator * denominator), confidence)


def risk_difference(
    events: ArrayLike,
    persons: ArrayLike,
    other_events: ArrayLike,
    other_persons: ArrayLike,
    confidence: float = 0.95,
) -> Estimate | None:
    """The difference of shares, strata weighted n1·n0/n.

    Variance: T. Sato (1989), Biometrics 45:1323-1324. None where no stratum has persons of both groups, or
    all or none of a group have the event there.
    """
    a, n1, b, n0 = (
        np.asarray(part, dtype=np.float64) for part in (events, persons, other_events, other_persons)
    )
    both = (n1 > 0) & (n0 > 0)
    if not both.any():
        return None
    a, n1, b, n0 = a[both], n1[both], b[both], n0[both]
    if not all(cell.any() for cell in (a, n1 - a, b, n0 - b)):
        return None
    total = n1 + n0
    weight = (n1 * n0 / total).sum()
    estimate = ((a * n0 - b * n1) / total).sum() / weight
    p = (n1**2 * b - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / total**2
    q = (a * (n0 - b) + b * (n1 - a)) / (2 * total)
    variance = max(float((estimate * p.sum() + q.sum()) / weight**2), 0.0)
    return _difference(float(estimate), float(np.sqrt(variance)), confidence)


def mean_difference(
    sums: NDArray[np.float64],
    persons: NDArray[np.float64],
    other_sums: NDArray[np.float64],
    other_persons: NDArray[np.float64],
) -> Estimate | None:
    """The difference of amounts per person, strata weighted n1·n0/n, with the jackknife's 95 % interval.

    Arrays of strata x buckets, where each person is in one bucket. None where no stratum has persons of both
    groups, with or without any one bucket, fewer than two buckets have persons, no bucket changes it, or a
    group has no amount at all: few persons without any say nothing of how far amounts vary.
    """
    if not sums.any() or not other_sums.any():
        return None
    tables = (sums, persons, other_sums, other_persons)
    used = np.flatnonzero((persons + other_persons).sum(axis=0) > 0)

    def estimate(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        s1, n1, s0, n0 = (table[:, used[mask]].sum(axis=1) for table in tables)
        both = (n1 > 0) & (n0 > 0)
        weight = n1[both] * n0[both] / (n1 + n0)[both]
        gaps = s1[both] / n1[both] - s0[both] / n0[both]
        return np.array([(weight * gaps).sum() / weight.sum() if both.any() else np.nan])

    (whole,), (lower,), (upper,) = jackknife_interval(estimate, used.tolist())
    if not np.isfinite(upper):
        return None
    freedom = t(len(used) - 1)
    error = (upper - whole) / freedom.ppf(0.975)
    if whole and not error:
        return None
    p_value = 2 * float(freedom.sf(abs(whole) / error)) if error else 1.0
    return Estimate(float(whole), float(lower), float(upper), p_value)


def e_value(ratio: float) -> float:
    """How strongly something unmeasured must go with both step and outcome to explain `ratio` away."""
    above = ratio if ratio >= 1 else 1 / ratio
    return float(above + np.sqrt(above * (above - 1)))


def e_value_of_interval(ratio: Estimate) -> float:
    """The E-value of the bound nearer to 1; 1 where the interval contains 1."""
    if ratio.lower <= 1 <= ratio.upper:
        return 1.0
    return e_value(ratio.lower if ratio.lower > 1 else ratio.upper)


def _ratio(estimate: float, variance: float, confidence: float) -> Estimate:
    error = float(np.sqrt(variance))
    if not error:
        return Estimate(float(estimate), float(estimate), float(estimate), 1.0)
    spread = norm.ppf(0.5 + confidence / 2) * error
    log = float(np.log(estimate))
    p_value = 2 * norm.sf(abs(log) / error)
    return Estimate(float(estimate), float(np.exp(log - spread)), float(np.exp(log + spread)), float(p_value))


def _difference(estimate: float, error: float, confidence: float) -> Estimate | None:
    if not error:
        return None
    spread = float(norm.ppf(0.5 + confidence / 2)) * error
    return Estimate(estimate, estimate - spread, estimate + spread, 2 * float(norm.sf(abs(estimate) / error)))

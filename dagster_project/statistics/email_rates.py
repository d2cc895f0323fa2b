"""Rates whose units are e-mails: what 10,000 recipients of one mailing do is one observation, not 10,000.

Responses x of n recipients have the variance n·μ·(1-μ)·(1+(n-1)·ρ), the beta-binomial's; ρ, how alike the
recipients of one e-mail are, follows from Pearson's statistic: D. A. Williams (1982), Applied Statistics
31:144-148. The mean has a logarithmic link, so that effects are ratios of rates; t intervals by the degrees
of freedom that e-mails leave.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import t

from dagster_project.statistics.proportions import wilson_interval

Numbers = NDArray[np.float64]
# Fewer e-mails than these on either side, or degrees of freedom, say nothing of e-mails in general.
FEWEST_EMAILS = 3
FEWEST_DEGREES = 4
_LARGEST_RATE = 1 - 1e-9
_LARGEST_CORRELATION = 0.99


@dataclass(frozen=True)
class EmailRatio:
    """The rate of e-mails with a trait over that of comparable ones without it."""

    estimate: float
    lower: float
    upper: float
    p_value: float
    correlation: float
    degrees: int


@dataclass(frozen=True)
class EffectiveCounts:
    """As many independent recipients as say as much as the e-mails do, and their responses."""

    responses: float
    recipients: float

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        lower, upper = wilson_interval([self.responses], [self.recipients], confidence)
        return float(lower[0]), float(upper[0])


def email_ratio(
    responses: ArrayLike,
    recipients: ArrayLike,
    has_trait: ArrayLike,
    strata: ArrayLike,
    periods: ArrayLike | None = None,
    confidence: float = 0.95,
) -> EmailRatio | None:
    """Compare e-mails with and without a trait within strata, one element per e-mail.

    `periods` multiply the rates of all strata alike, as seasons do; those of an empty name do not. None where
    fewer than three e-mails of either side have one of the other in their stratum, too few degrees of freedom
    are left, either side has no response or nothing else, or the periods alone tell the sides apart.
    """
    x, n = np.asarray(responses, dtype=np.float64), np.asarray(recipients, dtype=np.float64)
    sent = n > 0
    flag = np.asarray(has_trait, dtype=np.bool_)[sent]
    period = np.full(len(n), "") if periods is None else np.asarray(periods, dtype=np.str_)
    _, stratum = np.unique(np.asarray(strata)[sent], return_inverse=True)
    x, n, period = x[sent], n[sent], period[sent]
    sizes = np.bincount(stratum)
    with_trait = np.bincount(stratum, weights=flag)
    is_mixed = ((with_trait > 0) & (with_trait < sizes))[stratum]
    if min((flag & is_mixed).sum(), (~flag & is_mixed).sum()) < FEWEST_EMAILS:
        return None
    # Alone in its stratum an e-mail says nothing of any other, nor does one of a period without a response.
    kept = (sizes > 1)[stratum] & (np.bincount(stratum, weights=x) > 0)[stratum]
    kept &= np.isin(period, period[kept & (x > 0)]) | (period == "")
    x, n, flag, period = x[kept], n[kept], flag[kept], period[kept]
    compared = np.column_stack([_dummies(stratum[kept]), _dummies(period)[:, _is_named(period)]])
    design = np.column_stack([flag, compared])
    rank = int(np.linalg.matrix_rank(design)) if len(x) else 0
    degrees = len(x) - rank
    if degrees < FEWEST_DEGREES or any(not 0 < x[side].sum() < n[side].sum() for side in (flag, ~flag)):
        return None
    if rank == np.linalg.matrix_rank(compared):
        return None
    correlation = _correlation(x, n, design, degrees)
    coefficients, covariance = _fit(x, n, design, correlation)
    error = float(np.sqrt(covariance[0, 0]))
    if not np.isfinite(error) or not error:
        return None
    freedom = t(degrees)
    log, spread = float(coefficients[0]), float(freedom.ppf(0.5 + confidence / 2)) * error
    p_value = 2 * float(freedom.sf(abs(log) / error))
    estimate, lower, upper = (float(np.exp(log + sign * spread)) for sign in (0, -1, 1))
    return EmailRatio(estimate, lower, upper, p_value, correlation, degrees)


def _dummies(groups: NDArray[Any]) -> Numbers:
    dummies: Numbers = (groups[:, None] == np.unique(groups)).astype(np.float64)
    return dummies


def _is_named(groups: NDArray[np.str_]) -> NDArray[np.bool_]:
    named: NDArray[np.bool_] = np.unique(groups) != ""
    return named


def effective_counts(responses: ArrayLike, recipients: ArrayLike, correlation: float) -> EffectiveCounts:
    """E-mails weighted n/(1+(n-1)·ρ), each by what it says; the weights' sum is the number of recipients."""
    x, n = np.asarray(responses, dtype=np.float64), np.asarray(recipients, dtype=np.float64)
    x, n = x[n > 0], n[n > 0]
    weight = n / (1 + (n - 1) * correlation)
    recipients = float(weight.sum())
    # Where everybody responded, rounding must not make it more.
    return EffectiveCounts(min(float((weight * x / n).sum()), recipients), recipients)


def stratum_correlation(responses: ArrayLike, recipients: ArrayLike, strata: ArrayLike) -> float:
    """ρ of e-mails of one stratum, strata having rates of their own; 0 where nothing shows it."""
    x, n = np.asarray(responses, dtype=np.float64), np.asarray(recipients, dtype=np.float64)
    _, stratum = np.unique(np.asarray(strata)[n > 0], return_inverse=True)
    x, n = x[n > 0], n[n > 0]
    if not len(x):
        return 0.0
    kept = (np.bincount(stratum) > 1)[stratum] & (np.bincount(stratum, weights=x) > 0)[stratum]
    x, n = x[kept], n[kept]
    design = _dummies(stratum[kept])
    degrees = len(x) - design.shape[1]
    return _correlation(x, n, design, degrees) if degrees > 0 else 0.0


def _correlation(x: Numbers, n: Numbers, design: Numbers, degrees: int) -> float:
    """The ρ at which Pearson's statistic is as large as its degrees of freedom; 0 where it is no larger."""

    def excess(correlation: float) -> float:
        coefficients, _ = _fit(x, n, design, correlation)
        rate = _rates(design, coefficients)
        variance = n * rate * (1 - rate) * (1 + (n - 1) * correlation)
        return float(((x - n * rate) ** 2 / variance).sum()) - degrees

    if excess(0.0) <= 0:
        return 0.0
    if excess(_LARGEST_CORRELATION) >= 0:
        return _LARGEST_CORRELATION
    return float(brentq(excess, 0.0, _LARGEST_CORRELATION, xtol=1e-12))


def _fit(x: Numbers, n: Numbers, design: Numbers, correlation: float) -> tuple[Numbers, Numbers]:
    """Coefficients and their covariance, by iteratively reweighted least squares."""
    weight = n / (1 + (n - 1) * correlation)
    linear = np.log((x + 0.5) / (n + 1))
    rate = np.exp(linear)
    coefficients = np.zeros(design.shape[1])
    inverse = np.eye(design.shape[1])
    for _ in range(100):
        working = linear + (x / n - rate) / rate
        importance = weight * rate / (1 - rate)
        inverse = np.linalg.pinv(design.T @ (design * importance[:, None]))
        found = inverse @ (design.T @ (importance * working))
        rate = _rates(design, found)
        linear = np.log(rate)
        if np.abs(found - coefficients).max() < 1e-12:
            return found, inverse
        coefficients = found
    return coefficients, inverse


def _rates(design: Numbers, coefficients: Numbers) -> Numbers:
    return np.minimum(np.exp(design @ coefficients), _LARGEST_RATE)

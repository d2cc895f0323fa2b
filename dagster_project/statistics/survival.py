"""Time to an event under right censoring: Kaplan-Meier quantiles and Aalen-Johansen incidences.

Formulas: Kaplan & Meier (1958); quantile interval by inverting the log-log transformed Greenwood interval
(Brookmeyer & Crowley 1982, as in SAS PROC LIFETEST); Aalen & Johansen (1978) with the standard error of
Marubini & Valsecchi (1995). Times are in whatever unit they come in; a censored time has event False or
cause 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from dagster_project.statistics.incidences import share_at

_ROUNDING = 1e-12


@dataclass(frozen=True)
class SurvivalQuantile:
    """Time by which a share of the population has had the event; None where the data does not reach it."""

    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Incidence:
    """One of several competing outcomes.

    `probability` is the share that ends this way, at the last observed time, with a log-log interval (None
    where it cannot be had); the quantiles are the times among those who end this way.
    """

    cause: int
    events: int
    probability: float
    lower: float | None
    upper: float | None
    median: float | None
    p75: float | None


def survival_quantile(
    times: ArrayLike, events: ArrayLike, share: float, confidence: float = 0.95
) -> SurvivalQuantile:
    """Kaplan-Meier time by which `share` has had the event, with its log-log Greenwood interval."""
    time, status = np.asarray(times, dtype=np.float64), np.asarray(events, dtype=bool)
    if not status.any():
        return SurvivalQuantile(None, None, None)
    curve = SurvfuncRight(time, status.astype(np.int64))
    # The curve's last point has no variance when every subject had the event; it then bounds nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = curve.quantile_ci(share, alpha=1 - confidence)
    return SurvivalQuantile(_finite(curve.quantile(share)), _finite(lower), _finite(upper))


def restricted_mean(times: ArrayLike, events: ArrayLike, horizon: float) -> float | None:
    """Mean time to the event within `horizon`, the area under the Kaplan-Meier curve; None without data."""
    time, status = np.asarray(times, dtype=np.float64), np.asarray(events, dtype=bool)
    if time.size == 0:
        return None
    if not status.any():
        return float(horizon)
    curve = SurvfuncRight(time, status.astype(np.int64))
    within = curve.surv_times < horizon
    edges = np.concatenate([[0.0], curve.surv_times[within], [horizon]])
    heights = np.concatenate([[1.0], curve.surv_prob[within]])
    return float(np.sum(np.diff(edges) * heights))


def cumulative_incidence(
    times: ArrayLike, causes: ArrayLike, weights: ArrayLike | None = None, confidence: float = 0.95
) -> list[Incidence]:
    """Aalen-Johansen estimate for each cause 1..k that occurs; cause 0 is censoring.

    `weights` are whole numbers of subjects per row (1 each when left out).
    """
    time, cause = np.asarray(times, dtype=np.float64), np.asarray(causes, dtype=np.int64)
    subjects = np.ones(time.size) if weights is None else np.asarray(weights, dtype=np.float64)
    if not (cause > 0).any():
        return []
    # In order of time every look at a time finds the last one's neighbour: half of all the work otherwise.
    order = np.argsort(time)
    time, cause, subjects = time[order], cause[order], subjects[order]
    curves = CumIncidenceRight(time, cause, freq_weights=subjects)
    errors = _standard_errors(time, cause, subjects, curves.cinc)
    return [
        _incidence(number, int(subjects[cause == number].sum()), curves.times, curve, error, confidence)
        for number, (curve, error) in enumerate(zip(curves.cinc, errors, strict=True), start=1)
        if (cause == number).any()
    ]


@dataclass(frozen=True)
class IncidenceCurve:
    """The share that has had cause 1 by each of some times, and how many are still followed then.

    `restricted_mean` is the area under 1 - share up to the last time: the mean time to the event, those
    without it counted with the whole span.
    """

    shares: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    restricted_mean: float


def incidence_curve(
    times: ArrayLike, causes: ArrayLike, weights: ArrayLike, points: ArrayLike
) -> IncidenceCurve:
    """Aalen-Johansen's curve of cause 1 at `points`, which rise; arguments as of `cumulative_incidence`."""
    time, cause = np.asarray(times, dtype=np.float64), np.asarray(causes, dtype=np.int64)
    subjects, at = np.asarray(weights, dtype=np.float64), np.asarray(points, dtype=np.float64)
    at_risk = np.array([subjects[time >= point].sum() for point in at], dtype=np.int64)
    if not (cause == 1).any():
        return IncidenceCurve(np.zeros(at.size), at_risk, float(at[-1]))
    curves = CumIncidenceRight(time, cause, freq_weights=subjects)
    steps, heights = np.asarray(curves.times), np.asarray(curves.cinc[0])
    shares = np.concatenate([[0.0], heights])[np.searchsorted(steps, at, side="right")]
    within = steps < at[-1]
    edges = np.concatenate([[0.0], steps[within], [at[-1]]])
    without = 1 - np.concatenate([[0.0], heights[within]])
    return IncidenceCurve(shares, at_risk, float((np.diff(edges) * without).sum()))


def _standard_errors(
    time: NDArray[np.float64],
    cause: NDArray[np.int64],
    subjects: NDArray[np.float64],
    curves: list[NDArray[np.float64]],
) -> list[float]:
    """Of each curve where it ends; without censoring the binomial one.

    `time` rises. statsmodels has these for one subject per row only, of whom a stage of 20 million events has
    too many to lay out in memory, and none where the last subjects at risk have the event together.
    """
    place = np.cumsum(np.diff(time, prepend=time[0]) > 0)

    def counted(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        found = np.bincount(place[chosen], weights=subjects[chosen], minlength=place[-1] + 1)
        return found.astype(np.float64)

    all_ended = counted(cause > 0)
    n = np.cumsum((all_ended + counted(cause == 0))[::-1])[::-1]
    reached = np.concatenate([[1.0], np.cumprod(1 - all_ended / n)[:-1]]) / n
    left = n - all_ended
    # After the last subject there is nothing left to come that this could multiply.
    all_causes = np.divide(all_ended, n * left, out=np.zeros_like(n), where=left > 0)
    errors: list[float] = []
    for number, curve in enumerate(curves, start=1):
        own = counted(cause == number)
        # What is still to come of the curve at each time.
        rest, gained = curve[-1] - curve, reached * own / n
        # Summed by numpy itself, whose order of adding hangs on no number of threads.
        terms = rest**2 * all_causes + reached * gained * (n - own) - 2 * rest * gained
        errors.append(float(np.sqrt(max(terms.sum(), 0.0))))  # rounding may take it below zero
    return errors


def _incidence(
    cause: int,
    events: int,
    times: NDArray[np.float64],
    curve: NDArray[np.float64],
    error: float,
    confidence: float,
) -> Incidence:
    # Sums of products may miss 1 by rounding, on either side.
    probability = 1.0 if curve[-1] > 1 - _ROUNDING else float(curve[-1])
    lower = upper = None
    if 0 < probability < 1 and error:
        hazard = -np.log(probability)
        spread = norm.ppf(0.5 + confidence / 2) * error / (probability * hazard)
        lower, upper = (float(share_at(np.log(hazard) + sign * spread)) for sign in (1, -1))
    return Incidence(
        cause, events, probability, lower, upper, _time_of(times, curve, 0.5), _time_of(times, curve, 0.75)
    )


def _time_of(times: NDArray[np.float64], curve: NDArray[np.float64], share: float) -> float:
    """First time at which the curve has covered the share of its final height."""
    return float(times[int(np.searchsorted(curve, share * curve[-1] * (1 - 1e-12)))])


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

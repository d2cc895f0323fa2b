"""Aalen-Johansen's incidence of competing outcomes with its error at every time, from counts.

Formulas: Aalen & Johansen (1978); variance of Marubini & Valsecchi (1995), which is the binomial one without
censoring; quantiles by inverting the log-log interval, as Brookmeyer & Crowley (1982); the error of the area
under the curve is the same sum with the area still to come for the height still to come (Andersen 2013,
Statistics in Medicine 32:5278-5285). Cause 0 is censoring. `survival` asks statsmodels, which has no errors
for weights and none of the area.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
_LARGEST_EXPONENT = 700.0


def share_at(log_hazard: ArrayLike) -> Floats:
    """exp(-exp(x)), which is 0 long before exp(x) is too large for a float."""
    return np.exp(-np.exp(np.minimum(log_hazard, _LARGEST_EXPONENT)))


@dataclass(frozen=True)
class Bounded:
    """A figure with the bounds of its interval; None where the data do not reach it."""

    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Curve:
    """The share with the outcome by each time, with its bounds, and who is still followed then."""

    shares: Floats
    lower: Floats
    upper: Floats
    at_risk: NDArray[np.int64]


class Incidences:
    """Times, causes and whole numbers of subjects; one element per time and cause, in any order."""

    def __init__(self, times: ArrayLike, causes: ArrayLike, subjects: ArrayLike, confidence: float = 0.95):
        time, cause = np.asarray(times, dtype=np.float64), np.asarray(causes, dtype=np.int64)
        weights = np.asarray(subjects, dtype=np.float64)
        self._z = float(norm.ppf(0.5 + confidence / 2))
        self._times, place = np.unique(time, return_inverse=True)
        self._events = np.zeros((int(cause.max(initial=0)) + 1, self._times.size))
        np.add.at(self._events, (cause, place), weights)
        self._at_risk = np.cumsum(self._events.sum(axis=0)[::-1])[::-1]
        self._ended = self._events[1:].sum(axis=0)
        survival = np.cumprod(1 - self._ended / self._at_risk)
        self._reach = np.concatenate([[1.0], survival[:-1]]) / self._at_risk
        rest = self._at_risk - self._ended
        # After the last subject there is nothing left to come that this could multiply.
        self._all_causes = np.divide(
            self._ended, self._at_risk * rest, out=np.zeros_like(rest), where=rest > 0
        )
        self.longest = float(self._times[-1]) if self._times.size else 0.0

    @property
    def subjects(self) -> int:
        return int(self._events.sum())

    def events(self, cause: int) -> int:
        return int(self._events[cause].sum()) if cause < len(self._events) else 0

    def probability(self, cause: int) -> Bounded:
        """Share with the outcome by the longest time; bounds are None for 0 and 1."""
        heights, lower, upper = self._curve(cause)
        if not 0 < heights[-1] < 1 - 1e-12:
            return Bounded(float(min(heights[-1], 1.0)), None, None)
        return Bounded(float(heights[-1]), float(lower[-1]), float(upper[-1]))

    def quantile(self, cause: int, share: float) -> Bounded:
        """Time by which so large a share of those with the outcome have it."""
        heights, lower, upper = self._curve(cause)
        if not heights[-1]:
            return Bounded(None, None, None)
        wanted = share * heights[-1] * (1 - 1e-12)
        return Bounded(*(self._first_time(bound >= wanted) for bound in (heights, upper, lower)))

    def restricted_mean(self, cause: int, horizon: float) -> tuple[float, float]:
        """Mean time to the outcome, those without it counted with the horizon, and its standard error."""
        heights, gained, own = self._parts(cause)
        within = self._times < horizon
        times, heights = self._times[within], heights[within]
        areas = heights * np.diff(times, append=horizon)
        area = areas.sum()
        ahead = np.cumsum(areas[::-1])[::-1] - heights * (horizon - times)
        spans = horizon - times
        variance = (
            ahead**2 * self._all_causes[within] + spans**2 * own[within] - 2 * ahead * spans * gained[within]
        ).sum()
        return float(horizon - area), float(np.sqrt(max(variance, 0.0)))

    def restricted_mean_interval(self, cause: int, horizon: float) -> Bounded:
        mean, error = self.restricted_mean(cause, horizon)
        return Bounded(mean, mean - self._z * error, mean + self._z * error)

    def curve(self, cause: int, points: ArrayLike) -> Curve:
        at = np.asarray(points, dtype=np.float64)
        places = np.searchsorted(self._times, at, side="right")
        shares, lower, upper = (np.concatenate([[0.0], part])[places] for part in self._curve(cause))
        left = np.concatenate([self._at_risk, [0.0]])[np.searchsorted(self._times, at, side="left")]
        return Curve(shares, lower, upper, left.astype(np.int64))

    def _parts(self, cause: int) -> tuple[Floats, Floats, Floats]:
        """Heights of the curve and the terms of its variance by time."""
        own = self._events[cause] if cause < len(self._events) else np.zeros(self._times.size)
        gained = self._reach * own / self._at_risk
        heights = np.cumsum(self._reach * own)
        return heights, gained, self._reach * gained * (self._at_risk - own)

    def _curve(self, cause: int) -> tuple[Floats, Floats, Floats]:
        heights, gained, own = self._parts(cause)
        total = self._all_causes
        # The sum over earlier times of (rest² total + own - 2 rest gained), rest = height - earlier height.
        variance = (
            heights**2 * np.cumsum(total)
            - 2 * heights * np.cumsum(heights * total)
            + np.cumsum(heights**2 * total)
            + np.cumsum(own)
            - 2 * (heights * np.cumsum(gained) - np.cumsum(heights * gained))
        )
        error = np.sqrt(np.maximum(variance, 0.0))
        known = (heights > 0) & (heights < 1 - 1e-12)
        inner = np.where(known, heights, 0.5)
        hazard = -np.log(inner)
        spread = self._z * error / (inner * hazard)
        lower, upper = (share_at(np.log(hazard) + sign * spread) for sign in (1, -1))
        return heights, np.where(known, lower, heights), np.where(known, upper, heights)

    def _first_time(self, reached: NDArray[np.bool_]) -> float | None:
        return float(self._times[int(np.argmax(reached))]) if reached.any() else None

"""Many places compared, each with all others: hours of a week, days between e-mails.

The best of many is the best by luck, too: intervals are simultaneous (Bonferroni) over the places compared,
and rates are drawn towards what the places have in common. Places are compared within strata
(Mantel-Haenszel).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from dagster_project.statistics.proportions import wilson_interval
from dagster_project.statistics.rate_ratios import Estimate, risk_ratio
from dagster_project.statistics.shrinkage import shrunken_rates

CONFIDENCE = 0.95
# With fewer expected the logarithm of a ratio is far from normal, and four opens of five are no best hour.
FEWEST_EXPECTED = 5.0


@dataclass(frozen=True)
class Place:
    """One place: its rate with its interval, and its ratio to the other places of its strata."""

    place: int
    eligible: int
    completed: int
    rate: float
    lower: float
    upper: float
    shrunken_rate: float
    ratio: Estimate | None
    shrunken_ratio: float | None = None


def compare_places(
    places: ArrayLike, strata: ArrayLike, eligible: ArrayLike, completed: ArrayLike
) -> list[Place]:
    """Each place with all others, one element per place and stratum; in ascending order of place.

    A place without eligible persons is left out.
    """
    n, x = np.asarray(eligible, dtype=np.int64), np.asarray(completed, dtype=np.int64)
    used = n > 0
    at, place = np.unique(np.asarray(places)[used], return_inverse=True)
    _, stratum = np.unique(np.asarray(strata)[used], return_inverse=True)
    n, x = n[used], x[used]
    all_n, all_x = (np.bincount(stratum, weights=part) for part in (n, x))
    sums_n, sums_x = (np.bincount(place, weights=part).astype(np.int64) for part in (n, x))
    other_n, other_x = all_n[stratum] - n, all_x[stratum] - x
    # A place without a stratum that has another one is compared with nothing, and counts as no comparison.
    expected = np.where(other_n > 0, n * all_x[stratum] / np.maximum(all_n[stratum], 1), 0.0)
    is_compared = np.bincount(place, weights=expected, minlength=len(at)) >= FEWEST_EXPECTED
    confidence = 1 - (1 - CONFIDENCE) / max(int(is_compared.sum()), 1)
    ratios: list[Estimate | None] = [None] * len(at)
    for number in np.flatnonzero(is_compared):
        here = (place == number) & (other_n > 0)
        ratios[number] = risk_ratio(x[here], n[here], other_x[here], other_n[here], confidence)
    described = _described(at.tolist(), sums_n, sums_x, ratios)
    drawn = shrunken_ratios(ratios, confidence)
    return [replace(place, shrunken_ratio=ratio) for place, ratio in zip(described, drawn, strict=True)]


def shrunken_ratios(ratios: Sequence[Estimate | None], confidence: float = CONFIDENCE) -> list[float | None]:
    """Each ratio drawn to 1 as far as chance explains it: exp(b·τ²/(τ²+s²)) of b = ln(ratio).

    τ², how much the true logarithms differ, by moments weighted 1/s²; s from the interval of `confidence`.
    """
    known = [number for number, ratio in enumerate(ratios) if ratio and ratio.upper > ratio.lower > 0]
    found: list[float | None] = [None] * len(ratios)
    if not known:
        return found
    chosen = [ratio for ratio in (ratios[number] for number in known) if ratio]
    log = np.log([ratio.estimate for ratio in chosen])
    width = np.log([ratio.upper / ratio.lower for ratio in chosen])
    variance = (width / (2 * norm.ppf(0.5 + confidence / 2))) ** 2
    between = max(float(((log**2 - variance) / variance).sum() / (1 / variance).sum()), 0.0)
    for number, value in zip(known, np.exp(log * between / (between + variance)), strict=True):
        found[number] = float(value)
    return found


def shares_of_places(places: Sequence[int], counts: Sequence[int]) -> list[Place]:
    """The share of each place in the sum of all."""
    total = int(np.sum(counts))
    sizes = np.full(len(counts), total, dtype=np.int64)
    return _described(list(places), sizes, np.asarray(counts, dtype=np.int64), [None] * len(counts))


def _described(
    places: list[int], n: np.ndarray, x: np.ndarray, ratios: Sequence[Estimate | None]
) -> list[Place]:
    confidence = 1 - (1 - CONFIDENCE) / max(len(places), 1)
    lower, upper = wilson_interval(x, n, confidence)
    shrunken = shrunken_rates(x.tolist(), n.tolist())
    return [
        Place(place, int(size), int(hits), hits / size, float(low), float(high), float(drawn or 0), ratio)
        for place, size, hits, low, high, drawn, ratio in zip(
            places, n, x, lower, upper, shrunken, ratios, strict=True
        )
    ]

"""What a step between two others loses: the rate it could have, what that is worth, and how it stands out.

Opportunity (F13): n (p_target - p) P(macro | next step) value, only where the interval of p lies below
the target.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2_contingency
from statsmodels.stats.proportion import proportions_ztest

from dagster_project.statistics.proportions import wilson_interval
from dagster_project.statistics.shrinkage import shrunken_rates

# The share of persons who must do at least as well for a rate to be a target.
BEST_SHARE = 0.25


@dataclass(frozen=True)
class Slice:
    """Persons of one device, page or campaign, and those who went on."""

    name: str
    persons: int
    reached: int


@dataclass(frozen=True)
class Gap:
    """The rate of all slices together, with its interval, and the rate that the best of them have."""

    persons: int
    rate: float
    lower: float
    upper: float
    target: float
    p_value: float | None
    weakest: Slice | None

    @property
    def is_below(self) -> bool:
        return self.upper < self.target

    @property
    def missing(self) -> float:
        """Persons who would go on at the target rate and do not."""
        return self.persons * (self.target - self.rate)

    def conversions(self, macro_probability: float) -> tuple[float, float, float]:
        """Further macro-conversions at the target rate, and their bounds by the interval of the rate."""
        return tuple(  # type: ignore[return-value]
            self.persons * (self.target - rate) * macro_probability
            for rate in (self.rate, self.upper, self.lower)
        )


def best_rate(slices: Sequence[Slice]) -> float | None:
    """The upper quartile of the shrunken rates (F8) over persons: a quarter of them do at least as well."""
    rates = shrunken_rates([each.reached for each in slices], [each.persons for each in slices])
    known = sorted(
        ((rate, each.persons) for rate, each in zip(rates, slices, strict=True) if rate is not None),
        reverse=True,
    )
    if not known:
        return None
    needed = BEST_SHARE * sum(persons for _, persons in known)
    counted = np.cumsum([persons for _, persons in known])
    return known[int(np.searchsorted(counted, needed))][0]


def gap_to_best_slices(slices: Sequence[Slice]) -> Gap | None:
    """How far all slices together are below their best; None without persons."""
    target = best_rate(slices)
    if target is None:
        return None
    missing = {each: each.persons * target - each.reached for each in slices if each.persons}
    return _gap(
        sum(each.persons for each in slices),
        sum(each.reached for each in slices),
        target,
        heterogeneity(slices),
        max(missing, key=lambda each: (missing[each], each.name)),
    )


def gap_to_benchmark(persons: int, reached: int, benchmark: float) -> Gap | None:
    """How far a rate is below a published one; None without persons."""
    if not persons:
        return None
    variance = benchmark * (1 - benchmark) / persons
    p_value = (
        float(proportions_ztest(reached, persons, benchmark, prop_var=benchmark)[1]) if variance else None
    )
    return _gap(persons, reached, benchmark, p_value, None)


def _gap(persons: int, reached: int, target: float, p_value: float | None, weakest: Slice | None) -> Gap:
    [lower], [upper] = wilson_interval([reached], [persons])
    return Gap(persons, reached / persons, float(lower), float(upper), target, p_value, weakest)


def heterogeneity(slices: Sequence[Slice]) -> float | None:
    """p-value of equal rates of all slices (Pearson's chi-squared); None where they cannot differ."""
    table = np.array([(each.reached, each.persons - each.reached) for each in slices if each.persons]).T
    if table.ndim < 2 or table.shape[1] < 2 or not table.sum(axis=1).all():
        return None
    return float(chi2_contingency(table, correction=False).pvalue)


def drop_off_scores(reached: Sequence[int], persons: Sequence[int]) -> list[float | None]:
    """Pooled z of each step's rate against the other steps of its sequence, negative where it loses more."""
    count, size = np.asarray(reached, dtype=np.float64), np.asarray(persons, dtype=np.float64)
    scores: list[float | None] = []
    for place in range(len(count)):
        others, of = count.sum() - count[place], size.sum() - size[place]
        pooled = count.sum() / size.sum() if size.sum() else 0.0
        if not size[place] or not of or not 0 < pooled < 1:
            scores.append(None)
            continue
        scores.append(float(proportions_ztest([count[place], others], [size[place], of])[0]))
    return scores

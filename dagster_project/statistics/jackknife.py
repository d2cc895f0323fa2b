"""Intervals of whatever can be computed without one group of persons after another.

B. Efron & C. Stein (1981), Annals of Statistics 9:586-596; quantiles of Student's t, with one degree
of freedom fewer than there are groups.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t


def jackknife_interval(
    estimate: Callable[[NDArray[np.bool_]], NDArray[np.float64]],
    groups: Sequence[int],
    confidence: float = 0.95,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Estimates from all groups, with their lower and upper bounds; NaN bounds with fewer than two groups.

    `estimate` gets a mask of the groups, of the length of `groups`, to compute from.
    """
    everybody = np.ones(len(groups), dtype=np.bool_)
    whole = estimate(everybody)
    if len(groups) < 2:
        unknown = np.full(whole.shape, np.nan)
        return whole, unknown, unknown
    left_out = []
    for place in range(len(groups)):
        mask = everybody.copy()
        mask[place] = False
        left_out.append(estimate(mask))
    values = np.array(left_out)
    number = len(groups)
    error = np.sqrt((number - 1) / number * ((values - values.mean(axis=0)) ** 2).sum(axis=0))
    spread = float(t(number - 1).ppf(0.5 + confidence / 2)) * error
    return whole, whole - spread, whole + spread


def means_per_person(
    sums: NDArray[np.float64], persons: NDArray[np.float64], confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean amount per person of each row, with the bounds; `sums` and `persons` are rows x groups of persons.

    NaN without persons; NaN bounds where fewer than two groups have persons. For many rows at once what
    `jackknife_interval` gives for each.
    """
    used = persons > 0
    groups = used.sum(axis=1)
    all_sums, all_persons = sums.sum(axis=1, keepdims=True), persons.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = (all_sums / all_persons)[:, 0]
        left_out = np.where(used, (all_sums - sums) / (all_persons - persons), 0.0)
        center = left_out.sum(axis=1, keepdims=True) / groups[:, None]
        squares = np.where(used, (left_out - center) ** 2, 0.0).sum(axis=1)
        spread = t(groups - 1).ppf(0.5 + confidence / 2) * np.sqrt((groups - 1) / groups * squares)
    return whole, whole - spread, whole + spread

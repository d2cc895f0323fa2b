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

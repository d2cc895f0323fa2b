"""The difference of two mean times, each with its standard error, of different persons."""

import numpy as np
from scipy.stats import norm

from dagster_project.statistics.rate_ratios import Estimate


def difference(
    one: tuple[float, float], other: tuple[float, float], confidence: float = 0.95
) -> Estimate | None:
    """One less the other; None where one has no error: nobody has the outcome, or everybody at once."""
    gap, error = one[0] - other[0], float(np.hypot(one[1], other[1]))
    if not one[1] or not other[1]:
        return None
    spread = float(norm.ppf(0.5 + confidence / 2)) * error
    return Estimate(gap, gap - spread, gap + spread, 2 * float(norm.sf(abs(gap) / error)))

"""Many comparisons at once.

q-values by Benjamini & Hochberg (1995), JRSS B 57:289-300; adjusted p-values by Holm (1979), Scandinavian
Journal of Statistics 6:65-70. Intervals of what is chosen from many: Y. Benjamini & D. Yekutieli (2005), JASA
100:71-81. Not by statsmodels, which collects garbage at every call: a quarter of a second
in a process as large as dbt's.
"""

from collections.abc import Sequence
from math import exp, log

import numpy as np
from scipy.stats import false_discovery_control, norm


def q_values(p_values: Sequence[float | None]) -> list[float | None]:
    """The q-value of each p-value over the whole family, in its order; None stays None and is not counted.

    A q-value of 0.05: of the rows that are at least as extreme, at most one in twenty by chance is expected.
    Raises ValueError when a p-value lies outside 0 to 1.
    """
    known = [number for number, p_value in enumerate(p_values) if p_value is not None]
    found: list[float | None] = [None] * len(p_values)
    if known:
        adjusted = false_discovery_control(np.array([p_values[number] for number in known], dtype=np.float64))
        for number, q_value in zip(known, adjusted, strict=True):
            found[number] = float(q_value)
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-value of each comparison, in order, so that any false one among all is as unlikely as it says."""
    order = np.argsort(p_values)
    factors = np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(np.asarray(p_values)[order] * factors), 1)
    return [float(value) for value in adjusted]


def chosen_ratio_interval(
    lower: float, upper: float, chosen: int, compared: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Bounds of a ratio that is one of `chosen` from `compared`, by those of it alone.

    At level 1 - chosen (1 - confidence) / compared, so that of all intervals of what is so chosen at most one
    in twenty is expected to miss. On the scale of logarithms, where the interval is symmetric.
    """
    middle, reach = (log(upper) + log(lower)) / 2, (log(upper) - log(lower)) / 2
    share = min(chosen / compared, 1.0) * (1 - confidence)
    reach *= float(norm.ppf(1 - share / 2) / norm.ppf(0.5 + confidence / 2))
    return exp(middle - reach), exp(middle + reach)

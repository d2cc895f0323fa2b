"""Many comparisons at once: q-values by Benjamini & Hochberg (1995), JRSS B 57:289-300."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import false_discovery_control


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

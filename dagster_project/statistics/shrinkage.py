"""Rates of groups drawn towards what they have in common: beta-binomial with a prior by moments.

The posterior mean is (x + a) / (n + a + b), where a / (a + b) is the rate of all and a + b, the weight of the
prior in observations, follows from how much more the groups differ than chance would have it: J. C. Kleinman
(1973), JASA 68:46-54, with groups weighted by their size.
"""

from collections.abc import Sequence

import numpy as np

# The weight where there are too few groups to estimate one.
DEFAULT_WEIGHT = 50.0


def shrunken_rates(successes: Sequence[float], trials: Sequence[float]) -> list[float | None]:
    """The shrunken rate of each group, in their order; None for groups without trials.

    Groups that differ no more than chance would have it all get the rate of all. Raises ValueError when a
    count is impossible.
    """
    count, size = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if (count < 0).any() or (count > size).any():
        raise ValueError("Successes must lie between 0 and the number of trials.")
    if not size.sum():
        return [None] * len(size)
    overall = count.sum() / size.sum()
    weight = _prior_weight(count[size > 0], size[size > 0], overall)
    return [
        None if not n else float(overall if np.isinf(weight) else (x + weight * overall) / (n + weight))
        for x, n in zip(count, size, strict=True)
    ]


def _prior_weight(count: np.ndarray, size: np.ndarray, overall: float) -> float:
    """a + b, in observations; infinite where the groups do not differ beyond chance."""
    if not 0 < overall < 1:
        return float("inf")
    total, freedom = size.sum(), len(size) - 1
    beyond_chance = total - (size**2).sum() / total - freedom
    if freedom == 0 or beyond_chance <= 0:
        return DEFAULT_WEIGHT
    spread = (size * (count / size - overall) ** 2).sum() / (overall * (1 - overall))
    correlation = (spread - freedom) / beyond_chance
    return float("inf") if correlation <= 0 else float(max(1 / correlation - 1, 0.0))

"""Exact p-values of no difference over strata, for groups without events: errors of estimates need some.

Given the totals of each stratum, the events of one group are binomial (rates) or hypergeometric (shares);
their sum over strata is compared with what it may be, two-sided by its probability. One stratum is the
binomial test and Fisher's. K. J. Rothman et al. (2008), Modern Epidemiology, 3rd ed., ch. 15.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, hypergeom

# Probabilities that differ by rounding alone are equal.
TOLERANCE = 1e-7


def exact_rate_p_value(
    events: ArrayLike, time: ArrayLike, other_events: ArrayLike, other_time: ArrayLike
) -> float | None:
    """One element per stratum. None where no stratum has events and time of both groups."""
    e1, t1, e0, t0 = (np.asarray(part, dtype=np.float64) for part in (events, time, other_events, other_time))
    some = (t1 > 0) & (t0 > 0) & (e1 + e0 > 0)
    totals, shares = np.rint(e1 + e0)[some].astype(int), (t1[some] / (t1 + t0)[some])
    return _p_value(
        (binom.pmf(np.arange(total + 1), total, share) for total, share in zip(totals, shares, strict=True)),
        round(e1[some].sum()),
    )


def exact_share_p_value(
    events: ArrayLike, persons: ArrayLike, other_events: ArrayLike, other_persons: ArrayLike
) -> float | None:
    """As `exact_rate_p_value`, with persons for time."""
    a, n1, b, n0 = (
        np.rint(np.asarray(part, dtype=np.float64)).astype(int)
        for part in (events, persons, other_events, other_persons)
    )
    some = (n1 > 0) & (n0 > 0) & (a + b > 0)
    return _p_value(
        (
            hypergeom.pmf(np.arange(hits + 1), of, hits, group)
            for hits, of, group in zip((a + b)[some], (n1 + n0)[some], n1[some], strict=True)
        ),
        int(a[some].sum()),
    )


def _p_value(strata: Iterable[NDArray[np.float64]], observed: int) -> float | None:
    whole = np.ones(1)
    for probabilities in strata:
        whole = np.convolve(whole, probabilities)
    if len(whole) == 1:
        return None
    return float(min(whole[whole <= whole[observed] * (1 + TOLERANCE)].sum(), 1.0))

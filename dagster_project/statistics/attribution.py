"""Which touch gets how much of the conversions: removal effects of a Markov chain, and Shapley values.

Both are exact, by linear algebra and over all coalitions. Sources: E. Anderl et al. (2016), International
Journal of Research in Marketing 33:457-474 (removal effect); L. S. Shapley (1953); K. Zhao et al. (2018),
arXiv:1804.05327 (coalitions of touches).
"""

from math import factorial

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def removal_effects(
    transitions: Numbers, conversions: Numbers, open_ends: Numbers, starts: Numbers
) -> Numbers:
    """The share of the conversion probability that is lost when a touch leads nowhere, for each touch.

    `transitions` are counts from touch to touch, `conversions` and `open_ends` how often a touch was the last
    one of a journey, `starts` how often the first. All zeros where nothing converts.

    Without a touch the chain keeps what does not pass it: the probability of ever reaching it, times that of
    converting from there, is lost. With N = (I - Q)^-1 the former is (s N)_i / N_ii, the latter (N r)_i.
    """
    leaving = transitions.sum(axis=1) + conversions + open_ends
    used = np.where(leaving > 0, leaving, 1.0)
    visits = np.linalg.inv(np.eye(len(starts)) - transitions / used[:, None])
    converting = visits @ (conversions / used)
    total_starts = starts.sum()
    if not total_starts:
        return np.zeros(len(starts))
    begins = starts / total_starts
    converted = float(begins @ converting)
    if converted <= 0:
        return np.zeros(len(starts))
    reached = (begins @ visits) / np.diag(visits)
    effects: Numbers = reached * converting / converted
    return effects


def shapley_values(journeys: Numbers, conversions: Numbers) -> Numbers:
    """Shapley value of each player in v(S) = conversions / journeys of those whose touches lie within S.

    The arrays of 2^n elements count journeys and conversions by the set of their touches, a bit mask; v is 0
    where no journey lies within S. The values sum to v of all players, and may be negative.
    """
    players = int(np.log2(len(journeys)))
    within, converted = _sums_over_subsets(journeys), _sums_over_subsets(conversions)
    value = np.divide(converted, within, out=np.zeros(len(within)), where=within > 0)
    value[0] = 0.0
    masks = np.arange(len(journeys))
    sizes = np.array([mask.bit_count() for mask in masks.tolist()])
    weights = np.array(
        [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)]
    )
    values = np.empty(players)
    for player in range(players):
        without = masks[(masks >> player) & 1 == 0]
        gains = value[without | (1 << player)] - value[without]
        values[player] = float((weights[sizes[without]] * gains).sum())
    return values


def _sums_over_subsets(counts: Numbers) -> Numbers:
    sums = np.array(counts, dtype=np.float64)
    for player in range(int(np.log2(len(sums)))):
        pairs = sums.reshape(-1, 2, 1 << player)
        pairs[:, 1] += pairs[:, 0]
    return sums

"""A negative control: no effect may be found where there is none.

Each person is given another person's micro-conversion. The ratio of conversion with it to without it, by the
same landmark as real comparisons, is then 1 in truth, and its 95 % interval must hold 1 in about 95 of 100
shuffles. It does so less often when rows are no independent persons: a test account with hundreds of
journeys, a join that fans out.
"""

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.stats.proportion import confint_proportions_2indep

from dagster_project.statistics.results import Control

# With fewer outcomes the interval is as wide as the axis and holds 1 whatever is wrong.
FEWEST_OUTCOMES = 20


def shuffled_control(
    persons: ArrayLike,
    micro_after: ArrayLike,
    converted_after: ArrayLike,
    landmark: float,
    horizon: float,
    shuffles: int = 200,
    seed: int = 1,
) -> Control | None:
    """Shuffle the micro-conversion among persons; None where there are too few outcomes to say.

    One element per journey, each followed for at least `horizon`: whose it is (any whole number), after how
    many days the micro-conversion and the conversion came (NaN: never). Of several journeys of a person the
    first element's micro-conversion is shuffled. Exposed is who has the micro-conversion by the landmark;
    those converted by then are left out; the outcome is a conversion from there to the horizon.
    """
    _, first, person = np.unique(np.asarray(persons), return_index=True, return_inverse=True)
    delays = np.asarray(micro_after, dtype=np.float64)[first]
    converted = np.asarray(converted_after, dtype=np.float64)
    at_risk = ~(converted <= landmark)
    outcome = (converted[at_risk] <= horizon).astype(np.int64)
    owner, exposed_person = person[at_risk], delays <= landmark
    if outcome.sum() < FEWEST_OUTCOMES:
        return None
    random = np.random.default_rng(seed)
    found = []
    for _ in range(shuffles):
        exposed = random.permutation(exposed_person)[owner]
        done, other = int(exposed.sum()), int((~exposed).sum())
        hits = int(outcome[exposed].sum())
        if not done or not other or not hits or hits == outcome.sum():
            continue
        lower, upper = confint_proportions_2indep(
            hits, done, int(outcome.sum()) - hits, other, compare="ratio", method="log-adjusted"
        )
        ratio = (hits / done) / ((int(outcome.sum()) - hits) / other)
        found.append((ratio, float(lower), float(upper)))
    if len(found) < shuffles / 2:
        return None
    covering = sum(lower <= 1 <= upper for _, lower, upper in found)
    ratio, lower, upper = sorted(found)[len(found) // 2]
    return Control(len(found), covering, ratio, lower, upper)

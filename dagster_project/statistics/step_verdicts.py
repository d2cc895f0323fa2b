"""What a step's rate ratio says: the decision table, and how many persons would decide it."""

from collections.abc import Sequence
from math import log, sqrt

from scipy.stats import norm

HARMFUL, MATTERS, DISTRACTOR = "harmful", "matters", "distractor"
NO_RELEVANT_EFFECT, INSUFFICIENT = "no relevant effect", "insufficient"

SIGNIFICANT = 0.05
# Smaller effects are not worth an e-mail; within the wider span there is none that would be.
HARMFUL_BELOW, MATTERS_ABOVE = 0.9, 1.1
DISTRACTOR_SPAN, NO_EFFECT_SPAN = (0.8, 1.1), (0.8, 1.25)
DISTRACTOR_COMPLETERS = 200
POWER = 0.8


def verdict(
    estimate: float | None,
    lower: float | None,
    upper: float | None,
    q_value: float | None,
    completers: int,
    is_popular: bool,
) -> str:
    """The first line of the table that fits; without an estimate, insufficient."""
    if estimate is None or lower is None or upper is None or q_value is None:
        return INSUFFICIENT
    is_significant = q_value <= SIGNIFICANT
    if is_significant and upper < 1 and estimate < HARMFUL_BELOW:
        return HARMFUL
    if is_significant and lower > 1 and estimate > MATTERS_ABOVE:
        return MATTERS
    if is_popular and completers >= DISTRACTOR_COMPLETERS and _within(lower, upper, DISTRACTOR_SPAN):
        return DISTRACTOR
    return NO_RELEVANT_EFFECT if _within(lower, upper, NO_EFFECT_SPAN) else INSUFFICIENT


def is_rising(completed: Sequence[float], persons: Sequence[float]) -> bool:
    """Whether the share of completers grows from one cohort to the next, in their order.

    One-sided trend test at 5 % (P. Armitage (1955), Biometrics 11:375-386).
    """
    total, done = sum(persons), sum(completed)
    if not 0 < done < total:
        return False
    share = done / total
    trend = sum(
        place * (some - of * share) for place, (some, of) in enumerate(zip(completed, persons, strict=True))
    )
    first = sum(place * of for place, of in enumerate(persons))
    second = sum(place**2 * of for place, of in enumerate(persons))
    variance = share * (1 - share) * (second - first**2 / total)
    return variance > 0 and trend / sqrt(variance) > float(norm.ppf(1 - SIGNIFICANT))


def persons_needed(persons: int, lower: float | None, upper: float | None) -> int | None:
    """Persons with whom a ratio of 1.25 is found in four of five cases, by today's error of the log ratio.

    The error shrinks with the square root of the persons. None without an interval.
    """
    if lower is None or upper is None or not 0 < lower < upper:
        return None
    quantile = float(norm.ppf(0.975))
    error = (log(upper) - log(lower)) / (2 * quantile)
    wanted = log(NO_EFFECT_SPAN[1]) / (quantile + float(norm.ppf(POWER)))
    return round(persons * (error / wanted) ** 2)


def _within(lower: float, upper: float, span: tuple[float, float]) -> bool:
    return span[0] <= lower and upper <= span[1]

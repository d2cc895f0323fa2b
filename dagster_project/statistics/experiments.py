"""A/B tests: sample ratio, balance, comparison of arms with CUPED, minimum detectable effect, who is best.

Sources: R. Kohavi, D. Tang & Y. Xu (2020), Trustworthy Online Controlled Experiments, ch. 21 (sample-ratio
mismatch by chi-squared, p < 0.001); A. Deng et al. (2013), WSDM 123-132 (CUPED); S. Holm (1979), Scandinavian
Journal of Statistics 6:65-70; I. Waudby-Smith et al. (2024), Annals of Statistics 52:2613-2640 (asymptotic
confidence sequences).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, log, sqrt

import numpy as np
from scipy.integrate import quad
from scipy.stats import chi2_contingency, chisquare, norm

from dagster_project.statistics.multiplicity import holm
from dagster_project.statistics.proportions import SMALLEST_EXPECTED_COUNT, compare_rates

BROKEN = 0.001
POWER, CONFIDENCE = 0.8, 0.95
# At which number of persons the confidence sequence is narrowest: about 8 / rho^2, here 1,000.
RHO = 0.09
# Standard errors beyond which a normal distribution has nothing that a float could hold.
_REACH = 9.0


@dataclass(frozen=True)
class Arm:
    """Sums over the persons of one arm: y is the metric, x what is known from before the assignment."""

    persons: int
    sum_y: float
    sum_yy: float
    sum_x: float
    sum_xx: float
    sum_xy: float

    @property
    def mean(self) -> float:
        return self.sum_y / self.persons

    @property
    def mean_x(self) -> float:
        return self.sum_x / self.persons

    def spread(self, theta: float) -> float:
        """Sum of squared deviations of y - theta x."""
        total = self.sum_y - theta * self.sum_x
        squares = self.sum_yy - 2 * theta * self.sum_xy + theta**2 * self.sum_xx
        return max(squares - total**2 / self.persons, 0.0)

    def error(self, theta: float) -> float:
        """Standard error of the mean of y - theta x."""
        return float(np.sqrt(self.spread(theta) / (self.persons - 1) / self.persons))


@dataclass(frozen=True)
class ArmEffect:
    """An arm less the control, adjusted by CUPED; `detectable` is found in four of five cases.

    `error` is the standard error; None where too few had the metric for a normal distribution.
    """

    difference: float
    lower: float
    upper: float
    p_value: float
    detectable: float
    error: float | None


def sample_ratio_p_value(persons: Sequence[int], weights: Sequence[float]) -> float:
    """Probability of sizes this far from the planned ones; chi-squared goodness of fit."""
    expected = np.asarray(weights, dtype=np.float64) / sum(weights) * sum(persons)
    return float(chisquare(persons, expected).pvalue)


def balance_p_value(traits: Sequence[tuple[Sequence[int], Sequence[int]]]) -> float | None:
    """The smallest Holm-adjusted p-value of equal shares of traits, each (with, all) by arm; None without."""
    p_values = []
    for having, all_ in traits:
        table = np.array([having, np.subtract(all_, having)])
        if (table.sum(axis=1) > 0).all() and (table.sum(axis=0) > 0).all():
            p_values.append(float(chi2_contingency(table, correction=False).pvalue))
    return min(holm(p_values), default=None)


def cuped_theta(arms: Sequence[Arm]) -> float:
    """Covariance of y and x over variance of x, pooled within the arms; 0 where x does not vary."""
    within_xx = sum(arm.sum_xx - arm.sum_x**2 / arm.persons for arm in arms)
    within_xy = sum(arm.sum_xy - arm.sum_x * arm.sum_y / arm.persons for arm in arms)
    return float(within_xy / within_xx) if within_xx > 0 else 0.0


def arm_effect(arm: Arm, control: Arm, theta: float, confidence: float = CONFIDENCE) -> ArmEffect | None:
    """Welch's comparison of the adjusted means, by the normal distribution; None with one person in an arm.

    The adjustment takes out how far the arms differed before: (y - ȳc) - theta (x - x̄c).
    """
    if min(arm.persons, control.persons) < 2:
        return None
    difference = arm.mean - control.mean - theta * (arm.mean_x - control.mean_x)
    error = float(np.hypot(arm.error(theta), control.error(theta)))
    if not error:
        return None
    quantile = float(norm.ppf(0.5 + confidence / 2))
    return ArmEffect(
        difference,
        difference - quantile * error,
        difference + quantile * error,
        float(2 * norm.sf(abs(difference) / error)),
        (quantile + float(norm.ppf(POWER))) * error,
        error,
    )


def rate_effect(arm: Arm, control: Arm, theta: float) -> ArmEffect | None:
    """The same for a metric of 0 and 1; None where all persons are alike.

    Where an expected count is below 5, Fisher's exact p-value and Newcombe's interval, without CUPED. Where
    all of one arm and none of the other have the metric, Welch's error is 0 and the pooled one counts.
    """
    persons = arm.persons + control.persons
    pooled = (arm.sum_y + control.sum_y) / persons
    if pooled in (0, 1):
        return None
    smallest = min(arm.persons, control.persons) * min(pooled, 1 - pooled)
    is_sparse = smallest < SMALLEST_EXPECTED_COUNT
    welch = None if is_sparse else arm_effect(arm, control, theta)
    if welch:
        return welch
    found = compare_rates(round(arm.sum_y), arm.persons, round(control.sum_y), control.persons, CONFIDENCE)
    error = sqrt(pooled * (1 - pooled) * (1 / arm.persons + 1 / control.persons))
    return ArmEffect(
        found.difference,
        min(found.lower, found.difference),
        max(found.upper, found.difference),
        found.p_value,
        float(norm.ppf(0.5 + CONFIDENCE / 2) + norm.ppf(POWER)) * error,
        None if is_sparse else error,
    )


def sequence_half_width(error: float, persons: int, comparisons: int = 1) -> float:
    """Half the width of a confidence sequence, which holds the truth at all looks together.

    sd * sqrt(2 (n rho^2 + 1) / (n^2 rho^2) * ln(sqrt(n rho^2 + 1) / alpha)), where sd = `error` * sqrt(n)
    and alpha is shared by the `comparisons`.
    """
    scaled = persons * RHO**2
    alpha = (1 - CONFIDENCE) / comparisons
    width = 2 * (scaled + 1) / (persons * scaled) * log(sqrt(scaled + 1) / alpha)
    return error * sqrt(persons) * sqrt(width)


def probabilities_to_be_best(means: Sequence[float], errors: Sequence[float]) -> list[float]:
    """That the true mean of each arm is the highest, each normal around what was measured; they sum to 1."""
    error = [max(one, 1e-300) for one in errors]
    arms = list(zip(means, error, strict=True))

    # In the arm's own scale, however narrow or far away the others are. The standard library's functions, as
    # scipy's distributions take 100 times as long for a single value.
    def density(value: float, arm: int) -> float:
        mean, own_error = arms[arm]
        below = 1.0
        for other, (m, e) in enumerate(arms):
            if other != arm:
                below *= 0.5 * erfc((m - mean - value * own_error) / (e * sqrt(2)))
        return exp(-(value**2) / 2) * below

    found = []
    for arm, (mean, own_error) in enumerate(arms):
        steps = sorted({(m - mean) / own_error for m, _ in arms} | {0.0})
        inside = [step for step in steps if abs(step) < _REACH]
        found.append(quad(density, -_REACH, _REACH, args=(arm,), points=inside, limit=200)[0])
    return [value / sum(found) for value in found]


# Of a test of e-mails of which only responses are known: those who respond are no sample of the recipients.
UNSENT = "no verdict: sends are not reported"


def decide(
    is_planned: bool,
    sample_ratio: float,
    balance: float | None,
    days_to_wait: int,
    effects: dict[str, tuple[float, float]],
    control: str,
    worsened: Sequence[str],
    sequences: dict[str, tuple[float, float]] | None = None,
) -> str:
    """The verdict on an experiment, by its one primary metric, from the first line that fits.

    `effects` has each arm's difference from the control and its Holm-adjusted p-value; `worsened` are the
    arms in which a guardrail got worse. `sequences` are the bounds of the arms' differences that hold at
    all looks together: given for a test whose persons arrive over time, they alone decide it, as it has no
    day planned for a single look.
    """
    if sample_ratio < BROKEN:
        return "broken" if is_planned else "no verdict: state the weights"
    if balance is not None and balance < BROKEN:
        return "broken"
    if sequences:
        ahead = {arm: lower for arm, (lower, _) in sequences.items() if lower > 0}
        if ahead:
            return _shipped(max(ahead, key=lambda name: ahead[name]), worsened)
        if sequences.keys() >= effects.keys() and all(upper < 0 for _, upper in sequences.values()):
            return f"ship {control}"
    if days_to_wait:
        return f"wait {days_to_wait} day{'s' if days_to_wait > 1 else ''}"
    if not effects:
        return "no verdict"
    if sequences is not None:
        return "no winner"
    better = {arm: gain for arm, (gain, p_value) in effects.items() if gain > 0 and p_value <= 1 - CONFIDENCE}
    if better:
        return _shipped(max(better, key=lambda name: better[name]), worsened)
    is_control_best = all(gain < 0 and p_value <= 1 - CONFIDENCE for gain, p_value in effects.values())
    return f"ship {control}" if is_control_best else "no winner"


def _shipped(arm: str, worsened: Sequence[str]) -> str:
    return f"guardrail: {arm}" if arm in worsened else f"ship {arm}"

"""Which kind of bottleneck a transition looks like: the rules of seed bottleneck_types, over counts.

A rule that fits is a hypothesis to test. Shares are called high or low by their whole Wilson interval.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dagster_project.statistics.proportions import wilson_interval
from dagster_project.statistics.shrinkage import shrunken_rates

# The first that fits names the bottleneck: what points to one place before what may be anywhere.
ORDER = (
    "technical_friction",
    "trust_barrier",
    "commitment_jump",
    "stage_misalignment",
    "value_proposition",
)
COMMITMENT_JUMP = 2
DROP_OFF_SCORE = -2.0
MISMATCHED_SHARE = 0.5
MISMATCHED_DELIVERIES = 200
ABANDONED_FORMS = 0.55
PHONE_TO_DESKTOP = 0.5
ERROR_SHARE = 0.01

Counts = Mapping[str, Any]


def interval(successes: int, trials: int) -> tuple[float | None, float | None, float | None]:
    """Rate, lower and upper bound; None without trials."""
    if not trials:
        return None, None, None
    [lower], [upper] = wilson_interval([successes], [trials])
    return successes / trials, float(lower), float(upper)


def own_quantile(successes: Sequence[int], trials: Sequence[int], share: float) -> float | None:
    """That quantile of the shrunken rates of groups; None of fewer than two with trials."""
    rates = [rate for rate in shrunken_rates(successes, trials) if rate is not None]
    return float(np.quantile(rates, share)) if len(rates) > 1 else None


def commitment_jump(commitment_from: int | None, commitment_to: int | None, score: float | None) -> bool:
    if commitment_from is None or commitment_to is None or score is None:
        return False
    return commitment_to - commitment_from >= COMMITMENT_JUMP and score < DROP_OFF_SCORE


def stage_misalignment(evidence: Counts) -> bool:
    """Many e-mails are for who is not there yet: one fits them badly only where they click less."""
    deliveries, matched, other = (
        evidence[name] for name in ("deliveries", "click_rate_matched", "click_rate_mismatched")
    )
    is_mostly_elsewhere = (
        deliveries >= MISMATCHED_DELIVERIES and evidence["mismatched"] / deliveries > MISMATCHED_SHARE
    )
    return is_mostly_elsewhere and matched is not None and other is not None and other < matched


def value_proposition(upper: float | None, benchmark_lower: float | None, own_p25: float | None) -> bool:
    """A published figure decides where there is one."""
    floor = own_p25 if benchmark_lower is None else benchmark_lower
    return upper is not None and floor is not None and upper < floor


def trust_barrier(exits: int, visits: int, own_p75: float | None) -> bool:
    lower = interval(exits, visits)[1]
    return lower is not None and own_p75 is not None and lower > own_p75


def technical_friction(evidence: Counts) -> list[str]:
    """Signs of it, by name: lost_clicks, abandoned_forms, phones, errors."""
    lost = evidence["net_clicks"] - evidence["matched_visits"]
    abandoned = evidence["form_starts"] - evidence["form_submits"]
    signs = {
        "lost_clicks": _is_above(lost, evidence["net_clicks"], evidence["lost_clicks_p90"]),
        "abandoned_forms": _is_above(abandoned, evidence["form_starts"], ABANDONED_FORMS),
        "phones": phones_convert_less(evidence),
        "errors": _is_above(evidence["error_count"], evidence["persons"], ERROR_SHARE),
    }
    return [name for name, is_seen in signs.items() if is_seen]


def phones_convert_less(evidence: Counts) -> bool:
    """Whether the rate on phones is below half of that on desktops, and their intervals do not overlap."""
    phones, _, upper = interval(evidence["mobile_reached"], evidence["mobile_persons"])
    desktops, lower, _ = interval(evidence["desktop_reached"], evidence["desktop_persons"])
    if phones is None or desktops is None or upper is None or lower is None:
        return False
    return phones < PHONE_TO_DESKTOP * desktops and upper < lower


def _is_above(successes: int, trials: int, bound: float | None) -> bool:
    lower = interval(successes, trials)[1]
    return lower is not None and bound is not None and lower > bound

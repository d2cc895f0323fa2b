"""What steps and experiments truly change, per estimand, from potential outcomes.

The same persons make the same visits once with the step as they did it and once with it withheld; each visit
sells with the probability of the world's own hazard (table `visit_chances`), so outcomes are expected values
over its last draw. A planted odds ratio is the truth of none of these: a person buys for the first time only
once; who has not done a step may buy in the very visit of doing it, which is a purchase without it by
person-time; who has not done it by a landmark may do it later. Nothing here knows a rule of the pipeline.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dagster_project.simulator.world import World
from dagster_project.simulator.world.chance import DAY, NEVER, Flags, Floats, Ints, sigmoid
from dagster_project.simulator.world.clock import milliseconds
from dagster_project.simulator.world.effects import HOLDOUT
from dagster_project.simulator.world.steps import PARTS_OF

LANDMARKS: Final = (1, 3, 7)
OUTCOME_DAYS: Final = 30
FOLLOW_UP: Final = 13 * 7 * DAY
REVENUE_LANDMARK: Final = 7
EXPERIMENT_DAYS: Final = 14
# Steps that visitors take on the site for no reason but the planted ones; each with what else counts as it.
# Product page and cart lead to a reminder, and thus are causes; a sign-up makes persons known.
TESTED: Final = {
    **{
        label: (label,)
        for label in (
            "about_page_visit", "foundational_blog_read", "blog_comment", "brand_story_video_view",
            "video_completion", "onboarding_tutorial_click", "feature_page_visit",
            "interactive_content_engagement", "product_demo_video_view", "comparison_guide_download",
            "case_study_download", "pricing_page_visit", "roi_calculator_use", "contest_entry",
            "survey_completion", "solution_assessment_completion", "preference_survey_completion",
            "webinar_registration", "information_request", "demo_request",
        )
    },
    "video_view": ("video_view", "brand_story_video_view", "product_demo_video_view"),
    "form_submission": ("form_submission", "information_request"),
}  # fmt: skip
STEP_EFFECTS: Final = pa.schema(
    [
        ("micro_conversion", pa.string()),
        ("estimand", pa.string()),  # person_time, landmark_1, _3, _7 (ratios), net_revenue (a difference)
        ("truth", pa.float64()),
        ("completers", pa.int64()),
        ("is_planted", pa.bool_()),  # whether the step, or one that counts as it, changes anything
    ]
)
EXPERIMENT_EFFECTS: Final = pa.schema(
    [("experiment", pa.string()), ("metric", pa.string()), ("difference", pa.float64())]
)


@dataclass(frozen=True)
class _Visits:
    """Visits by person and time, and by person what bounds them; instants in milliseconds."""

    person: Ints
    at: Ints
    sells: Floats  # log odds without steps
    share: Floats  # of those willing who buy: 0 where the visitor left at once
    done: dict[str, Flags]
    log_ratios: dict[str, float]
    starts: Ints  # at risk from here: known, and after the first visit
    converts: Ints  # beginning of the visit with the first purchase
    ends: Ints
    value: float  # of a purchase, on average

    def first(self, done: Flags) -> Ints:
        """When each person did it first."""
        first = np.full(len(self.starts), NEVER)
        np.minimum.at(first, self.person[done], self.at[done])
        return first

    def effect(self, labels: tuple[str, ...], since: Ints | None = None) -> Floats:
        """What the steps add to the log odds of each visit; only where done after `since`, if given."""
        total = np.zeros(len(self.at))
        for label in labels:
            if label in self.log_ratios:
                done = (
                    self.done[label] if since is None else self.done[label] & (self.at > since[self.person])
                )
                total += self.log_ratios[label] * (self.at >= self.first(done)[self.person])
        return total

    def effect_at_once(self, labels: tuple[str, ...]) -> Floats:
        """What they add in the visits in which they are done, and in no later one."""
        ratios = self.log_ratios
        total: Floats = np.sum([ratios.get(label, 0.0) * self.done[label] for label in labels], axis=0)
        return total

    def chances(self, effects: Floats) -> Floats:
        return sigmoid(self.sells + effects) * self.share


def step_effects(world: World, known_persons: pa.Table, acts: pa.Table) -> pa.Table:
    """One row per tested step and estimand, where who completed it visits again: else it changes nothing."""
    visits = _visits(world, known_persons, acts)
    planted = {label for label, ratio in world.config.steps.purchase_odds_ratios if ratio != 1}
    rows = [
        {
            "micro_conversion": label,
            "estimand": estimand,
            "truth": truth,
            "completers": completers,
            "is_planted": bool(planted & set(labels)),
        }
        for label, labels in TESTED.items()
        for estimand, truth, completers in _estimands(visits, labels)
    ]
    return pa.Table.from_pylist(rows, schema=STEP_EFFECTS)


def _estimands(visits: _Visits, labels: tuple[str, ...]) -> list[tuple[str, float, int]]:
    everything = visits.effect(tuple(visits.log_ratios))
    with_step = visits.chances(everything)
    not_yet = visits.chances(everything - visits.effect(labels) + visits.effect_at_once(labels))
    done = np.any([visits.done[label] for label in labels], axis=0)
    completed = np.maximum(visits.first(done), visits.starts)
    completes = completed < np.minimum(visits.converts, visits.ends)
    found = []
    if completes.any():
        rates = [_rate(visits, chances, completed, completes) for chances in (with_step, not_yet)]
        if rates[1] > 0:
            found.append(("person_time", rates[0] / rates[1], int(completes.sum())))
    for days in LANDMARKS:
        landmark = visits.starts + days * DAY
        until = visits.starts + OUTCOME_DAYS * DAY
        chosen = (completed <= landmark) & (visits.converts > landmark) & (until <= visits.ends)
        if not chosen.any():
            continue
        later = visits.chances(everything - visits.effect(labels) + visits.effect(labels, landmark))
        inside = chosen[visits.person] & (visits.at > landmark[visits.person])
        inside &= visits.at <= until[visits.person]
        risks = [_converted(visits, chances, inside) for chances in (with_step, later)]
        if risks[1] > 0:
            found.append((f"landmark_{days}", risks[0] / risks[1], int(chosen.sum())))
        if days == REVENUE_LANDMARK:
            gain = float((with_step - later)[inside].sum()) * visits.value / int(chosen.sum())
            found.append(("net_revenue", gain, int(chosen.sum())))
    return found


def _rate(visits: _Visits, chances: Floats, since: Ints, chosen: Flags) -> float:
    """Expected first purchases per day of the chosen, from `since` on."""
    inside = (
        chosen[visits.person] & (visits.at > since[visits.person]) & (visits.at < visits.ends[visits.person])
    )
    person, at = visits.person[inside], visits.at[inside]
    stays = np.log1p(-chances[inside])
    total = np.cumsum(stays)
    is_first = np.diff(person, prepend=-1) != 0
    before = np.maximum.accumulate(np.where(is_first, np.arange(len(person)), 0))
    start = (total - stays)[before]
    open_after = np.exp(total - start)
    following = np.append(at[1:], 0)
    is_last = np.append(is_first[1:], True)
    lasts = np.where(is_last, visits.ends[person], following) - at
    first_visit = np.full(len(chosen), NEVER)
    first_visit[person[is_first]] = at[is_first]
    waits = np.minimum(first_visit, visits.ends)[chosen] - since[chosen]
    days = (float(waits.sum()) + float((open_after * lasts).sum())) / DAY
    return float((np.exp(total - stays - start) * chances[inside]).sum()) / days


def _converted(visits: _Visits, chances: Floats, inside: Flags) -> float:
    """Expected persons who buy in the visits `inside`."""
    stays = np.zeros(len(visits.starts))
    np.add.at(stays, visits.person[inside], np.log1p(-chances[inside]))
    return float((1 - np.exp(stays)).sum())


def experiment_effects(world: World, known_persons: pa.Table, acts: pa.Table) -> pa.Table:
    """What the treatment of the experiment with a holdout gains per person in `EXPERIMENT_DAYS`."""
    visits = _visits(world, known_persons, acts)
    assigned = world.tables["assignments"].to_pydict()
    person = np.array(assigned["person_id"], dtype=np.int64) - 1
    at = np.full(len(visits.starts), NEVER)
    in_it = np.array([name == HOLDOUT for name in assigned["experiment"]], dtype=np.bool_)
    at[person[in_it]] = _instants(world.tables["assignments"], "at")[in_it]
    inside = (visits.at > at[visits.person]) & (visits.at <= at[visits.person] + EXPERIMENT_DAYS * DAY)
    everything = visits.effect(tuple(visits.log_ratios))
    ratio = float(np.log(world.config.steps.treatment_odds_ratio))
    treated, held_out = (visits.chances(everything + gain) for gain in (ratio, 0.0))
    n = max(int(in_it.sum()), 1)
    converted = _converted(visits, treated, inside) - _converted(visits, held_out, inside)
    revenue = float((treated - held_out)[inside].sum()) * visits.value
    rows = [("conversion", converted / n), ("net_revenue", revenue / n)]
    return pa.Table.from_pylist(
        [{"experiment": HOLDOUT, "metric": metric, "difference": value} for metric, value in rows],
        schema=EXPERIMENT_EFFECTS,
    )


def _visits(world: World, known_persons: pa.Table, acts: pa.Table) -> _Visits:
    """The visits of those whom sources can see on the site."""
    tables, config = world.tables, world.config
    has_consent = np.array(tables["persons"]["has_consent"].to_pylist())
    chances = tables["visit_chances"]
    person, at = chances["person_id"].to_numpy() - 1, _instants(chances, "at")
    order = np.lexsort((at, person))
    order = order[has_consent[person[order]]]
    person, at = person[order], at[order]
    bits = chances["steps"].to_numpy()[order]
    n = len(has_consent)
    known, entered = (
        _earliest(table["person_id"].to_numpy() - 1, _instants(table, column), n)
        for table, column in ((known_persons, "known_at"), (acts, "at"))
    )
    first_visit = _earliest(person, at, n)
    hits = tables["web_events"].filter(tables["web_events"]["is_macro"])
    bought = _earliest(hits["person_id"].to_numpy() - 1, _instants(hits, "at"), n)
    before = at <= bought[person]
    converts = np.full(n, -1)
    np.maximum.at(converts, person[before], at[before])
    end = milliseconds(config.end)
    starts = np.maximum(known, first_visit)
    return _Visits(
        person=person,
        at=at,
        sells=chances["log_odds"].to_numpy()[order],
        share=(chances["completed_share"].to_numpy() * chances["is_engaged"].to_numpy(zero_copy_only=False))[
            order
        ],
        done={label: (bits >> bit) & 1 == 1 for bit, label in enumerate(PARTS_OF)},
        log_ratios={label: float(np.log(ratio)) for label, ratio in config.steps.purchase_odds_ratios},
        starts=starts,
        converts=np.where(bought < NEVER, converts, NEVER),
        ends=np.where(
            (starts < NEVER) & (bought > starts), np.minimum(entered + FOLLOW_UP, end), np.int64(-1)
        ),
        value=float(np.mean(hits["revenue"].to_numpy())) if len(hits) else 0.0,
    )


def _instants(table: pa.Table, column: str) -> NDArray[np.int64]:
    microseconds: Any = table[column].cast(pa.int64())
    milliseconds_: NDArray[np.int64] = microseconds.fill_null(0).to_numpy() // 1_000
    return np.where(microseconds.is_null().to_numpy(), NEVER, milliseconds_)


def _earliest(person: Any, at: Any, size: int) -> Ints:
    first = np.full(size, NEVER)
    np.minimum.at(first, person, at)
    return first

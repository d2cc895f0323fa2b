"""Expected gains against realised ones: actions of known effect on made-up audiences, drawn many times."""

from collections.abc import Iterator

import numpy as np
import pytest

from dagster_project.statistics.experiments import Arm, rate_effect, sequence_half_width
from tests.dbt.actions.inputs import evaluate, followed, holdout, velocity
from tests.dbt.compiled_project import CompiledProject

ROUNDS = 5
SEED = 20261129


@pytest.fixture
def rules(project: CompiledProject) -> list[tuple[str, str]]:
    rows = project.rows(
        "select rule_id, segment from staging.action_rules where segment <> 'campaign_level' order by rule_id"
    )
    return [(rule, segment) for rule, segment in rows]


def add_members(project: CompiledProject, sizes: dict[str, int], segments: dict[str, str]) -> None:
    with project.connect() as connection:
        for number, (rule, size) in enumerate(sizes.items()):
            first = 1000 * number
            connection.execute(
                "insert into intermediate.int_audience_persons"
                " (audience_id, segment_id, rule_id, person_key, person_id)"
                f" select 'action.{rule}', '{segments[rule]}', '{rule}', range::int, range::varchar"
                f" from range({first}, {first + size})"
            )
        project.make_alone(connection, ("int_action_gains", "int_action_members", "rpt_actions"))


def gains(project: CompiledProject) -> Iterator[tuple[str, str, float, float, float]]:
    yield from project.rows(  # type: ignore[misc]
        "select rule_id, gain_is, gain, gain_lower, gain_upper from marts.rpt_actions"
        " where level = 'segment' and gain is not null"
    )


def drawn(random: np.random.Generator, persons: int, rate: float) -> int:
    return int(random.binomial(persons, rate))


def test_what_a_holdout_measured_contains_what_the_next_audience_brings(
    project: CompiledProject, rules: list[tuple[str, str]]
) -> None:
    """Half of an audience was mailed, a like audience is mailed next: 125 pairs."""
    random, segments = np.random.default_rng(SEED), dict(rules)
    contained = []
    for _ in range(ROUNDS):
        truths = {
            rule: (rate := random.uniform(0.03, 0.3), rate + random.uniform(-0.02, 0.1)) for rule in segments
        }
        experiments, evidence = [], []
        for rule, (untreated, treated) in truths.items():
            arms = {name: drawn(random, 300, rate) for name, rate in (("no", untreated), ("yes", treated))}
            effect = rate_effect(
                *(Arm(300, arms[name], arms[name], 0, 0, 0) for name in ("yes", "no")), theta=0.0
            )
            assert effect is not None
            experiments.append(
                holdout(f"action.{rule}", effect.difference, effect.lower, effect.upper, "ship treated")
            )
            evidence.append(followed(rule, 300, arms["no"], "purchase", converted=arms["no"]))
        evaluate(
            project,
            {"intermediate.int_action_evidence": evidence, "marts.rpt_experiments": experiments},
        )
        sizes = {rule: int(random.integers(60, 400)) for rule in segments}
        add_members(project, sizes, segments)
        for rule, kind, _, lower, upper in gains(project):
            assert kind == "measured"
            untreated, treated = truths[rule]
            realised = drawn(random, sizes[rule], treated) - drawn(random, sizes[rule], untreated)
            contained.append(lower <= realised <= upper)
    assert len(contained) == ROUNDS * len(rules) >= 60
    assert np.mean(contained) >= 0.9


def test_an_action_without_effect_is_seldom_called_harmful_by_daily_looks(
    project: CompiledProject, rules: list[tuple[str, str]]
) -> None:
    """20 persons a day and arm, 60 looks; the row is that of the day on which the action looked worst."""
    random, segments = np.random.default_rng(SEED), dict(rules)
    found, fixed = [], []
    for _ in range(ROUNDS):
        experiments = []
        for rule in segments:
            counts = random.binomial(20, 0.1, (2, 60)).cumsum(axis=1)
            looks = []
            for day in range(5, 60):
                persons = 20 * (day + 1)
                treated, untreated = (Arm(persons, float(n), float(n), 0, 0, 0) for n in counts[:, day])
                effect = rate_effect(treated, untreated, theta=0.0)
                if effect and effect.error:
                    half = sequence_half_width(effect.error, 2 * persons)
                    looks.append((effect.difference + half, effect, half))
            upper, effect, half = min(looks, key=lambda look: look[0])
            fixed.append(any(look.upper < 0 for _, look, _ in looks))
            sequence = {"sequence_lower": effect.difference - half, "sequence_upper": upper}
            experiments.append(
                holdout(
                    f"action.{rule}", effect.difference, effect.lower, effect.upper, "no winner", **sequence
                )
            )
        evidence = [followed(rule, 300, 30, "purchase", converted=30) for rule in segments]
        evaluate(
            project, {"intermediate.int_action_evidence": evidence, "marts.rpt_experiments": experiments}
        )
        add_members(project, dict.fromkeys(segments, 100), segments)
        found += project.rows("select status = 'harmful' from marts.rpt_actions where level = 'segment'")
    assert len(found) == ROUNDS * len(rules)
    assert np.mean(fixed) > 0.1  # what one look's interval would say
    assert np.mean(found) <= 0.05


def test_what_only_volunteers_showed_is_not_exceeded(
    project: CompiledProject, rules: list[tuple[str, str]]
) -> None:
    """The action leads more to the goal, and these convert at most as often as who came without it.

    In the first rounds all come to it and convert as often, which is as much as can be.
    """
    random, segments = np.random.default_rng(SEED), dict(rules)
    below, shares = [], []
    for number in range(ROUNDS):
        rates = {rule: random.uniform(0.02, 0.4) for rule in segments}
        is_most = number < 3
        lifts = {
            rule: 1 - rates[rule] if is_most else random.uniform(0, 1 - rates[rule]) for rule in segments
        }
        probability, led = random.uniform(0.1, 0.5), 1 if is_most else random.uniform(0.3, 1)
        seen = drawn(random, 500, probability) / 500
        step = velocity("cart_add", seen, seen + 1.96 * float(np.sqrt(seen * (1 - seen) / 500)))
        evidence = []
        for rule, rate in rates.items():
            reached = drawn(random, 400, rate)
            evidence.append(
                followed(
                    rule, 400, reached, converted=drawn(random, reached, probability), upper_quartile=0.9
                )
            )
        evaluate(project, {"intermediate.int_action_evidence": evidence, "marts.rpt_velocity": [step]})
        sizes = {rule: int(random.integers(60, 400)) for rule in segments}
        add_members(project, sizes, segments)
        for rule, kind, gain, lower, upper in gains(project):
            assert kind == "at most"
            assert lower <= gain <= upper
            without = drawn(random, drawn(random, sizes[rule], rates[rule]), probability)
            more = drawn(random, drawn(random, sizes[rule], lifts[rule]), probability * led)
            realised = drawn(random, drawn(random, sizes[rule], rates[rule]), probability) + more - without
            below.append(realised <= upper)
            if is_most:
                shares.append(realised / upper)
    assert len(below) == ROUNDS * len(rules) >= 60
    assert np.mean(below) >= 0.95
    # A bound that every gain stays far below says nothing.
    assert np.mean(shares) > 0.6

"""Expected gains against realised ones: actions of known effect on made-up audiences, drawn many times."""

from collections.abc import Iterator

import numpy as np
import pytest

from dagster_project.statistics.experiments import Arm, rate_effect
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
        for rule, size in sizes.items():
            connection.execute(
                "insert into intermediate.int_audience_persons"
                " (audience_id, segment_id, rule_id, person_key, person_id)"
                f" select 'action.{rule}', '{segments[rule]}', '{rule}', range::int, range::varchar"
                f" from range({size})"
            )
        project.make_alone(connection, ("rpt_actions",))


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


def test_what_only_volunteers_showed_is_not_exceeded(
    project: CompiledProject, rules: list[tuple[str, str]]
) -> None:
    """The action leads more to the goal, and these convert at most as often as who came by themselves."""
    random, segments = np.random.default_rng(SEED), dict(rules)
    below = []
    for _ in range(ROUNDS):
        rates = {rule: random.uniform(0.02, 0.4) for rule in segments}
        lifts = {rule: random.uniform(0, 1 - rates[rule]) for rule in segments}
        probability, led = random.uniform(0.1, 0.5), random.uniform(0.3, 1)
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
    assert len(below) == ROUNDS * len(rules) >= 60
    assert np.mean(below) >= 0.95

"""Each verdict on an experiment, from events: one experiment a case, all in one build."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row
from tests.dbt.steps.test_step_marts import BUY, act, build

WATERMARK = 40


@dataclass(frozen=True)
class Case:
    """Persons and buyers of arms A and B; `late` more of each arm are assigned five days before the end."""

    verdict: str
    persons: tuple[int, int] = (200, 200)
    buyers: tuple[int, int] = (20, 60)
    bought_before: tuple[int, int] = (0, 0)
    left: tuple[int, int] = (0, 0)
    assigned: float = 0
    late: int = 0
    is_planned: bool = True
    metric: str = "conversion"
    planned_arms: str = "AB"


CASES = {
    "better": Case("ship B"),
    "control_better": Case("ship A", buyers=(60, 20)),
    "alike": Case("no winner", buyers=(20, 22)),
    "young": Case("wait 9 days", assigned=WATERMARK - 5),
    "young_by_clicks": Case("wait 2 days", assigned=WATERMARK - 1, metric="human_click"),
    "over_time": Case("ship B", buyers=(20, 90), late=1),
    "over_time_unclear": Case("wait 9 days", buyers=(20, 40), late=1),
    "paused_unclear": Case("no winner", buyers=(20, 40)),
    "few": Case("no winner", persons=(20, 20), buyers=(0, 4)),
    "nobody_got_one": Case("broken", planned_arms="ABC"),
    "wrong_sizes": Case("broken", persons=(200, 100)),
    "unknown_weights": Case("no verdict: state the weights", persons=(200, 100), is_planned=False),
    "different_before": Case("broken", bought_before=(100, 40)),
    "nobody_clicks": Case("no verdict", is_planned=False),
    "leaving": Case("guardrail: B", left=(5, 60)),
}


def events(name: str, case: Case) -> Iterator[Row]:
    for number, arm in enumerate("AB"):
        for person in range(case.persons[number]):
            email = f"{name}.{arm}.{person}@shop.example"
            yield act(case.assigned, "experiment_assigned", email, experiment=name, variant=arm)
            if person < case.buyers[number]:
                yield act(case.assigned + 1, BUY, email)
            if person < case.bought_before[number]:
                yield act(case.assigned - 2, BUY, email)
            if person < case.left[number]:
                yield act(case.assigned + 2, "unsubscribe", email)
        for person in range(case.late):
            email = f"{name}.{arm}.late{person}@shop.example"
            yield act(WATERMARK - 5, "experiment_assigned", email, experiment=name, variant=arm)


@pytest.fixture(scope="module")
def verdicts(with_feeds: CompiledProject) -> Iterator[dict[str, tuple[str, bool]]]:
    """By experiment: the verdict, and whether the weights were planned."""
    planned = [
        (name, arm, 1.0, case.metric)
        for name, case in CASES.items()
        if case.is_planned
        for arm in case.planned_arms
    ]
    with_feeds.replace_seed("experiments", planned)
    rows = [row for name, case in CASES.items() for row in events(name, case)]
    build(with_feeds, rows, WATERMARK, "rpt_experiments")
    found = with_feeds.rows(
        "select distinct experiment, verdict, weights_are_planned from marts.rpt_experiments"
        " where role = 'primary'"
    )
    yield {name: (verdict, is_planned) for name, verdict, is_planned in found}
    with_feeds.replace_seed("experiments", [])


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_is(verdicts: dict[str, tuple[str, bool]], name: str) -> None:
    assert verdicts[name] == (CASES[name].verdict, CASES[name].is_planned)


@pytest.mark.usefixtures("verdicts")
def test_the_sequence_is_wider_than_the_interval(with_feeds: CompiledProject) -> None:
    [(wider, n)] = with_feeds.rows(
        "select count_if(sequence_lower < difference_lower and sequence_upper > difference_upper), count(*)"
        " from marts.rpt_experiments where difference is not null and experiment <> 'few'"
    )
    assert wider == n > len(CASES)
    few = with_feeds.rows(
        "select p_value, sequence_lower from marts.rpt_experiments"
        " where experiment = 'few' and variant = 'B' and metric = 'conversion'"
    )
    assert few == [(pytest.approx(0.106, abs=5e-4), None)]

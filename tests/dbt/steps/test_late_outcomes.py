"""Orders and steps that are reported later than what leads to them: who came before is not compared."""

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.steps.test_step_marts import ANN, BEN, BUY, STEP, VISIT, act
from tests.dbt.steps.test_value_marts import FEATURE, TRIAL, VIEW, patterns, people, trials

FIRST, LAST = "first@shop.example", "last@shop.example"


@pytest.mark.parametrize(("late", "early"), [(BUY, FEATURE), (FEATURE, BUY)])
def test_trials_from_before_their_outcome_or_step_was_reported_are_not_compared(
    with_feeds: CompiledProject, late: str, early: str
) -> None:
    news = [act(-100, VISIT, None), act(-90, early, FIRST), act(60, early, LAST)]
    trials_begun = [act(-10, TRIAL, ANN), act(1, TRIAL, BEN)]
    site = [act(0, late, FIRST), act(60, late, LAST)]
    with_feeds.build(
        {"event_files__news": [*news, *trials_begun], "event_files__site": site},
        "int_sequence_landmark_counts",
    )
    assert trials(with_feeds, "persons, immature_persons") == dict.fromkeys((1, 3, 7, 10), (1, 0))


def test_patterns_from_before_orders_were_reported_are_not_judged(with_feeds: CompiledProject) -> None:
    """Neither of those who completed it nor of the others who took as many steps."""
    news = [
        *(act(day, VISIT, None) for day in (-100, -70, -40)),  # so that no one is left-truncated
        *people(30, (-30, VIEW), (-29, STEP)),
        *people(31, (1, VIEW), (2, STEP), first=30),
        *people(4, (-30, STEP), (-29, VIEW), first=61),
        *people(5, (1, STEP), (2, VIEW), first=65),
    ]
    site = [act(0, BUY, FIRST), act(60, BUY, LAST)]
    with_feeds.build({"event_files__news": news, "event_files__site": site}, "int_pattern_counts")
    [row] = patterns(with_feeds).values()
    assert (row["persons"], row["mature_persons"], row["other_persons"]) == (61, 31, 5)

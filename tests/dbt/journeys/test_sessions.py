"""Sessions: the gap, the cap, midnight, ties, the order of arrival, and a plain Python oracle."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.journeys import oracle
from tests.dbt.journeys.compiled_models import JourneyModels

SESSIONS = ("int_event_sessions",)
START = datetime(2026, 10, 24, 22)
# Around the bars: the gap, the cap, and instants in between. Fractions of a second count.
GAPS = st.sampled_from([0, 1, 60, 1799, 1800, 1800.001, 1801, 1200, 7200, 86399, 86400, 86401]).map(
    lambda seconds: timedelta(seconds=seconds)
)
SMALL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Events of a few persons as plain dicts of what varies, with ids in no order."""
    events = []
    ids = iter(draw(st.permutations(range(1, 61))))
    for person in range(draw(st.integers(1, 3))):
        at = START
        for gap in draw(st.lists(GAPS, max_size=20)):
            at += gap
            events.append(
                {
                    "event_id": next(ids),
                    "person_key": None if person == 2 else person,
                    "at": at,
                    "event_rank": draw(st.integers(0, 2)),
                    "is_machine": draw(st.sampled_from([False, False, False, True])),
                    "is_person_action": draw(st.sampled_from([True, True, True, False])),
                }
            )
    return draw(st.permutations(events))


def told_sessions(models: JourneyModels) -> dict[int, tuple[int, ...]]:
    rows = models.rows(
        "select session_id, event_id from intermediate.int_event_sessions"
        " order by session_id, session_event_number"
    )
    return {key: tuple(event for _, event in group) for key, group in groupby(rows, key=lambda row: row[0])}


def at_minutes(models: JourneyModels, *minutes: float, first: datetime = START) -> list[dict[str, Any]]:
    return [models.event(n, 1, first + timedelta(minutes=m), None) for n, m in enumerate(minutes, start=1)]


@SMALL
@given(streams())
def test_sessions_are_those_of_the_oracle(
    journey_models: JourneyModels, stream: list[dict[str, Any]]
) -> None:
    events = [journey_models.event(kind=None, **event) for event in stream]
    journey_models.load(events, SESSIONS)
    assert set(told_sessions(journey_models).values()) == oracle.sessions(events)


def test_a_gap_of_exactly_the_timeout_does_not_split(journey_models: JourneyModels) -> None:
    journey_models.load(at_minutes(journey_models, 0, 30, 60.001), SESSIONS)
    assert set(told_sessions(journey_models).values()) == {(1, 2), (3,)}


def test_midnight_does_not_split(journey_models: JourneyModels) -> None:
    first = datetime(2026, 10, 31, 23, 50)
    journey_models.load(at_minutes(journey_models, 0, 9, 20, first=first), SESSIONS)
    assert set(told_sessions(journey_models).values()) == {(1, 2, 3)}


def test_the_hour_that_runs_twice_neither_splits_nor_joins(journey_models: JourneyModels) -> None:
    # 2026-10-25 01:00 UTC ends daylight saving time in Tallinn: wall clocks show 03:30 twice, an hour apart.
    first = datetime(2026, 10, 25, 0, 30)
    journey_models.load(at_minutes(journey_models, 0, 29, 58, 120, first=first), SESSIONS)
    assert set(told_sessions(journey_models).values()) == {(1, 2, 3), (4,)}


def test_no_session_outlasts_the_cap(journey_models: JourneyModels) -> None:
    minutes = [20 * n for n in range(3 * 75)]
    journey_models.load(at_minutes(journey_models, *minutes), SESSIONS)
    lengths = sorted(len(events) for events in told_sessions(journey_models).values())
    # 24 h hold 73 acts, both ends included; the next session begins with the act after.
    assert lengths == [6, 73, 73, 73]


def test_ties_are_broken_by_rank_then_id(journey_models: JourneyModels) -> None:
    events = [
        journey_models.event(9, 1, START, None, event_rank=7),
        journey_models.event(5, 1, START, None, event_rank=22),
        journey_models.event(7, 1, START, None, event_rank=7),
    ]
    journey_models.load(events, SESSIONS)
    assert set(told_sessions(journey_models).values()) == {(7, 9, 5)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_arrival_gives_identical_rows(journey_models: JourneyModels, seed: int) -> None:
    events = [
        journey_models.event(n, n % 4, START + timedelta(minutes=(n * 37) % 600), None, event_rank=n % 2)
        for n in range(1, 80)
    ]
    journey_models.load(events, SESSIONS)
    before = journey_models.rows("select * from intermediate.int_event_sessions order by all")
    shuffled = sorted(events, key=lambda event: (event["event_id"] * seed * 7919) % 83)
    journey_models.load(shuffled, SESSIONS)
    assert journey_models.rows("select * from intermediate.int_event_sessions order by all") == before


def test_a_session_keeps_its_id_when_persons_are_numbered_anew(journey_models: JourneyModels) -> None:
    journey_models.load(at_minutes(journey_models, 0, 5), SESSIONS)
    [before] = told_sessions(journey_models)
    journey_models.connection.execute("update intermediate.int_events_identified set person_key = 42")
    journey_models.connection.execute("update intermediate.int_person_identifiers set person_key = 42")
    [row] = journey_models.rows(
        f"select session_id from ({journey_models.sql['int_event_sessions']}\n) limit 1"
    )
    assert row == (before,)


def test_no_events_give_no_sessions(journey_models: JourneyModels) -> None:
    journey_models.load([], SESSIONS)
    assert told_sessions(journey_models) == {}

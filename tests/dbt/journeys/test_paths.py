"""Paths of exactly k steps worked by hand: who is at risk, what counts within the horizon, what has a row."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.journeys.compiled_models import JourneyModels

START = datetime(2026, 8, 1, 12)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def acts(models: JourneyModels, person: int, *timed: tuple[float, str]) -> list[dict[str, Any]]:
    return [
        models.event(
            person * 100 + n,
            person,
            START + days * DAY,
            kind,
            order_id=f"{person}-{n}" if kind == "purchase" else None,
        )
        for n, (days, kind) in enumerate(timed)
    ]


def load(models: JourneyModels, *events: list[dict[str, Any]], until: timedelta = 90 * DAY) -> None:
    """Some acts, and one without a person when the data ends."""
    listed = [event for some in events for event in some]
    listed.append(models.event(99_999, None, START + until, None))
    models.load(listed, models.up_to("int_path_counts"))


def prefixes(models: JourneyModels) -> dict[str, tuple[int, int, int]]:
    rows = models.rows(
        "select path_length, path, persons, mature_persons, converted from intermediate.int_path_prefixes"
    )
    assert all(path.count(" > ") == length - 1 for length, path, *_ in rows)
    return {path: (persons, mature, converted) for _, path, persons, mature, converted in rows}


def test_a_person_is_at_risk_from_every_step_on(journey_models: JourneyModels) -> None:
    """Whose path stops after two steps is in the rows of one and two steps, not in those of three."""
    load(
        journey_models,
        acts(journey_models, 1, (0, "email_open"), (1, "email_click"), (2, "email_click"), (3, "cart_add")),
        acts(journey_models, 2, (0, "email_open"), (1, "email_click")),
    )
    assert prefixes(journey_models) == {
        "email_open": (2, 2, 0),
        "email_open > email_click": (2, 2, 0),
        "email_open > email_click > cart_add": (1, 1, 0),
    }


@pytest.mark.parametrize(("late", "converted"), [(timedelta(0), 1), (MOMENT, 0)])
def test_a_purchase_counts_until_the_end_of_the_horizon(
    journey_models: JourneyModels, late: timedelta, converted: int
) -> None:
    purchase = journey_models.event(2, 1, START + 30 * DAY + late, "purchase", order_id="A")
    load(journey_models, acts(journey_models, 1, (0, "email_open")), [purchase])
    assert prefixes(journey_models) == {"email_open": (1, 1, converted)}


@pytest.mark.parametrize(("early", "mature"), [(timedelta(0), 1), (MOMENT, 0)])
def test_a_path_is_mature_when_its_horizon_is_over(
    journey_models: JourneyModels, early: timedelta, mature: int
) -> None:
    """Bought or not: else only those who bought would be mature early."""
    load(
        journey_models,
        acts(journey_models, 1, (0, "email_open"), (1, "purchase")),
        until=30 * DAY - early,
    )
    assert prefixes(journey_models) == {"email_open": (1, mature, mature)}


def test_only_the_first_journey_has_a_path(journey_models: JourneyModels) -> None:
    load(
        journey_models,
        acts(journey_models, 1, (0, "email_open"), (1, "purchase"), (2, "cart_add"), (3, "purchase")),
    )
    assert prefixes(journey_models) == {"email_open": (1, 1, 1)}


@pytest.mark.parametrize(("persons", "path"), [(30, "email_open > cart_add"), (29, "(all other paths)")])
def test_a_path_has_its_own_row_from_the_minimum_on(
    journey_models: JourneyModels, persons: int, path: str
) -> None:
    """Thirty persons are the minimum; the remainder has a row of its own for every number of steps."""
    events = []
    for person in range(persons):
        events += acts(journey_models, person, (0, "email_open"), (1, "cart_add"))
    load(journey_models, events)
    rows = journey_models.rows(
        "select path, persons from intermediate.int_path_counts where path_length = 2 order by persons desc"
    )
    assert rows[0] == (path, persons)
    assert ("(all other paths)", 0 if persons == 30 else persons) in rows

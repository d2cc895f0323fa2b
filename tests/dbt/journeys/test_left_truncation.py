"""Who existed before the data begin, or may have, is in no cohort of new persons."""

from datetime import date, datetime, timedelta

import pytest

from tests.dbt.journeys.compiled_models import JourneyModels
from tests.dbt.journeys.test_silent_sources import DAY, START, load


@pytest.mark.parametrize(
    ("since", "is_left_truncated"),
    [
        # A contact record from before the site's first event, and one from the time of the first act.
        (START - DAY, True),
        (START + 40 * DAY, False),
        (None, False),
    ],
)
def test_who_existed_before_the_data_is_left_truncated(
    journey_models: JourneyModels, since: datetime | None, is_left_truncated: bool
) -> None:
    """Person 2 is first seen forty days after the data begin."""
    load(
        journey_models,
        ["int_cohort_counts"],
        [(0, "cart_add")],
        [(40, "cart_add")],
        contacts_since={2: since} if since else {},
    )
    start = START.date() + 35 * DAY
    assert journey_models.rows(
        "select is_left_truncated, active from intermediate.int_cohort_counts"
        f" where cohort_by = 'first_touch'"
        f" and cohort_grain = 'week' and cohort_start = '{start}' and period_number = 0"
    ) == [(is_left_truncated, 1)]


@pytest.mark.parametrize(
    ("first_seen", "since", "is_left_truncated"),
    [
        (6.9, None, True),
        (7.0, None, False),
        # The record is as old as the first act: somebody new.
        (3.0, START + 3 * DAY, False),
        (3.0, START + 4 * DAY - timedelta(microseconds=1), False),
        # Signed up later: they may have visited before the data begin.
        (3.0, START + 4 * DAY, True),
    ],
)
def test_the_first_week_of_a_source_tells_nothing_of_who_is_new(
    journey_models: JourneyModels, first_seen: float, since: datetime | None, is_left_truncated: bool
) -> None:
    load(
        journey_models,
        ["int_left_truncated_persons"],
        [(0, "cart_add")],
        [(first_seen, "cart_add")],
        contacts_since={2: since} if since else {},
    )
    found = journey_models.rows("select person_key from intermediate.int_left_truncated_persons order by 1")
    assert ((2,) in found) == is_left_truncated


def test_data_begin_with_each_source(journey_models: JourneyModels) -> None:
    """The feed begins forty days after the site; who is first seen there then may be old."""
    load(
        journey_models,
        ["int_left_truncated_persons"],
        [(0, "cart_add")],
        [(40, "checkout_start")],
        [(40, "cart_add")],
        contacts_since={},
        watermarks={},
    )
    assert journey_models.rows(
        "select person_key from intermediate.int_left_truncated_persons order by 1"
    ) == [
        (1,),
        (2,),
    ]


def test_data_begin_with_each_feed(journey_models: JourneyModels) -> None:
    """Two feeds of one source: in the older one forty days is long enough to see who is new."""
    news = {"source": "event_files", "feed": "news"}
    checkout = {"source": "event_files", "feed": "checkout"}
    events = [
        journey_models.event(1, 1, START, "cart_add", **news),
        journey_models.event(2, 2, START + 40 * DAY, "cart_add", **news),
        journey_models.event(3, 3, START + 40 * DAY, "cart_add", **checkout),
    ]
    journey_models.load(events, journey_models.up_to("int_left_truncated_persons"), contacts_since={})
    assert journey_models.rows(
        "select person_key from intermediate.int_left_truncated_persons order by 1"
    ) == [
        (1,),
        (3,),
    ]


def test_an_email_to_a_person_shows_that_they_existed(journey_models: JourneyModels) -> None:
    """Mailed in the first week of the data, first active long after: not new."""
    events = [
        journey_models.event(1, 1, START, "cart_add"),
        journey_models.event(2, 2, START + DAY, None, event_name="scroll", is_person_action=False),
        journey_models.event(3, 2, START + 50 * DAY, "cart_add"),
    ]
    journey_models.load(events, journey_models.up_to("int_left_truncated_persons"), contacts_since={})
    assert journey_models.rows(
        "select person_key from intermediate.int_left_truncated_persons order by 1"
    ) == [
        (1,),
        (2,),
    ]


def test_the_first_cohort_is_apart_from_those_who_are_new(journey_models: JourneyModels) -> None:
    """Both are of one week: the rows do not mix, and together they are everybody."""
    load(
        journey_models,
        ["int_cohort_counts"],
        [(0, "cart_add"), (8, "cart_add")],
        [(1, "cart_add")],
        contacts_since={2: START + DAY},
        watermarks={},
    )
    assert journey_models.rows(
        "select cohort_start, is_left_truncated, cohort_size, period_number, active"
        " from intermediate.int_cohort_counts"
        " where cohort_by = 'first_touch' and cohort_grain = 'week' and period_number < 2 order by 2, 4"
    ) == [
        (date(2026, 8, 3), False, 1, 0, 1),
        (date(2026, 8, 3), False, 1, 1, 0),
        (date(2026, 8, 3), True, 1, 0, 1),
        (date(2026, 8, 3), True, 1, 1, 1),
    ]


def test_funnels_and_transitions_leave_out_who_may_have_entered_before(journey_models: JourneyModels) -> None:
    """Three persons of one week, of whom one is known to be new then; who only opened counts as well."""
    load(
        journey_models,
        ["int_stage_transition_counts", "int_funnel_counts"],
        [(1, "email_open"), (1, "email_click"), (3, "purchase")],
        [(1, "email_open"), (1, "email_click")],
        [(1, "email_open")],
        contacts_since={2: START + DAY},
        watermarks={},
    )
    assert journey_models.rows(
        "select persons_at_risk, reached, left_truncated from intermediate.int_stage_transition_counts"
        " where from_stage = 'awareness' and person_population = 'known'"
    ) == [(1, 1, 2)]
    assert journey_models.rows(
        "select distinct entrants + immature_entrants, left_truncated_entrants"
        " from intermediate.int_funnel_counts"
        " where sequence_id = 'store_purchase' and person_population = 'known'"
    ) == [(1, 1)]

"""Windows, minima and simultaneous events exactly at their edge, where `<` and `<=` differ."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.dbt.journeys.compiled_models import JourneyModels

START = datetime(2026, 9, 1, 12)
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


def completion(models: JourneyModels, micro_conversion: str) -> tuple[Any, ...]:
    [counts] = models.rows(
        "select eligible, immature, completed, completed_gross from intermediate.int_completion_counts"
        f" where micro_conversion = '{micro_conversion}' and slice_type = 'overall'"
    )
    return counts


def build_email_clicks(models: JourneyModels, *clicked_after: timedelta, delivered: bool = True) -> None:
    """One e-mail, sent to as many persons as there are clicks on it; all windows have passed."""
    sends = [
        (person, "news", "news", START, START if delivered else None)
        for person, _ in enumerate(clicked_after, start=1)
    ]
    clicks = [
        models.event(person, person, START + after, "email_click", source="smaily", email_id="news")
        for person, after in enumerate(clicked_after, start=1)
    ]
    models.load([*clicks, models.event(99, 99, START + 90 * DAY, None)], sends=sends)


def test_the_window_of_an_email_includes_both_its_ends(journey_models: JourneyModels) -> None:
    build_email_clicks(journey_models, timedelta(0), 7 * DAY, 7 * DAY + MOMENT, -MOMENT)
    assert completion(journey_models, "email_click") == (4, 0, 2, 2)


def test_an_undelivered_email_is_neither_eligible_nor_completed(journey_models: JourneyModels) -> None:
    build_email_clicks(journey_models, DAY, delivered=False)
    assert journey_models.rows("from intermediate.int_email_completions") == []


def test_a_bounce_completes_an_email_that_was_sent_only(journey_models: JourneyModels) -> None:
    bounce = journey_models.event(1, 1, START + DAY, "hard_bounce", source="smaily", email_id="news")
    journey_models.load(
        [bounce, journey_models.event(2, 2, START + 90 * DAY, None)],
        sends=[(1, "news", "news", START, None)],
    )
    assert completion(journey_models, "hard_bounce") == (1, 0, 1, 1)


@pytest.mark.parametrize(("early", "expected"), [(timedelta(0), (1, 0)), (MOMENT, (0, 1))])
def test_an_email_is_mature_at_the_end_of_its_window(
    journey_models: JourneyModels, early: timedelta, expected: tuple[int, int]
) -> None:
    journey_models.load(
        [journey_models.event(1, 2, START + 7 * DAY - early, None)],
        sends=[(1, "news", "news", START, START)],
    )
    assert completion(journey_models, "email_open")[:2] == expected


def test_the_window_of_a_person_includes_both_its_ends(journey_models: JourneyModels) -> None:
    events = []
    for person, after in enumerate((timedelta(0), 30 * DAY, 30 * DAY + MOMENT), start=1):
        events.append(journey_models.event(2 * person, person, START, "product_page_visit"))
        events.append(journey_models.event(2 * person + 1, person, START + after, "cart_add"))
    journey_models.load([*events, journey_models.event(99, 99, START + 90 * DAY, None)])
    assert completion(journey_models, "cart_add") == (3, 0, 2, 2)


@pytest.mark.parametrize(("early", "expected"), [(timedelta(0), (1, 0)), (MOMENT, (0, 1))])
def test_a_person_is_mature_at_the_end_of_the_window(
    journey_models: JourneyModels, early: timedelta, expected: tuple[int, int]
) -> None:
    journey_models.load(
        [
            journey_models.event(1, 1, START, "product_page_visit"),
            journey_models.event(2, 2, START + 30 * DAY - early, None),
        ]
    )
    assert completion(journey_models, "cart_add")[:2] == expected


@pytest.mark.parametrize(("early", "expected"), [(timedelta(0), (1, 0)), (MOMENT, (0, 1))])
def test_an_entrant_is_mature_at_the_end_of_the_sequence(
    journey_models: JourneyModels, early: timedelta, expected: tuple[int, int]
) -> None:
    [(days,)] = journey_models.rows(
        "select sum(max_days_from_previous)::integer from staging.journey_sequences"
        " where sequence_id = 'store_purchase'"
    )
    journey_models.load(
        [
            journey_models.event(1, 1, START, "email_click"),
            journey_models.event(2, 2, START + days * DAY - early, None),
        ]
    )
    assert journey_models.rows(
        "select entrants, immature_entrants from intermediate.int_funnel_counts"
        " where sequence_id = 'store_purchase' and step_number = 1 and person_population = 'known'"
    ) == [expected]


@pytest.mark.parametrize(("late", "reached"), [(timedelta(0), 3), (MOMENT, 1)])
def test_a_step_is_in_time_on_its_last_day(
    journey_models: JourneyModels, late: timedelta, reached: int
) -> None:
    """Of `loyalty`: a rewards page a day after the click, and the sign-up thirty days after that."""
    visited = START + DAY + late
    journey_models.load(
        [
            journey_models.event(1, 1, START, "email_click"),
            journey_models.event(2, 1, visited, "rewards_page_visit"),
            journey_models.event(3, 1, visited + 30 * DAY, "loyalty_signup"),
        ]
    )
    assert journey_models.rows(
        "select furthest_step from intermediate.int_sequence_persons where sequence_id = 'loyalty'"
    ) == [(reached,)]


def test_leaving_at_the_instant_of_the_next_stage_ends_that_one(journey_models: JourneyModels) -> None:
    left_at = START + DAY
    journey_models.load(
        [
            journey_models.event(1, 1, START, "email_open"),
            journey_models.event(2, 1, left_at, "cart_add"),
            journey_models.event(3, 1, left_at, "unsubscribe", source="smaily"),
        ]
    )
    assert journey_models.rows(
        "select from_stage, to_stage, seconds from intermediate.int_stage_visit_outcomes order by entered_at"
    ) == [("awareness", "decision", 86_400), ("decision", "lost", 0)]


def test_only_a_person_leaves_the_list(journey_models: JourneyModels) -> None:
    """A catalogue may take a click on a link for the leaving; then a scanner must not leave for a person."""
    journey_models.load(
        [
            journey_models.event(1, 1, START, "unsubscribe", is_machine=True),
            journey_models.event(2, 2, START, "unsubscribe"),
            journey_models.event(3, None, START, "unsubscribe"),
            journey_models.event(4, 3, START, "soft_bounce"),
        ]
    )
    assert journey_models.rows("select person_key, reason from intermediate.int_person_exits") == [
        (2, "unsubscribe")
    ]


@pytest.mark.parametrize(("early", "is_mature"), [(timedelta(0), True), (MOMENT, False)])
def test_a_week_is_over_at_midnight(journey_models: JourneyModels, early: timedelta, is_mature: bool) -> None:
    monday = datetime(2026, 9, 7)
    journey_models.load(
        [
            journey_models.event(1, 1, START, "email_open"),
            journey_models.event(2, None, monday - early, None),
        ]
    )
    assert journey_models.rows(
        "select is_mature from intermediate.int_cohort_counts"
        f" where cohort_by = 'first_touch'"
        f" and cohort_grain = 'week' and cohort_start = '{date(2026, 8, 31)}' and period_number = 0"
    ) == [(is_mature,)]


def test_one_human_click_outweighs_the_scanners(journey_models: JourneyModels) -> None:
    def click(number: int, person: int, is_machine: bool) -> dict[str, Any]:
        more = {"source": "smaily", "email_id": "news", "is_machine": is_machine}
        return journey_models.event(number, person, START + DAY, "email_click", **more)

    journey_models.load(
        [
            click(1, 1, True),
            click(2, 1, False),
            click(3, 2, True),
            journey_models.event(4, 3, START + 90 * DAY, None),
        ],
        sends=[(person, "news", "news", START, START) for person in (1, 2)],
    )
    assert completion(journey_models, "email_click") == (2, 0, 1, 2)


def test_reading_an_email_is_no_visit_of_the_site(journey_models: JourneyModels) -> None:
    journey_models.load(
        [
            journey_models.event(1, 1, START, "email_open", source="smaily"),
            journey_models.event(2, 2, START, None, device="mobile"),
            journey_models.event(3, 3, START + 90 * DAY, None),
        ]
    )
    assert completion(journey_models, "resource_download") == (1, 0, 0, 0)


def test_what_counts_as_the_exposure_exposes(journey_models: JourneyModels) -> None:
    """A call that is followed is a click, and a click exposes to the landing page."""
    journey_models.load(
        [
            journey_models.event(1, 1, START, "cta_click", source="smaily"),
            journey_models.event(2, 1, START, "landing_page_visit"),
            journey_models.event(3, 2, START + 90 * DAY, None),
        ]
    )
    assert completion(journey_models, "landing_page_visit") == (1, 0, 1, 1)


def test_a_person_completes_once_however_often(journey_models: JourneyModels) -> None:
    journey_models.load(
        [
            journey_models.event(1, 1, START, "product_page_visit"),
            journey_models.event(2, 1, START + DAY, "cart_add"),
            journey_models.event(3, 1, START + 2 * DAY, "cart_add"),
            journey_models.event(4, 2, START + 90 * DAY, None),
        ]
    )
    assert completion(journey_models, "cart_add") == (1, 0, 1, 1)


def test_a_stage_counts_persons_and_not_their_stays(journey_models: JourneyModels) -> None:
    """One person goes from awareness to decision twice, and leaves the list twice after that."""
    kinds = ("email_open", "cart_add", "email_open", "cart_add")
    stays = [journey_models.event(n, 1, START + n * DAY, kind) for n, kind in enumerate(kinds, 1)]
    exits = [
        journey_models.event(10 + n, 1, START + (5 + n) * DAY, "unsubscribe", source="smaily")
        for n in range(2)
    ]
    journey_models.load([*stays, *exits])
    counts = journey_models.rows(
        "select from_stage, to_stage, persons, persons_at_risk from intermediate.int_stage_visit_counts"
        " order by all"
    )
    assert counts == [
        ("awareness", "decision", 1, 1),
        ("decision", "awareness", 1, 1),
        ("decision", "lost", 1, 1),
    ]
    assert journey_models.rows(
        "select seconds from intermediate.int_stage_visit_outcomes where to_stage = 'lost'"
    ) == [(86_400,)]
    assert journey_models.rows(
        "select stage, is_regression from marts.fct_journey_stages order by entered_at"
    ) == [("awareness", False), ("decision", False), ("awareness", True), ("decision", False)]


@pytest.mark.parametrize(("after", "exited"), [(DAY, True), (DAY + MOMENT, False)])
def test_leaving_belongs_to_the_journey_until_its_conversion(
    journey_models: JourneyModels, after: timedelta, exited: bool
) -> None:
    journey_models.load(
        [
            journey_models.event(1, 1, START, "email_open"),
            journey_models.event(2, 1, START + DAY, "purchase", order_id="T-1", revenue=5.0),
            journey_models.event(3, 1, START + after, "unsubscribe", source="smaily", event_rank=9),
        ]
    )
    assert journey_models.rows(
        "select exited_at is not null from marts.fct_journeys where journey_number = 1"
    ) == [(exited,)]


@pytest.mark.parametrize(
    ("engagement", "pages", "engaged"), [(10.0, 1, True), (9.99, 1, False), (0.0, 2, True), (0.0, 1, False)]
)
def test_a_session_is_engaged_from_the_threshold_on(
    journey_models: JourneyModels, engagement: float, pages: int, engaged: bool
) -> None:
    page = {"event_name": "page_view", "engagement_seconds": engagement / pages}
    journey_models.load(
        [journey_models.event(n, 1, START + timedelta(minutes=n), None, **page) for n in range(pages)]
    )
    assert journey_models.rows("select page_views, engaged from marts.fct_sessions") == [(pages, engaged)]


def test_a_session_has_the_traffic_of_the_first_act_that_says_any(journey_models: JourneyModels) -> None:
    def act(number: int, **values: Any) -> dict[str, Any]:
        return journey_models.event(number, 1, START + timedelta(minutes=number), None, **values)

    mail = {"source": "smaily", "campaign_key": "smaily-1"}
    journey_models.load([act(1, **mail)])
    assert journey_models.rows("select source, medium, campaign from marts.fct_sessions") == [
        ("smaily", "email", None)
    ]
    journey_models.load(
        [
            act(1, **mail),
            act(2, traffic_source="google"),
            act(3, traffic_source="bing", traffic_medium="cpc", traffic_campaign="autumn"),
        ]
    )
    assert journey_models.rows("select source, medium, campaign from marts.fct_sessions") == [
        ("google", None, None)
    ]

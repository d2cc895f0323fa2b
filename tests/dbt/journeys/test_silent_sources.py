"""What is reported by a feed that fell silent is not held for "not done", whichever report asks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.dbt.journeys.compiled_models import JourneyModels
from tests.dbt.journeys.test_funnels import sequence

START = datetime(2026, 8, 3, 12)
DAY = timedelta(days=1)
END = START + 90 * DAY
# The checkout's feed is known for twenty days, the site for ninety.
SILENT = {"checkout": START + 20 * DAY}
CHECKOUT = {"source": "event_files", "feed": "checkout"}
Timed = tuple[float, str]


def acts(models: JourneyModels, person: int, *timed: Timed) -> list[dict[str, Any]]:
    """Acts of a person; checkouts and purchases are reported by the feed."""
    return [
        models.event(
            person * 100 + n,
            person,
            START + days * DAY,
            kind,
            order_id=f"{person}-{n}" if kind == "purchase" else None,
            **(CHECKOUT if kind in ("checkout_start", "purchase") else {}),
        )
        for n, (days, kind) in enumerate(timed)
    ]


def load(models: JourneyModels, target: Sequence[str], *persons: Sequence[Timed], **given: Any) -> None:
    """Persons from 1, and an act without a person on the last day."""
    events = [event for number, timed in enumerate(persons, 1) for event in acts(models, number, *timed)]
    events.append(models.event(99_999, None, END, None))
    models.load(events, models.up_to(*target), **{"watermarks": SILENT, **given})


def test_entrants_of_a_funnel_wait_for_the_slowest_step(journey_models: JourneyModels) -> None:
    """Windows of five days: who enters on the tenth day is mature, who enters on the sixteenth is not."""
    with sequence(journey_models, ("cart_add", False, None, False), ("checkout_start", False, 5, False)):
        load(
            journey_models,
            ["int_funnel_counts"],
            [(10, "cart_add"), (11, "checkout_start")],
            [(16, "cart_add")],
            [(60, "cart_add")],
        )
        assert journey_models.rows(
            "select entrants, immature_entrants, reached from intermediate.int_funnel_counts"
            " where sequence_id = 'mine' and person_population = 'known' order by step_number"
        ) == [(1, 2, 1), (1, 2, 1)]


def test_a_funnel_waits_for_no_step_that_nobody_can_report(journey_models: JourneyModels) -> None:
    steps = (
        ("cart_add", False, None, False),
        ("email_open", False, 5, False),
        ("checkout_start", True, 5, False),
    )
    with sequence(journey_models, *steps):
        load(
            journey_models,
            ["int_funnel_counts"],
            [(5, "checkout_start")],
            [(30, "cart_add"), (31, "email_open")],
            unruled=["checkout_start"],
        )
        assert journey_models.rows(
            "select entrants, immature_entrants from intermediate.int_funnel_counts"
            " where sequence_id = 'mine' and person_population = 'known' and step_number = 2"
        ) == [(1, 0)]


def test_durations_of_a_funnel_without_a_window_end_where_the_slowest_step_is_known(
    journey_models: JourneyModels,
) -> None:
    """A step reported after that does not count either: those of the silent feed are missing."""
    with sequence(journey_models, ("cart_add", False, None, False), ("checkout_start", False, None, False)):
        load(
            journey_models,
            ["int_funnel_durations"],
            [(1, "cart_add"), (2, "checkout_start")],
            [(1, "cart_add"), (30, "checkout_start")],
            [(25, "cart_add"), (26, "checkout_start")],
        )
        assert journey_models.rows(
            "select person_key, is_reached, seconds_from_entry / 86400 from intermediate.int_funnel_durations"
            " where sequence_id = 'mine' and step_number = 2 order by 1"
        ) == [(1, True, 1.0), (2, False, 19.0)]


def test_stage_transitions_end_where_the_later_stages_are_known(journey_models: JourneyModels) -> None:
    load(
        journey_models,
        ["int_stage_transition_counts", "int_stage_transition_follow_up"],
        [(0, "cart_add"), (4, "purchase")],
        [(0, "cart_add"), (30, "purchase")],
        [(15, "cart_add")],
        [(40, "cart_add"), (41, "purchase")],
    )
    assert journey_models.rows(
        "select person_key, outcome, seconds / 86400 from intermediate.int_stage_transition_follow_up"
        " where from_stage = 'decision' order by 1"
    ) == [(1, "reached", 4.0), (2, None, 20.0), (3, None, 5.0)]
    assert journey_models.rows(
        "select persons_at_risk, reached, censored from intermediate.int_stage_transition_counts"
        " where from_stage = 'decision' and person_population = 'known'"
    ) == [(3, 1, 2)]


def test_stage_visits_end_where_all_stages_are_known(journey_models: JourneyModels) -> None:
    load(
        journey_models,
        ["int_stage_visit_follow_up"],
        [(0, "cart_add"), (4, "purchase")],
        [(0, "cart_add"), (30, "purchase")],
        [(40, "cart_add"), (41, "purchase")],
    )
    assert journey_models.rows(
        "select person_key, to_stage, seconds / 86400 from intermediate.int_stage_visit_follow_up"
        " where from_stage = 'decision' order by 1"
    ) == [(1, "customer", 4.0), (2, None, 20.0)]


def test_exits_of_a_silent_feed_hold_transitions_up(journey_models: JourneyModels) -> None:
    """Leaving competes with going on, so that both must be known."""
    events = acts(journey_models, 1, (0, "cart_add")) + acts(journey_models, 2, (10, "cart_add"))
    events.append(journey_models.event(1, 1, START + 2 * DAY, "unsubscribe", **CHECKOUT))
    # The stage itself is reported by the site, which goes on.
    events.append(journey_models.event(3, 3, START + DAY, "purchase", order_id="of the site"))
    events.append(journey_models.event(4, None, END, None))
    journey_models.load(events, journey_models.up_to("int_stage_transition_follow_up"), watermarks=SILENT)
    assert journey_models.rows(
        "select person_key, outcome, seconds / 86400 from intermediate.int_stage_transition_follow_up"
        " where from_stage = 'decision' order by 1"
    ) == [(1, "left", 2.0), (2, None, 10.0)]


def test_paths_are_followed_as_long_as_purchases_are_known(journey_models: JourneyModels) -> None:
    """A horizon of thirty days, and purchases known for forty."""
    load(
        journey_models,
        ["int_path_prefixes"],
        [(9, "cart_add"), (35, "purchase")],
        [(11, "cart_add"), (12, "purchase")],
        watermarks={"checkout": START + 40 * DAY},
    )
    assert journey_models.rows(
        "select path, persons, mature_persons, converted from intermediate.int_path_prefixes"
    ) == [("cart_add", 2, 1, 1)]


def test_an_open_journey_is_censored_where_purchases_are_known(journey_models: JourneyModels) -> None:
    """One that was entered after that has not been followed at all."""
    load(
        journey_models,
        ["fct_journeys"],
        [(0, "cart_add")],
        [(30, "cart_add")],
        [(1, "cart_add"), (2.5, "purchase")],
    )
    assert journey_models.rows(
        "select person_key, censored_at, duration_seconds from marts.fct_journeys order by 1"
    ) == [
        (1, START + 20 * DAY, 20 * 86_400),
        (2, START + 30 * DAY, 0),
        (3, None, 1.5 * 86_400),
    ]


def test_a_period_of_a_cohort_is_over_for_every_source_of_activity(journey_models: JourneyModels) -> None:
    """Cohort of the third of August; purchases are activity, known until the 23rd: three weeks, not four."""
    load(journey_models, ["int_cohort_counts"], [(0, "cart_add"), (1, "purchase"), (22, "cart_add")])
    assert journey_models.rows(
        "select period_number, is_mature, active from intermediate.int_cohort_counts"
        " where cohort_by = 'first_touch' and cohort_grain = 'week' and period_number < 5 order by 1"
    ) == [(0, True, 1), (1, True, 0), (2, False, 0), (3, False, 1), (4, False, 0)]


def test_the_next_step_is_awaited_from_its_own_source(journey_models: JourneyModels) -> None:
    """Seven days after a cart, known for the wish list but not for the checkout."""
    events = [
        *acts(journey_models, 1, (0, "cart_add"), (1, "checkout_start")),
        *acts(journey_models, 2, (0, "cart_add"), (1, "wishlist_add")),
        *acts(journey_models, 3, (30, "cart_add"), (31, "wishlist_add")),
        journey_models.event(99_999, None, END, None),
    ]
    journey_models.load(events, journey_models.up_to("int_predecessor_counts"), watermarks=SILENT)
    found = journey_models.rows(
        "select micro_conversion::varchar, persons, continued from intermediate.int_predecessor_counts"
        " where previous_micro_conversion = 'cart_add' order by 1"
    )
    assert found == [("checkout_start", 2, 1), ("wishlist_add", 3, 2)]


def test_durations_keep_fractions_of_seconds(journey_models: JourneyModels) -> None:
    half = timedelta(seconds=0.5)
    events = [
        journey_models.event(1, 1, START, "product_page_visit"),
        journey_models.event(2, 1, START + half, "cart_add"),
        journey_models.event(3, 1, START + 2.5 * half, "purchase", order_id="o"),
    ]
    journey_models.load(
        events,
        journey_models.up_to("fct_journeys", "fct_sessions", "fct_micro_conversions", "fct_journey_stages"),
    )
    for column, expected in {
        "duration_seconds from marts.fct_journeys": [(1.25,)],
        "duration_seconds from marts.fct_sessions": [(1.25,)],
        "seconds_since_previous from marts.fct_micro_conversions order by event_id": [(None,), (0.5,)],
        "dwell_seconds from marts.fct_journey_stages order by span_number": [(0.5,), (0.75,), (0.0,)],
    }.items():
        assert journey_models.rows(f"select {column}") == expected, column

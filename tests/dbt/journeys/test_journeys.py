"""Journeys, paths, sequences and stages against a plain Python oracle, and the cases that decide."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.journeys import oracle
from tests.dbt.journeys.compiled_models import JourneyModels

START = datetime(2026, 9, 1, 12)
KINDS = [
    None, "email_open", "email_click", "cta_click", "category_page_visit", "product_page_visit",
    "wishlist_add", "cart_add", "checkout_start", "newsletter_signup", "resource_download", "unsubscribe",
    "purchase", "repeat_purchase", "loyalty_signup", "review_invitation_click", "trustpilot_review",
]  # fmt: skip
GAPS = [
    timedelta(0),
    timedelta(minutes=5),
    timedelta(hours=23),
    timedelta(days=1),
    timedelta(days=1, seconds=1),
]
GAPS += [timedelta(days=2), timedelta(days=7), timedelta(days=9)]
SMALL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    events = []
    ids = iter(draw(st.permutations(range(1, 61))))
    for person in range(draw(st.integers(1, 3))):
        at = START
        for _ in range(draw(st.integers(0, 20))):
            at += draw(st.sampled_from(GAPS))
            kind = draw(st.sampled_from(KINDS))
            events.append(
                {
                    "event_id": next(ids),
                    "person_key": person,
                    "at": at,
                    "kind": kind,
                    "order_id": draw(st.sampled_from([None, "order 1", "order 2", "order 3"])),
                    "revenue": draw(st.sampled_from([None, 10.0, 20.0])),
                    "is_machine": draw(st.sampled_from([False, False, False, True])),
                }
            )
    return draw(st.permutations(events))


def polarities(models: JourneyModels) -> dict[str, str]:
    return dict(models.rows("select micro_conversion, polarity from staging.micro_conversion_types"))


def sequences(models: JourneyModels) -> dict[str, list[oracle.Step]]:
    counts = defaultdict(set)
    for micro_conversion, counts_as in models.rows("select * from intermediate.int_micro_conversion_lineage"):
        counts[counts_as].add(micro_conversion)
    found = defaultdict(list)
    for sequence, number, micro_conversion, is_optional, days, is_of_referred_person in models.rows(
        "select sequence_id, step_number, micro_conversion, is_optional, max_days_from_previous,"
        " is_of_referred_person from staging.journey_sequences order by sequence_id, step_number"
    ):
        found[sequence].append(
            oracle.Step(number, frozenset(counts[micro_conversion]), is_optional, days, is_of_referred_person)
        )
    return found


def told_paths(models: JourneyModels) -> list[tuple[Any, ...]]:
    return models.rows(
        "select person_key, converted, path from marts.fct_journeys order by person_key, journey_number"
    )


@SMALL
@given(streams())
def test_journeys_stages_and_sequences_are_those_of_the_oracle(
    journey_models: JourneyModels, stream: list[dict[str, Any]]
) -> None:
    events = [journey_models.event(**{"kind": None, **event}) for event in stream]
    journey_models.load(events)
    kinds = polarities(journey_models)
    expected = oracle.journeys(events)

    assert told_paths(journey_models) == [(j.person_key, j.converted, j.path(kinds)) for j in expected]
    kept = journey_models.rows("select event_id, revenue from marts.fct_macro_conversions")
    assert dict(kept) == oracle.kept_macro_conversions(events)
    spans = journey_models.rows("select person_key, stage, entered_at from marts.fct_journey_stages")
    assert set(spans) == oracle.stage_spans(expected, kinds)

    acts: dict[int, list[Any]] = defaultdict(list)
    for journey in expected:
        acts[journey.person_key].extend(journey.acts)
    progress = set()
    for sequence, steps in sequences(journey_models).items():
        for of_person in acts.values():
            first = oracle.reached_steps(of_person, steps, first_attempt_only=True)
            first |= oracle.steps_before_entry(of_person, steps)
            reached = oracle.reached_steps(of_person, steps) | first
            progress |= {(sequence, *state, state in first) for state in reached}
    found = journey_models.rows(
        "select sequence_id, event_id, step_number, is_first_attempt from intermediate.int_sequence_progress"
    )
    assert len(found) == len(set(found))
    assert set(found) == progress


def visits(
    models: JourneyModels, *kinds: str | None, person: int = 1, hours: float = 1, **more: Any
) -> list[dict[str, Any]]:
    """One event of each kind, `hours` apart, with ids that continue per person."""
    return [
        models.event(person * 100 + n, person, START + n * timedelta(hours=hours), kind, **more)
        for n, kind in enumerate(kinds)
    ]


def test_immediate_repeats_collapse_but_returns_do_not(journey_models: JourneyModels) -> None:
    journey_models.load(visits(journey_models, "email_open", "email_open", "email_click", None, "email_open"))
    assert told_paths(journey_models) == [(1, False, "email_open > email_click > email_open")]


def test_an_order_told_twice_ends_one_journey(journey_models: JourneyModels) -> None:
    events = [
        *visits(journey_models, "cart_add", "purchase", order_id="A-1"),
        journey_models.event(
            7, 1, START + timedelta(hours=2), "purchase", order_id="A-1", revenue=12.5, source="event_files"
        ),
        journey_models.event(8, None, START, "purchase", order_id="A-1"),
    ]
    journey_models.load(events)
    assert told_paths(journey_models) == [(1, True, "cart_add")]
    assert journey_models.rows(
        "select person_key, occurred_at, revenue, sources, source_event_count"
        " from marts.fct_macro_conversions"
    ) == [(1, START + timedelta(hours=1), 12.5, "event_files, google_analytics", 3)]
    assert journey_models.rows("select sum(revenue), count(*) from marts.fct_sessions where converted") == [
        (12.5, 1)
    ]


def test_a_journey_begins_anew_after_a_macro_conversion(journey_models: JourneyModels) -> None:
    journey_models.load(visits(journey_models, "email_click", "purchase", None, "email_click", "cart_add"))
    assert journey_models.rows(
        "select journey_number, entered_at, ended_at, converted, censored_at, path"
        " from marts.fct_journeys order by all"
    ) == [
        (1, START, START + timedelta(hours=1), True, None, "email_click"),
        (2, START + timedelta(hours=2), None, False, START + timedelta(hours=4), "email_click > cart_add"),
    ]


def test_a_purchase_ends_no_order_of_a_nameless_visitor(journey_models: JourneyModels) -> None:
    journey_models.load([journey_models.event(1, None, START, "purchase", order_id="A-1", revenue=5.0)])
    assert told_paths(journey_models) == []
    assert journey_models.rows("select person_key, revenue from marts.fct_macro_conversions") == [(None, 5.0)]


def test_a_skipped_optional_step_adds_its_gap(journey_models: JourneyModels) -> None:
    # store_purchase: click, [category within 1 day], product within 1 day: two days without the category.
    for days, steps in [(2.0, {1, 3}), (2.01, {1})]:
        journey_models.load(visits(journey_models, "email_click", "product_page_visit", hours=24 * days))
        found = journey_models.rows(
            "select step_number from intermediate.int_sequence_progress where sequence_id = 'store_purchase'"
        )
        assert {step for (step,) in found} == steps


def test_a_completed_sequence_is_credited_to_the_journey_of_its_last_step(
    journey_models: JourneyModels,
) -> None:
    journey_models.load(
        visits(
            journey_models,
            "cta_click",
            "product_page_visit",
            "cart_add",
            "checkout_start",
            "purchase",
            "review_invitation_click",
            "trustpilot_review",
        )
    )
    assert journey_models.rows(
        "select journey_number, sequence_ids from marts.fct_journeys order by all"
    ) == [
        (1, ["store_purchase"]),
        (2, ["review"]),
    ]


def test_stages_regress_and_customers_begin_anew(journey_models: JourneyModels) -> None:
    journey_models.load(
        visits(
            journey_models,
            "email_open",
            "cart_add",
            "product_page_visit",
            "purchase",
            "email_open",
            "email_open",
        )
    )
    assert journey_models.rows(
        "select stage, previous_stage, is_regression, highest_stage_rank, dwell_seconds, is_censored"
        " from marts.fct_journey_stages order by span_number"
    ) == [
        ("awareness", None, False, 1, 3600, False),
        ("decision", "awareness", False, 3, 3600, False),
        ("consideration", "decision", True, 3, 3600, False),
        ("customer", "consideration", False, 4, 3600, False),
        ("awareness", None, False, 4, 3600, True),
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_arrival_gives_identical_rows(journey_models: JourneyModels, seed: int) -> None:
    events = [
        journey_models.event(
            n, n % 7, START + timedelta(minutes=(n * 37) % 5000), KINDS[n % len(KINDS)], order_id=f"o{n % 11}"
        )
        for n in range(1, 300)
    ]
    tables = [
        "fct_sessions",
        "fct_macro_conversions",
        "fct_micro_conversions",
        "fct_journeys",
        "fct_journey_stages",
    ]

    def marts_of(arrived: list[dict[str, Any]]) -> list[list[tuple[Any, ...]]]:
        journey_models.load(arrived)
        return [journey_models.rows(f"select * from marts.{table} order by all") for table in tables]

    shuffled = sorted(events, key=lambda event: (event["event_id"] * seed * 7919) % 307)
    assert marts_of(events) == marts_of(shuffled)


def test_no_events_give_no_rows(journey_models: JourneyModels) -> None:
    journey_models.load([])
    assert told_paths(journey_models) == []
    assert journey_models.rows("select count(*) from marts.fct_journey_stages") == [(0,)]

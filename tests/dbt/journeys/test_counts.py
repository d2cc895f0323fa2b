"""The counts behind the reports: cohorts, funnels, paths and completion, computed again in plain Python."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.journeys import oracle
from tests.dbt.journeys.compiled_models import JourneyModels

START = datetime(2026, 8, 18, 9)
DAYS = 90
SMALL = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = st.sampled_from([None, "email_open", "email_click", "cart_add", "purchase"])


@st.composite
def streams(draw: st.DrawFn, kinds: st.SearchStrategy[str | None] = KINDS) -> list[dict[str, Any]]:
    acts = st.lists(st.tuples(st.integers(1, 8), st.integers(0, DAYS * 24), kinds), max_size=60)
    return [
        {"event_id": number, "person_key": person, "at": START + timedelta(hours=hours), "kind": kind}
        for number, (person, hours, kind) in enumerate(draw(acts), start=1)
    ]


def polarities(models: JourneyModels) -> dict[str, str]:
    return dict(models.rows("select micro_conversion, polarity from staging.micro_conversion_types"))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@SMALL
@given(streams())
def test_weekly_cohorts_are_those_of_the_oracle(
    journey_models: JourneyModels, stream: list[dict[str, Any]]
) -> None:
    journey_models.load([journey_models.event(**event) for event in stream])
    weeks, bought, first = defaultdict(set), defaultdict(int), {}
    for event in sorted(stream, key=lambda event: event["at"]):
        week = monday(event["at"].date())
        cohort = first.setdefault(event["person_key"], week)
        weeks[cohort, (week - cohort).days // 7].add(event["person_key"])
        bought[cohort, (week - cohort).days // 7] += event["kind"] == "purchase"
    last = monday(max((event["at"] for event in stream), default=START).date())
    found = journey_models.rows(
        "select cohort_start, period_number, sum(active), sum(macro_conversions), sum(cohort_size),"
        " bool_and(is_mature)"
        " from intermediate.int_cohort_counts"
        " where cohort_by = 'first_touch' and cohort_grain = 'week' group by all"
    )
    periods = {number for _, number, *_ in found}
    assert len(found) == len(set(first.values())) * len(periods)
    for cohort, number, active, macro_conversions, size, is_mature in found:
        assert size == len(weeks[cohort, 0])
        if cohort + timedelta(weeks=number) > last:
            assert (active, macro_conversions, is_mature) == (None, None, False)
        else:
            assert active == len(weeks[cohort, number])
            assert macro_conversions == bought[cohort, number]


@SMALL
@given(streams())
def test_funnels_fall_and_paths_count_every_person_once(
    journey_models: JourneyModels, stream: list[dict[str, Any]]
) -> None:
    journey_models.load([journey_models.event(**event) for event in stream])
    assert (
        journey_models.rows(
            "select * from intermediate.int_funnel_counts"
            " where reached > reached_previous or reached > best_attempt_reached or acted > reached"
        )
        == []
    )
    steps: dict[int, int] = defaultdict(int)
    for journey in oracle.journeys([journey_models.event(**event) for event in stream]):
        path = journey.path(polarities(journey_models))
        steps.setdefault(journey.person_key, len(path.split(" > ")) if path else 0)
    expected = {k: sum(taken >= k for taken in steps.values()) for k in range(1, 6)}
    found = journey_models.rows(
        "select path_length, sum(persons) from intermediate.int_path_counts group by all"
    )
    assert dict(found) == {k: persons for k, persons in expected.items() if persons}


def funnel(models: JourneyModels, sequence: str) -> list[tuple[Any, ...]]:
    return models.rows(
        "select step_number, entrants, immature_entrants, reached, acted from intermediate.int_funnel_counts"
        f" where sequence_id = '{sequence}' and person_population = 'known' order by step_number"
    )


def test_only_entrants_whose_window_has_passed_count(journey_models: JourneyModels) -> None:
    def buyer(person: int, at: datetime, *kinds: str) -> list[dict[str, Any]]:
        return [
            journey_models.event(person * 10 + n, person, at + timedelta(hours=n), kind)
            for n, kind in enumerate(kinds)
        ]

    whole = ("email_click", "product_page_visit", "cart_add", "checkout_start", "purchase")
    journey_models.load(
        buyer(1, START, *whole)
        + buyer(2, START, *whole[:3])
        + buyer(3, START + timedelta(days=60), "email_click")
    )
    assert funnel(journey_models, "store_purchase") == [
        (1, 2, 1, 2, 2),
        (2, 2, 1, 2, 0),
        (3, 2, 1, 2, 2),
        (4, 2, 1, 2, 0),
        (5, 2, 1, 2, 2),
        (6, 2, 1, 1, 1),
        (7, 2, 1, 1, 1),
    ]


def test_a_step_that_no_rule_recognises_is_stepped_over(journey_models: JourneyModels) -> None:
    def acts(person: int, *kinds: str) -> list[dict[str, Any]]:
        return [
            journey_models.event(person * 10 + n, person, START + timedelta(hours=n), kind)
            for n, kind in enumerate(kinds)
        ]

    rescued = acts(1, "cart_add", "cart_recovery_click", "checkout_start", "purchase")
    events = rescued + acts(2, "cart_add") + [journey_models.event(99, 3, START + timedelta(days=60), None)]
    journey_models.load(events, unruled=["cart_abandonment"])
    assert funnel(journey_models, "cart_recovery") == [
        (1, 2, 0, 2, 2),
        (2, 2, 0, 2, 0),
        (3, 2, 0, 1, 1),
        (4, 2, 0, 1, 1),
        (5, 2, 0, 1, 1),
    ]


def test_what_cannot_be_told_has_no_rate(journey_models: JourneyModels) -> None:
    events = [
        journey_models.event(n, 1, START + timedelta(days=20 * n), "product_page_visit") for n in range(3)
    ]
    journey_models.load(events, unruled=["wishlist_add"])
    assert completion(journey_models, "wishlist_add") == {}
    assert completion(journey_models, "cart_add")["overall", "all"] == (1, 0, 0, 0)


def test_a_young_cohort_is_masked_and_a_running_week_is_immature(journey_models: JourneyModels) -> None:
    # Tuesday of one week, Wednesday of the next: the second week is not over.
    events = [
        journey_models.event(1, 1, START, None),
        journey_models.event(2, 1, START + timedelta(days=8), "purchase", revenue=3.0),
        journey_models.event(3, 2, START + timedelta(days=8), None),
    ]
    journey_models.load(events)
    assert journey_models.rows(
        "select cohort_start, period_number, cohort_size, is_mature, active, cumulative_conversions,"
        " cumulative_converters, cumulative_revenue"
        " from intermediate.int_cohort_counts"
        " where cohort_by = 'first_touch' and cohort_grain = 'week' order by 1, 2"
    ) == [
        (date(2026, 8, 17), 0, 1, True, 1, 0, 0, 0.0),
        (date(2026, 8, 17), 1, 1, False, 1, 1, 1, 3.0),
        (date(2026, 8, 24), 0, 1, False, 1, 0, 0, 0.0),
        (date(2026, 8, 24), 1, 1, False, None, None, None, None),
    ]


def completion(models: JourneyModels, micro_conversion: str) -> dict[tuple[str, str], tuple[int, ...]]:
    rows = models.rows(
        "select slice_type, slice_value, eligible, immature, completed, completed_gross"
        f" from intermediate.int_completion_counts where micro_conversion = '{micro_conversion}'"
    )
    return {(kind, value): tuple(counts) for kind, value, *counts in rows}


def test_email_rates_are_over_mature_deliveries(journey_models: JourneyModels) -> None:
    day = timedelta(days=1)
    late = START + 20 * day
    sends = [
        (1, "news", "news", START, START),
        (2, "news", "news", START, START),
        (3, "news", "news", START, START),
        (4, "news", "news", START, None),
        (1, "flow 1", "flow 1", START, START),
        (1, "late", "late", late, late),
    ]

    def act(number: int, person: int, at: datetime, kind: str, email: str, **more: Any) -> dict[str, Any]:
        return journey_models.event(number, person, at, kind, source="smaily", email_id=email, **more)

    journey_models.load(
        [
            act(1, 1, START + day, "email_open", "news"),
            # A click implies an open; a call is a click; two of them are one completion.
            act(2, 2, START + 2 * day, "cta_click", "news"),
            act(3, 2, START + 2 * day, "cta_click", "news"),
            act(4, 3, START + day, "email_open", "news", is_machine=True),
            # After the window of seven days.
            act(5, 3, START + 8 * day, "email_click", "news"),
            act(6, 1, late, "email_click", "late"),
        ],
        sends=sends,
    )
    opens = completion(journey_models, "email_open")
    assert opens["overall", "all"] == (4, 1, 2, 3)
    assert opens["campaign_kind", "flow"] == (1, 0, 0, 0)
    assert opens["email_variant", "news"] == (3, 0, 2, 3)
    assert opens["campaign", "late"] == (0, 1, 0, 0)
    assert completion(journey_models, "email_click")["overall", "all"] == (4, 1, 1, 1)
    # Only the e-mail in which somebody followed the call carries it.
    assert completion(journey_models, "cta_click")["overall", "all"] == (3, 0, 1, 1)
    assert completion(journey_models, "hard_bounce")["overall", "all"] == (5, 1, 0, 0)


def test_person_rates_follow_the_first_exposure(journey_models: JourneyModels) -> None:
    day = timedelta(days=1)

    def act(number: int, person: int, at: datetime, kind: str) -> dict[str, Any]:
        return journey_models.event(number, person, at, kind, device="mobile" if person == 1 else "desktop")

    journey_models.load(
        [
            act(1, 1, START, "product_page_visit"),
            act(2, 1, START + day, "cart_add"),
            # Before the exposure, hence no completion of it.
            act(3, 2, START, "cart_add"),
            act(4, 2, START + day, "product_page_visit"),
            act(5, 3, START + 60 * day, "product_page_visit"),
        ]
    )
    carts = completion(journey_models, "cart_add")
    assert carts["overall", "all"] == (2, 1, 1, 1)
    assert carts["device", "mobile"] == (1, 0, 1, 1)
    assert carts["cohort_month", "2026-10-01"] == (0, 1, 0, 0)


def test_bands_take_the_comparable_figures_only(journey_models: JourneyModels) -> None:
    journey_models.load([])
    [(low, high, identities)] = journey_models.rows(
        "select band_lower, band_upper, benchmark_ids from intermediate.int_benchmark_bands"
        " where metric = 'open_rate' and scope = 'campaign'"
    )
    # Since Apple's privacy proxy, all industries, the world over.
    assert (low, high, identities) == (0.3793, 0.4235, "kl2026q_campaign_open, ml2025_all_open")


OWN_STEPS = ["product_page_visit", "cart_add", "purchase"]
OWN_WINDOW = timedelta(days=14)
COUNTS_AS = {"cart_add": ("cart_add",), "purchase": ("purchase", "repeat_purchase")}


def steps_taken(acts: list[dict[str, Any]], first: int) -> int:
    """The steps of the attempt that begins with one of a person's acts, which are in order."""
    left = OWN_STEPS[1:]
    for act in acts[first + 1 :]:
        if (
            act["kind"] in COUNTS_AS.get(left[0] if left else "", ())
            and act["at"] <= acts[first]["at"] + OWN_WINDOW
        ):
            left = left[1:]
    return len(OWN_STEPS) - len(left)


def test_a_funnel_of_ones_own_keeps_the_known_apart(journey_models: JourneyModels) -> None:
    """By what was known at the first entry, whatever a later one shows."""
    view, cart, watermark = *OWN_STEPS[:2], START + 3 * OWN_WINDOW
    journey_models.load(
        [
            journey_models.event(1, 1, START, view, is_known=True),
            journey_models.event(2, 2, START, view, is_known=False),
            journey_models.event(3, 2, START + timedelta(minutes=1), view, is_known=True),
            journey_models.event(4, 2, START + timedelta(minutes=2), cart, is_known=True),
            journey_models.event(5, 1, watermark, view, is_known=True),
        ],
        journey_models.up_to("int_outcome_watermarks"),
    )
    found = journey_models.rows(
        "select person_population, persons, of_first, of_previous"
        f" from ({journey_models.analyses['own_funnel']}) where step_number < 3"
    )
    assert found == [("known", 1, 1, None), ("known", 0, 0, 0), ("device", 1, 1, None), ("device", 1, 1, 1)]


@SMALL
@given(streams(st.sampled_from([None, *OWN_STEPS, "repeat_purchase"])))
def test_a_funnel_of_ones_own_is_that_of_the_oracle(
    journey_models: JourneyModels, stream: list[dict[str, Any]]
) -> None:
    """By the first attempt of every person, and by the best; a repeat purchase is a purchase."""
    journey_models.load(
        [journey_models.event(**event) for event in stream],
        journey_models.up_to("int_outcome_watermarks"),
    )
    watermark = max((event["at"] for event in stream), default=START)
    acts = defaultdict(list)
    for event in sorted(stream, key=lambda event: (event["at"], event["event_id"])):
        acts[event["person_key"]].append(event)
    attempts = [
        [
            steps_taken(of_one, number)
            for number, act in enumerate(of_one)
            if act["kind"] == OWN_STEPS[0] and act["at"] + OWN_WINDOW <= watermark
        ]
        for of_one in acts.values()
    ]
    found = journey_models.rows(
        "select step_number, micro_conversion, sum(persons), sum(persons_by_best_attempt)"
        f" from ({journey_models.analyses['own_funnel']}) group by all order by all"
    )
    assert found == [
        (
            number,
            step,
            sum(of_one[0] >= number for of_one in attempts if of_one),
            sum(max(of_one) >= number for of_one in attempts if of_one),
        )
        for number, step in enumerate(OWN_STEPS, 1)
    ]

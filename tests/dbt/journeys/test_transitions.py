"""Stage transitions by person, worked by hand: who is at risk, what ends it, what no longer counts."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.journeys.compiled_models import JourneyModels

START = datetime(2026, 9, 1, 12)
DAY = timedelta(days=1)


def acts(models: JourneyModels, person: int, *kinds: str, gap: timedelta = DAY) -> list[dict[str, Any]]:
    """One act of each kind, `gap` apart."""
    return [
        models.event(
            person * 100 + n,
            person,
            START + n * gap,
            kind,
            order_id=f"{person}-{n}" if "purchase" in kind else None,
        )
        for n, kind in enumerate(kinds)
    ]


def load(models: JourneyModels, *events: list[dict[str, Any]]) -> None:
    models.load(
        [event for some in events for event in some],
        models.up_to("int_stage_transition_counts", "int_stage_visit_outcomes", "fct_journey_stages"),
    )


def outcomes(models: JourneyModels, from_stage: str) -> dict[int, tuple[str | None, int | None]]:
    rows = models.rows(
        "select person_key, outcome, seconds from intermediate.int_stage_transition_outcomes"
        f" where from_stage = '{from_stage}'"
    )
    return {person: (outcome, seconds) for person, outcome, seconds in rows}


def test_a_person_counts_once_however_many_visits(journey_models: JourneyModels) -> None:
    """Four visits of a product page before a cart on the fifth day: one person, four days."""
    load(
        journey_models,
        acts(
            journey_models,
            1,
            "product_page_visit",
            "email_open",
            "product_page_visit",
            "email_open",
            "cart_add",
        ),
        acts(journey_models, 2, "product_page_visit", "email_open", "product_page_visit"),
    )
    assert outcomes(journey_models, "consideration") == {1: ("reached", 4 * 86_400), 2: (None, None)}
    visits = "select count(*) from intermediate.int_stage_visit_outcomes where from_stage = 'consideration'"
    assert journey_models.rows(visits) == [(4,)]


def test_buying_without_a_cart_reaches_the_decision(journey_models: JourneyModels) -> None:
    load(journey_models, acts(journey_models, 1, "product_page_visit", "purchase"))
    assert outcomes(journey_models, "consideration") == {1: ("reached", 86_400)}
    assert outcomes(journey_models, "decision") == {}


def test_who_leaves_first_is_counted_as_left(journey_models: JourneyModels) -> None:
    load(
        journey_models,
        acts(journey_models, 1, "product_page_visit", "unsubscribe", "cart_add"),
        acts(journey_models, 2, "product_page_visit", "cart_add", "unsubscribe"),
        acts(journey_models, 3, "unsubscribe", "product_page_visit", "cart_add"),
        acts(journey_models, 4, "product_page_visit", "hard_bounce"),
    )
    assert outcomes(journey_models, "consideration") == {
        1: ("left", 86_400),
        2: ("reached", 86_400),
        3: ("reached", 86_400),
        4: ("left", 86_400),
    }
    assert journey_models.rows(
        "select persons_at_risk, reached, exited, censored, reached_after_exit, already_beyond"
        " from intermediate.int_stage_transition_counts where from_stage = 'consideration'"
    ) == [(4, 2, 2, 0, 1, 0)]


def test_who_was_further_before_is_not_at_risk(journey_models: JourneyModels) -> None:
    load(journey_models, acts(journey_models, 1, "cart_add", "product_page_visit", "cart_add"))
    assert outcomes(journey_models, "consideration") == {1: ("was_beyond", None)}
    assert journey_models.rows(
        "select persons_at_risk, already_beyond from intermediate.int_stage_transition_counts"
        " where from_stage = 'consideration'"
    ) == [(0, 1)]


@pytest.mark.parametrize(
    ("kinds", "stages"),
    [
        (("social_share_click",), []),
        (("email_open", "social_share_click"), ["awareness"]),
        (("purchase", "social_share_click"), ["customer", "advocacy"]),
        (("social_share_click", "purchase", "social_share_click"), ["customer", "advocacy"]),
        (
            ("cart_add", "purchase", "cart_add", "repeat_purchase"),
            ["decision", "customer", "decision", "customer"],
        ),
        (("contest_entry",), ["awareness"]),
        (("review_invitation_click",), ["customer"]),
        (("loyalty_signup", "trustpilot_review"), ["customer", "advocacy"]),
    ],
)
def test_only_a_customer_advocates(
    journey_models: JourneyModels, kinds: tuple[str, ...], stages: list[str]
) -> None:
    load(journey_models, acts(journey_models, 1, *kinds))
    found = journey_models.rows("select stage from marts.fct_journey_stages order by span_number")
    assert [stage for (stage,) in found] == stages


def test_a_repeat_purchase_out_of_the_cart_makes_a_customer_of_no_one_anew(
    journey_models: JourneyModels,
) -> None:
    """The first purchase is the transition; the second belongs to a stage the person has been in."""
    load(journey_models, acts(journey_models, 1, "cart_add", "purchase", "cart_add", "repeat_purchase"))
    assert outcomes(journey_models, "decision") == {1: ("reached", 86_400)}
    assert outcomes(journey_models, "customer") == {1: (None, None)}

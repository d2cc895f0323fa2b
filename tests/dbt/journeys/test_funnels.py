"""Funnels worked by hand: first entries, gaps, what is reported only, and who takes a step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.journeys.compiled_models import JourneyModels

START = datetime(2026, 8, 1, 12)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
LATE = START + 90 * DAY
Step = tuple[str, bool, int | None, bool]


@contextmanager
def sequence(models: JourneyModels, *steps: Step) -> Iterator[None]:
    """Make `mine` the only sequence; a step is (kind, is optional, days, is of a referred person)."""
    table = "staging.journey_sequences"
    models.connection.execute(f"create or replace temp table kept as from {table}; truncate {table}")
    for number, step in enumerate(steps, start=1):
        models.connection.execute(f"insert into {table} values ('mine', ?, ?, ?, ?, ?)", [number, *step])
    yield
    models.connection.execute(f"truncate {table}; insert into {table} from kept")


def acts(models: JourneyModels, person: int, *timed: tuple[float, str]) -> list[dict[str, Any]]:
    """Acts of a person, each (days after the start, kind)."""
    return [
        models.event(person * 100 + n, person, START + days * DAY, kind)
        for n, (days, kind) in enumerate(timed)
    ]


def load(
    models: JourneyModels, *events: list[dict[str, Any]], referrals: Sequence[tuple[int, int]] = ()
) -> None:
    """Some acts, and one without a person long after them, when all windows are over."""
    listed = [event for some in events for event in some]
    listed.append(models.event(99_999, None, LATE, None))
    models.load(listed, models.up_to("int_funnel_counts", "int_funnel_durations"), referrals=referrals)


def counts(models: JourneyModels) -> list[tuple[Any, ...]]:
    return models.rows(
        "select reached, acted, best_attempt_reached, reached_previous from intermediate.int_funnel_counts"
        " where sequence_id = 'mine' and person_population = 'known' order by step_number"
    )


CART = ("cart_add", False, None, False)


def test_only_the_first_entry_counts_and_the_best_has_its_own_column(journey_models: JourneyModels) -> None:
    """Of three carts the second leads to the checkout in time; the first did not."""
    with sequence(journey_models, CART, ("checkout_start", False, 2, False)):
        load(
            journey_models,
            acts(journey_models, 1, (0, "cart_add"), (10, "cart_add"), (11, "checkout_start")),
            acts(journey_models, 2, (0, "cart_add"), (1, "cart_add"), (2, "checkout_start")),
        )
        assert counts(journey_models) == [(2, 2, 2, 2), (1, 1, 2, 2)]


@pytest.mark.parametrize(("late", "reached"), [(timedelta(0), 1), (timedelta(microseconds=1), 0)])
def test_what_happens_after_the_gap_is_not_reached(
    journey_models: JourneyModels, late: timedelta, reached: int
) -> None:
    with sequence(journey_models, CART, ("checkout_start", False, 2, False)):
        load(
            journey_models,
            [
                journey_models.event(1, 1, START, "cart_add"),
                journey_models.event(2, 1, START + 2 * DAY + late, "checkout_start"),
            ],
        )
        assert counts(journey_models)[1] == (reached, reached, reached, 1)


def test_an_optional_step_before_the_entry_is_reported_only(journey_models: JourneyModels) -> None:
    """Two enter by the cart; one had clicked in time before, one too long before; a third only clicked."""
    steps = (("email_click", True, None, False), ("cart_add", False, 3, False), ("purchase", False, 5, False))
    with sequence(journey_models, *steps):
        load(
            journey_models,
            acts(journey_models, 1, (0, "email_click"), (3, "cart_add"), (8, "purchase")),
            acts(journey_models, 2, (0, "email_click"), (3.01, "cart_add")),
            acts(journey_models, 3, (0, "email_click")),
        )
        assert counts(journey_models) == [(2, 1, 2, 2), (2, 2, 2, 2), (1, 1, 1, 2)]


def test_an_optional_step_before_the_entry_may_have_any_distance_but_not_come_after(
    journey_models: JourneyModels,
) -> None:
    with sequence(journey_models, ("email_click", True, None, False), ("cart_add", False, None, False)):
        load(
            journey_models,
            acts(journey_models, 1, (0, "email_click"), (80, "cart_add")),
            acts(journey_models, 2, (0, "cart_add"), (1, "email_click")),
        )
        assert counts(journey_models)[0] == (2, 1, 2, 2)


def test_a_gap_without_limit_has_none_over_a_skipped_step_either(journey_models: JourneyModels) -> None:
    steps = (CART, ("wishlist_add", True, 3, False), ("checkout_start", False, None, False))
    with sequence(journey_models, *steps):
        load(journey_models, acts(journey_models, 1, (0, "cart_add"), (80, "checkout_start")))
        assert counts(journey_models)[2] == (1, 1, 1, 1)


def test_a_step_is_compared_with_the_last_that_may_not_be_skipped(journey_models: JourneyModels) -> None:
    steps = (CART, ("wishlist_add", True, 1, False), ("checkout_start", False, 1, False))
    with sequence(journey_models, *steps):
        load(
            journey_models,
            acts(journey_models, 1, (0, "cart_add"), (1, "wishlist_add")),
            acts(journey_models, 2, (0, "cart_add"), (2, "checkout_start")),
            acts(journey_models, 3, (0, "cart_add")),
        )
        assert counts(journey_models) == [(3, 3, 3, 3), (2, 1, 2, 3), (1, 1, 1, 3)]


def test_what_counts_as_a_step_is_the_step(journey_models: JourneyModels) -> None:
    """A call that is followed is a click, a repeat purchase a purchase."""
    with sequence(journey_models, ("email_click", False, None, False), ("purchase", False, 5, False)):
        load(journey_models, acts(journey_models, 1, (0, "cta_click"), (1, "repeat_purchase")))
        assert counts(journey_models) == [(1, 1, 1, 1), (1, 1, 1, 1)]


def test_entrants_whose_window_runs_are_in_their_own_column(journey_models: JourneyModels) -> None:
    with sequence(journey_models, CART, ("checkout_start", False, 2, False)):
        load(
            journey_models,
            acts(journey_models, 1, (0, "cart_add"), (1, "checkout_start")),
            acts(journey_models, 2, (88.1, "cart_add"), (88.2, "checkout_start")),
        )
        assert journey_models.rows(
            "select entrants, immature_entrants, reached from intermediate.int_funnel_counts"
            " where person_population = 'known' order by step_number"
        ) == [(1, 1, 1), (1, 1, 1)]


def test_an_empty_gap_has_no_limit_and_then_there_is_no_window(journey_models: JourneyModels) -> None:
    """Times to the checkout or to the end of the data, from the entry and from the step before."""
    steps = (CART, ("wishlist_add", False, 3, False), ("checkout_start", False, None, False))
    with sequence(journey_models, *steps):
        load(
            journey_models,
            acts(journey_models, 1, (0, "cart_add"), (2, "wishlist_add"), (60, "checkout_start")),
            acts(journey_models, 2, (80, "cart_add"), (81, "wishlist_add")),
            acts(journey_models, 3, (85, "cart_add"), (89, "checkout_start")),
        )
        assert journey_models.rows(
            "select window_days, entrants, immature_entrants, reached"
            " from intermediate.int_funnel_counts where person_population = 'known' order by step_number"
        ) == [(None, 3, 0, 3), (None, 3, 0, 2), (None, 3, 0, 1)]
        day = 86_400
        assert journey_models.rows(
            "select person_key, is_reached, seconds_from_entry, seconds_from_previous"
            " from intermediate.int_funnel_durations where step_number = 3 order by all"
        ) == [(1, True, 60 * day, 58 * day), (2, False, 10 * day, 9 * day), (3, False, 5 * day, None)]


REFERRAL = (
    ("forward_to_friend", False, None, False),
    ("referral_signup", False, 10, True),
    ("referred_customer_purchase", False, 20, True),
)


def test_a_friends_step_is_followed_over_a_known_referral(journey_models: JourneyModels) -> None:
    """Persons 2 and 3 sign up; only 2 is known to be 1's friend. 5 refers 6, whose sign-up is too late."""
    with sequence(journey_models, *REFERRAL):
        events = [
            acts(journey_models, 1, (0, "forward_to_friend")),
            acts(journey_models, 2, (10, "referral_signup"), (30, "referred_customer_purchase")),
            acts(journey_models, 3, (1, "referral_signup")),
            acts(journey_models, 4, (0, "forward_to_friend"), (1, "referral_signup")),
            acts(journey_models, 5, (0, "forward_to_friend")),
            acts(journey_models, 6, (10.01, "referral_signup")),
        ]
        load(journey_models, *events, referrals=[(1, 2), (5, 6)])
        assert counts(journey_models) == [(3, 3, 3, 3), (1, 1, 1, 3), (1, 1, 1, 1)]
        assert journey_models.rows("select distinct is_observable from intermediate.int_sequence_steps") == [
            (True,)
        ]


def test_without_referrals_a_friends_step_is_not_observable(journey_models: JourneyModels) -> None:
    with sequence(journey_models, *REFERRAL):
        load(journey_models, acts(journey_models, 1, (0, "forward_to_friend"), (1, "referral_signup")))
        assert journey_models.rows(
            "select is_observable from intermediate.int_sequence_steps order by step_number"
        ) == [(True,), (False,), (False,)]

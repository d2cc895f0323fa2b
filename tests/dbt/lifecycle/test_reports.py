"""Trials, carts, the loyalty programme and replies, by hand; what no source reports."""

import json
from decimal import Decimal

import pytest

from tests.dbt.lifecycle.conftest import (
    MILESTONES,
    REFERRALS,
    REPORTS,
    REVIEWS,
    Lifecycle,
    World,
    at,
    wilson,
)


@pytest.fixture(scope="module")
def nothing(lifecycle: Lifecycle) -> Lifecycle:
    return lifecycle.measure(World(observable=set()), *REVIEWS, *MILESTONES, *REFERRALS, *REPORTS)


@pytest.mark.parametrize("mart", [mart for mart in REPORTS if mart != "rpt_deliverability"])
def test_what_no_source_reports_is_said_and_not_left_empty(nothing: Lifecycle, mart: str) -> None:
    found = nothing.rows(mart, "status, reason")
    assert found
    unknown = [reason for status, reason in found if status == "not observable"]
    assert unknown
    assert all(unknown)
    assert "measured" not in {status for status, _ in found} or mart == "rpt_milestones"


def test_no_rate_is_made_of_nothing(nothing: Lifecycle) -> None:
    for mart in ("rpt_trials", "rpt_carts", "rpt_loyalty", "rpt_replies", "rpt_reviews"):
        assert set(nothing.rows(mart, "rate, lower, upper")) == {(None, None, None)}
    assert nothing.rows("rpt_deliverability", "day") == []


@pytest.fixture(scope="module")
def trials(lifecycle: Lifecycle) -> Lifecycle:
    world = World()
    stated = {
        1: ("opt-out", None, 0, 27.9),  # paid in time
        2: ("Opt_Out", None, 0, 28.1),  # too late
        3: ("OPT OUT", 30, 0, 43),  # a longer trial
        4: ("opt_out", None, 172, None),  # mature by a hair
        5: ("opt_out", None, 173, None),  # not yet
        6: ("opt_in", None, 190, None),  # still running
        7: (None, None, 0, 10),
        8: ("opt_in", None, 100, 99),  # paid before
        9: ("opt_in", None, 100, 100),  # at the same instant
        10: ("opt_out", "soon", 0, 5),  # unreadable length, paid, given back
        11: ("opt_out", None, 0, 5),  # unknown when it began
    }
    for key, (model, days, begins, paid) in stated.items():
        properties = {name: value for name, value in (("trial_model", model), ("trial_days", days)) if value}
        text = json.dumps(properties) if properties else None
        world.micro(key, "free_trial_signup", begins, properties=text, known=key != 11)
        if paid is not None:
            world.macro(key, "trial_to_paid_conversion", paid, is_order=False, is_fully_refunded=key == 10)
    # A second trial that was paid does not make the first one so.
    world.micro(4, "free_trial_signup", 160, properties='{"trial_model": "opt_in"}')
    world.micro(4, "free_trial_signup", 161, properties='{"trial_model": "opt_in"}')
    return lifecycle.measure(world, "rpt_trials")


def test_trials_by_model(trials: Lifecycle) -> None:
    columns = "trial_model, trials, immature_trials, running_trials, paid, status"
    assert trials.rows("rpt_trials", columns) == [
        # The first trial of the fourth person began on day 160.
        ("not_stated", 1, 0, 0, 1, "measured"),
        ("opt_in", 3, 1, 1, 1, "measured"),
        ("opt_out", 4, 1, 0, 2, "measured"),
    ]


def test_only_opt_out_trials_have_a_band(trials: Lifecycle) -> None:
    rate, lower, upper, published, low, high, status = trials.row(
        "rpt_trials",
        "rate, lower, upper, published_rate, band_lower, band_upper, benchmark_status",
        "trial_model = 'opt_out'",
    )
    assert (rate, lower, upper) == pytest.approx((0.5, *wilson(2, 4)))
    assert (published, low, high) == pytest.approx((0.488, 0.3904, 0.5856))
    assert status == "insufficient"
    assert trials.row("rpt_trials", "band_lower, benchmark_status", "trial_model = 'opt_in'") == (None, None)


def test_a_trial_from_before_payments_are_known_is_not_unpaid(lifecycle: Lifecycle) -> None:
    world = World().reported(50, "premium_subscription")
    world.micro(1, "free_trial_signup", 49).micro(2, "free_trial_signup", 50)
    lifecycle.measure(world, "rpt_trials")
    columns = "trials, immature_trials, running_trials, paid"
    assert lifecycle.row("rpt_trials", columns, "trial_model = 'not_stated'") == (1, 0, 0, 0)


def test_of_two_trials_of_one_instant_the_one_that_comes_first_counts(lifecycle: Lifecycle) -> None:
    world = World()
    world.micro(1, "free_trial_signup", 0, properties='{"trial_model": "opt_in"}', event_rank=2)
    world.micro(1, "free_trial_signup", 0, properties='{"trial_model": "opt_out"}', event_rank=1)
    lifecycle.measure(world, "rpt_trials")
    assert lifecycle.rows("rpt_trials", "trial_model", "trials > 0") == [("opt_out",)]


@pytest.fixture(scope="module")
def carts(lifecycle: Lifecycle) -> Lifecycle:
    """Reminders 1 and 2; carts of day 0 are abandoned on day 1 and recovered until day 8."""
    world = World().campaign("first", sequence="cart_recovery").campaign("second", sequence="cart_recovery")
    world.campaign("news")

    def cart(key: int, filled: float = 0, bought: float | None = None, *, known: bool = True) -> None:
        world.micro(key, "cart_add", filled, known=known)
        world.add(
            "intermediate.int_absences",
            person_key=key,
            state="cart_abandoned",
            counted_from=at(filled),
            since=at(filled + 1),
            resolved_at=None if bought is None else at(bought),
            occurrences=1,
        )
        if bought is not None:
            world.buys(key, bought)

    cart(1)
    cart(2, bought=8)  # at the end of the days
    cart(3, bought=8.01)  # after it
    cart(4, bought=3)
    cart(5, filled=193)  # not known to the end
    cart(6, known=False)
    cart(8, filled=193, bought=195)
    cart(7, bought=2)
    world.send(4, "first", 1.5).send(4, "second", 2.5)  # recovered after the second
    world.send(7, "first", 1.5).send(7, "second", 4)  # recovered before the second came
    world.send(1, "news", 2).send(3, "first", 0)  # none of its reminders; one at the instant of the cart
    world.micro(4, "cart_recovery_click", 2.6).micro(7, "cart_recovery_click", 2.1)
    return lifecycle.measure(world, "rpt_carts")


def test_an_order_belongs_to_the_last_reminder_before_it(carts: Lifecycle) -> None:
    columns = "reminder, carts, immature_carts, clicked, recovered, net_revenue"
    assert carts.rows("rpt_carts", columns) == [
        ("all", 5, 2, None, 3, Decimal(30)),
        ("none", 3, 2, None, 1, Decimal(10)),
        ("reminder 1", 2, 0, 0, 1, Decimal(10)),
        ("reminder 2", 1, 0, 1, 1, Decimal(10)),
    ]
    found = carts.row("rpt_carts", "rate, lower, upper", "reminder = 'all'")
    assert found == pytest.approx((0.6, *wilson(3, 5)))


def test_of_the_carts_that_are_filled_some_are_abandoned(lifecycle: Lifecycle) -> None:
    """Ann gives up two of three, Ben one of two, Cid none; of who is not known nothing counts."""
    world = World()
    for key, *filled in (
        (1, 0, 0.2, 9, 9.5, 17.5, 26),  # the third within eight days of the one before, the last is not
        (2, 0, 3),
        (3, 5, 199.5),  # the second less than a day ago
    ):
        for day in filled:
            world.micro(key, "cart_add", day)
    world.micro(4, "cart_add", 0, known=False)
    world.buys(1, 0.5).buys(2, 0.5).buys(3, 5)
    for key, since in ((1, 9), (1, 26), (2, 3), (4, 0)):
        world.add(
            "intermediate.int_absences", person_key=key, state="cart_abandoned", counted_from=at(since),
            since=at(since + 1), occurrences=1,
        )  # fmt: skip
    lifecycle.measure(world, "rpt_carts")
    columns = "filled_carts, abandonment_rate, abandonment_lower, abandonment_upper"
    assert lifecycle.row("rpt_carts", columns, "reminder = 'all'") == pytest.approx((6, 0.5, *wilson(3, 6)))
    assert lifecycle.row("rpt_carts", columns, "reminder = 'none'") == (None, None, None, None)


def test_all_carts_are_censored(lifecycle: Lifecycle) -> None:
    world = World().micro(1, "cart_add", 195)
    world.add(
        "intermediate.int_absences", person_key=1, state="cart_abandoned", counted_from=at(195), since=at(196)
    )
    lifecycle.measure(world, "rpt_carts")
    columns = "status, carts, immature_carts, rate, lower"
    assert lifecycle.row("rpt_carts", columns, "reminder = 'all'") == ("immature", 0, 1, None, None)


def test_visitors_of_the_rewards_page_join_or_not(lifecycle: Lifecycle) -> None:
    world = World().add("marts.fct_sessions", session_id=1, channel_group="Email")
    world.micro(1, "rewards_page_visit", 0, event_rank=2)  # after the visit that the e-mail brought
    world.micro(1, "rewards_page_visit", 0, session_id=1, event_rank=1).macro(1, "loyalty_signup", 30)
    world.micro(2, "rewards_page_visit", 0).macro(2, "loyalty_signup", 30.1)
    world.micro(3, "rewards_page_visit", 5).macro(3, "loyalty_signup", 4)  # a member already
    world.micro(4, "rewards_page_visit", 171)
    world.micro(5, "rewards_page_visit", 0, known=False)
    world.micro(6, "rewards_page_visit", 170).micro(6, "rewards_page_visit", 172)
    world.add("intermediate.int_left_truncated_persons", person_key=6)
    lifecycle.measure(world, "rpt_loyalty")
    columns = "channel, visitors, immature_visitors, left_truncated_visitors, joined"
    assert lifecycle.rows("rpt_loyalty", columns) == [
        ("all", 3, 1, 1, 1),
        ("email", 1, 0, 0, 1),
        ("other", 2, 1, 1, 0),
    ]


def test_replies_are_of_recipients_and_in_time(lifecycle: Lifecycle) -> None:
    world = World().reported(10, "email_reply")
    for key in (1, 2, 3, 4):
        world.send(key, "news", 20)
    world.send(5, "news", 9).send(6, "news", 194).send(7, "other", 20).send(None, "news", 20)
    world.micro(1, "email_reply", 27, campaign_key="news").micro(1, "email_reply", 21, campaign_key="news")
    world.micro(2, "email_reply", 27.1, campaign_key="news").micro(3, "email_reply", 19, campaign_key="news")
    world.micro(4, "email_reply", 21)
    lifecycle.measure(world, "rpt_replies")
    columns = "campaign_key, delivered, immature_deliveries, replied, replies, replies_without_campaign"
    assert lifecycle.rows("rpt_replies", columns) == [
        ("(all)", 5, 1, 1, 5, 1),
        ("news", 4, 1, 1, None, None),
        ("other", 1, 0, 0, None, None),
    ]

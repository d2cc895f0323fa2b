"""Lifecycle reports of what was offered before its outcome was reported: neither reached nor immature."""

import pytest

from tests.dbt.lifecycle.conftest import (
    FLOWS,
    MILESTONES,
    PREFERENCES,
    REFERRALS,
    REVIEWS,
    Lifecycle,
    World,
    at,
)  # fmt: skip


def test_members_from_before_orders_were_reported_are_in_no_rate(lifecycle: Lifecycle) -> None:
    world = World().persons(1, 2, 3, 4).campaign("a", tag="welcome").campaign("b", tag="welcome")
    for key, day in ((1, 10), (2, 39.9), (3, 40), (4, 199)):
        world.send(key, "a", day).send(key, "b", day)
    lifecycle.measure(world.buys(3, 41).reported(40, "any"), *FLOWS)
    columns = "entered, eligible, immature, reached"
    assert lifecycle.row("rpt_automations", columns, "flow_kind = 'automation' and row_type = 'flow'") == (
        4, 1, 1, 1,
    )  # fmt: skip


def test_carts_from_before_orders_were_reported_are_not_abandoned(lifecycle: Lifecycle) -> None:
    world = World()
    for key, day in ((1, 10), (2, 39.9), (3, 40)):
        world.micro(key, "cart_add", day)
        absence = {"person_key": key, "counted_from": at(day), "since": at(day + 1)}
        world.add("intermediate.int_absences", state="cart_abandoned", occurrences=1, **absence)
    lifecycle.measure(world.reported(40, "any"), "rpt_carts")
    columns = "filled_carts, carts, immature_carts"
    assert lifecycle.row("rpt_carts", columns, "reminder = 'all'") == (1, 1, 0)


def test_days_from_before_complaints_were_reported_have_no_rate_of_them(lifecycle: Lifecycle) -> None:
    world = World()
    for key in range(100):
        world.send(key, "news", 9).send(key, "news", 10)
    lifecycle.measure(world.reported(9.5, "spam_complaint"), "rpt_deliverability")
    where = "mailbox_provider = 'gmail'"
    assert lifecycle.rows("rpt_deliverability", "spam_complaint_rate, spam_complaint_status", where) == [
        (0.0, "too few"),
        (None, "not observable: no source reports spam_complaint"),
    ]


def test_visitors_from_before_sign_ups_were_reported_are_none(lifecycle: Lifecycle) -> None:
    world = World()
    for key, day in ((1, 10), (2, 39.9), (3, 40), (4, 199)):
        world.micro(key, "rewards_page_visit", day)
    lifecycle.measure(world.reported(40, "loyalty_signup"), "rpt_loyalty")
    assert lifecycle.rows("rpt_loyalty", "distinct visitors, immature_visitors", "visitors > 0") == [(1, 1)]


def test_members_from_before_are_not_waited_for(lifecycle: Lifecycle) -> None:
    """Read a day after orders were first reported: no days of any member have passed."""
    world = World(known=41).persons(1, 2).campaign("a", tag="welcome").campaign("b", tag="welcome")
    for key, day in ((1, 39.9), (2, 40)):
        world.send(key, "a", day).send(key, "b", day)
    lifecycle.measure(world.reported(40, "any"), *FLOWS)
    columns = "entered, eligible, immature"
    assert lifecycle.row("rpt_automations", columns, "flow_kind = 'automation' and row_type = 'flow'") == (
        2, 0, 1,
    )  # fmt: skip


@pytest.mark.parametrize("outcome", ["preferences_update", "unsubscribe"])
def test_visits_from_before_either_outcome_was_reported_are_followed_by_no_curve(
    lifecycle: Lifecycle, outcome: str
) -> None:
    world = World()
    for key, day in ((1, 10), (2, 39.9), (3, 40)):
        world.add(
            "intermediate.int_velocity_spells",
            person_key=key,
            micro_conversion="preference_center_visit",
            completed_at=at(day),
        )
    lifecycle.measure(world.reported(40, outcome), *PREFERENCES)
    assert lifecycle.rows("rpt_preferences", "persons, censored") == [(1, 1)] * 2


def test_invitations_from_before_reviews_were_reported_are_not_waited_for(lifecycle: Lifecycle) -> None:
    """Whether they were clicked is known all the same."""
    world = World(known=50).campaign("ask", goal="review_invitation_click")
    for key, day in ((1, 10), (2, 39.9), (3, 40)):
        world.send(key, "ask", day)
    lifecycle.measure(world.reported(40, "trustpilot_review"), *REVIEWS)
    columns = "row_name, persons, immature_persons"
    steps = lifecycle.rows(
        "rpt_reviews", columns, "row_type = 'step' and row_name in ('clicked', 'reviewed')"
    )
    assert steps == [("clicked", 3, 0), ("reviewed", 0, 1)]


def test_customers_from_before_clicks_were_reported_are_not_compared(lifecycle: Lifecycle) -> None:
    world = World().persons(1, 2, 3).send(1, "news", 1)
    world.buys(1, 10).buys(2, 39.9).buys(3, 40)
    lifecycle.measure(world.reported(40, "email_click"), *REVIEWS)
    assert lifecycle.row("rpt_reviews", "persons, other_persons", "row_name = 'earlier_complaint'") == (0, 1)


def test_milestones_from_before_orders_were_reported_are_not_waited_for(lifecycle: Lifecycle) -> None:
    """One order is older, of a system that reports few."""
    world = World().campaign("hooray", tag="milestone").send(9, "hooray", -1).buys(9, 0)
    for key, day in ((1, 10), (2, 39.9), (3, 40), (4, 199)):
        world.person(key).micro(key, "plan_change", day)
    lifecycle.measure(world.reported(40, "any"), *MILESTONES)
    columns = "reached, others, immature"
    assert lifecycle.row("rpt_milestones", columns, "milestone = 'plan_change'") == (4, 1, 1)


def test_persons_from_before_activity_was_reported_refer_no_one(lifecycle: Lifecycle) -> None:
    world = World().send(9, "news", 0)
    for key, day in ((1, 10), (2, 39.9), (3, 40)):
        world.person(key, day).buys(key, day)
    lifecycle.measure(world.reported(40, "activity"), *REFERRALS)
    where = "measure in ('referrer_share', 'referrals_per_customer') and persons > 0"
    assert lifecycle.rows("rpt_referrals", "measure, persons", where) == [
        ("referrals_per_customer", 1),
        ("referrer_share", 1),
    ]

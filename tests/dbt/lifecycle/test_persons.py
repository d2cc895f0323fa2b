"""Reviews, shares, deliverability, milestones and referrals, by hand."""

import json
from datetime import date
from math import exp, sqrt
from typing import Any

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from tests.dbt.lifecycle.conftest import MILESTONES, REFERRALS, REVIEWS, Lifecycle, World, at, wilson

Z = 1.959963984540054


@pytest.fixture(scope="module")
def reviews(lifecycle: Lifecycle) -> Lifecycle:
    world = World().campaign("ask", goal="review_invitation_click").campaign("news")
    world.send(1, "ask", 10, first_human_open_at=at(11), first_human_click_at=at(17))
    world.send(2, "ask", 10, first_human_click_at=at(17.1))  # a click implies an open, too late both
    world.send(3, "ask", 10, opens_observable="no", first_human_click_at=at(11))
    world.send(4, "ask", 10, delivered_at=None)
    world.send(5, "ask", 195)  # not known to the end
    world.send(6, "ask", 175)  # clicks are known, reviews not
    world.micro(1, "trustpilot_review", 38).micro(2, "trustpilot_review", 38.1).micro(
        3, "trustpilot_review", 9
    )
    # Customers: 40 with an earlier refund, of whom 10 are invited, and 40 without, of whom 30 are.
    for number in range(80):
        key, is_refunded = 100 + number, number < 40
        world.person(key).buys(key, 20, 100)
        if is_refunded:
            world.add("marts.fct_refunds", person_key=key, event_id=number, occurred_at=at(50))
        if number < 10 or number >= 50:
            world.send(key, "ask", 130 if number % 2 else 100)  # at both ends of the days
        elif number == 10:
            world.send(key, "ask", 130.1)
    world.send(145, "ask", 99)  # for an earlier order
    # Who comes too late, is a device, or was refunded after the order they are asked about.
    world.person(300).buys(300, 171).person(301, kind="device").buys(301, 100)
    world.add("marts.fct_refunds", person_key=140, event_id=900, occurred_at=at(101))
    return lifecycle.measure(world, *REVIEWS)


def test_from_the_invitation_to_the_review(reviews: Lifecycle) -> None:
    columns = "step_number, persons, immature_persons, reached"
    steps = reviews.rows("rpt_reviews", columns, "row_type = 'step'")
    others = 42  # customers who were invited and did nothing
    assert steps == [
        (1, 6 + others, 0, 5 + others),
        (2, 3 + others, 1, 1),
        (3, 4 + others, 1, 2),
        (4, 3 + others, 2, 1),
    ]


def test_who_had_a_refund_is_invited_less(reviews: Lifecycle) -> None:
    found = reviews.row(
        "rpt_reviews",
        "persons, reached, other_persons, other_reached, verdict",
        "row_name = 'earlier_refund'",
    )
    assert found == (40, 10, 40, 30, "not neutral")
    bounds = reviews.row(
        "rpt_reviews", "difference, difference_lower, difference_upper", "row_name = 'earlier_refund'"
    )
    expected = confint_proportions_2indep(10, 40, 30, 40, method="newcomb", compare="diff")
    assert bounds == pytest.approx((-0.5, *expected))
    verdicts = dict(reviews.rows("rpt_reviews", "row_name, verdict", "row_type = 'neutrality'"))
    assert verdicts.pop("earlier_refund") == "not neutral"
    assert set(verdicts.values()) == {"insufficient"}


def test_links_made_for_sharing_are_counted_without_persons(lifecycle: Lifecycle) -> None:
    world = World()
    links = {
        "bit.ly/a": {"utm_content": "social_share", "utm_source": "instagram", "campaign_key": "news"},
        "bit.ly/b": {"utm_medium": "Social", "campaign_key": "news"},
        "bit.ly/c": {"utm_medium": "email"},
        "bit.ly/d": {"utm_content": "social_share"},
    }
    for key, values in links.items():
        world.add("marts.dim_links", link_key=key, bitlink=key, **values)
    for key, day, clicks in (("bit.ly/a", 1, 5), ("bit.ly/a", 3, 2), ("bit.ly/b", 10, 4), ("bit.ly/c", 3, 9)):
        world.add("marts.fct_link_clicks_daily", link_key=key, click_date=date(2026, 1, day), clicks=clicks)
    world.micro(1, "social_share_click", 0, campaign_key="news").micro(2, "social_share_click", 0)
    lifecycle.measure(world, "rpt_social_shares")
    columns = "link_key, is_share_link, clicks, clicks_last_7_days, campaign_share_clicks, clicks_per_share"
    assert lifecycle.rows("rpt_social_shares", columns) == [
        ("bit.ly/a", True, 7, 0, 1, 7.0),
        ("bit.ly/b", False, 4, 4, 1, None),
        ("bit.ly/d", True, 0, 0, None, None),
    ]


@pytest.fixture(scope="module")
def mailed(lifecycle: Lifecycle) -> Lifecycle:
    world = World()
    for number in range(100):
        bounce = {"delivered_at": None, "bounced_at": at(0), "bounce_class": "hard"} if number < 12 else {}
        world.send(number, "news", 0, **bounce)
        world.send(None, "news", 1, complained_at=at(1) if number < 3 else None)
    world.send(
        2, "news", 1, mailbox_provider="yahoo", delivered_at=None, bounced_at=at(1), bounce_class="soft"
    )
    world.send(1, "news", 1, mailbox_provider=None).send(1, "news", 195, mailbox_provider="apple")
    for number in range(4):
        folder = json.dumps({"mailbox_provider": "Gmail", "folder": "Inbox" if number else "spam"})
        world.add(
            "marts.fct_events",
            event_id=9_000 + number,
            event_name="inbox_placement",
            occurred_at=at(0),
            properties=folder,
        )
    return lifecycle.measure(world, "rpt_deliverability")


def test_a_provider_and_day_against_the_lines(mailed: Lifecycle) -> None:
    def day(provider: str, days: int, columns: str) -> tuple[Any, ...]:
        return mailed.row(
            "rpt_deliverability", columns, f"mailbox_provider = '{provider}' and day = '{at(days).date()}'"
        )

    counts = "sent, delivered, hard_bounced, complained, hard_bounce_status, spam_complaint_status"
    assert day("gmail", 0, counts) == (100, 88, 12, 0, "over", "too few")
    assert day("gmail", 1, counts) == (100, 100, 0, 3, "below", "over")
    assert day("other", 1, counts)[:2] == (1, 1)
    assert day("yahoo", 1, counts)[:3] == (1, 0, 0)
    assert day("(all)", 1, counts)[:4] == (102, 101, 0, 3)
    assert day("apple", 195, counts)[5] == "immature"
    found = day("gmail", 0, "hard_bounce_rate, hard_bounce_lower, hard_bounce_upper, hard_bounce_line")
    assert found == pytest.approx((0.12, *wilson(12, 100), 0.05))
    ramp = "previous_sent, volume_growth, ratio_to_highest_before, is_warm_up, is_mature"
    assert day("gmail", 0, ramp) == (None, None, None, True, True)
    assert day("(all)", 1, ramp) == pytest.approx((100, 0.02, 1.02, True, True))
    assert day("(all)", 195, ramp) == pytest.approx((102, 1 / 102 - 1, 1 / 102, False, False))
    inbox = "inbox_seeds, in_inbox, inbox_rate, inbox_status"
    assert day("gmail", 0, inbox) == (4, 3, 0.75, "measured")
    assert day("other", 1, inbox) == (None, None, None, "none on this day")


@pytest.fixture(scope="module")
def milestones(lifecycle: Lifecycle) -> Lifecycle:
    """Day 182 and 200: six months since day 0 to 18 have been reached."""
    world = World().campaign("hooray", tag="milestone").campaign("news")
    world.person(1, 0).person(2, 18).person(3, 19).person(4, 0, truncated=True).person(5, 0, kind="device")
    world.send(9, "news", -300)
    # Changes of plan on day 50, mailed within a week; conversions of days 57 to 87 count.
    for key in range(100, 180):
        world.person(key, 150).micro(key, "plan_change", 50)
        if key < 140:
            world.send(key, "hooray", 57 if key % 2 else 50)
        if key < 120 or key == 140:
            world.buys(key, 87)
        elif key < 130 or key == 141:
            world.buys(key, 57).buys(key, 87.1)
    world.person(180, 150).micro(180, "plan_change", -1)  # nothing is known of conversions then
    world.buys(9, 0).send(142, "hooray", 49.9)
    world.person(181, 150).micro(181, "plan_change", 164).micro(181, "plan_change", 50.5)
    # 60 log-ins in 59 days: 40 days more; and one who stopped.
    for key, begins in ((190, 120), (191, 20)):
        world.person(key, 150)
        for number in range(60):
            world.add(
                "marts.fct_events",
                event_id=10_000 * key + number,
                person_key=key,
                event_name="login",
                occurred_at=at(begins + number),
                is_machine=False,
            )
    return lifecycle.measure(world, *MILESTONES)


def test_anniversaries_are_reached_and_due(milestones: Lifecycle) -> None:
    columns = "reached, reached_lately, left_truncated_persons, due_soon, next_due_at"
    found = milestones.row("rpt_milestones", columns, "milestone = 'six_months_of_contact'")
    assert found == (2, 2, 1, 1, at(19 + 182))


def test_a_number_of_log_ins_is_due_at_their_pace(milestones: Lifecycle) -> None:
    columns = "reached, due, due_soon, next_due_at"
    found = milestones.row("rpt_milestones", columns, "milestone = 'hundredth_login'")
    assert found == (0, 1, 1, at(179 + 40))


def test_the_lift_of_mails_counts_after_the_days_they_may_come_in(milestones: Lifecycle) -> None:
    columns = "mailed, mailed_converted, others, others_converted, immature, lift_verdict"
    found = milestones.row("rpt_milestones", columns, "milestone = 'plan_change'")
    assert found == (40, 20, 41, 1, 0, "more")
    bounds = milestones.row("rpt_milestones", "lift, lift_lower, lift_upper", "milestone = 'plan_change'")
    expected = confint_proportions_2indep(20, 40, 1, 41, method="newcomb", compare="diff")
    assert bounds == pytest.approx((20 / 40 - 1 / 41, *expected))


@pytest.fixture(scope="module")
def referrals(lifecycle: Lifecycle) -> Lifecycle:
    """Customers 1 to 20 were referred and order on day 5, 21 to 60 were not."""
    world = World().send(1, "news", 0)
    for key in range(1, 61):
        world.person(key, 1).buys(key, 5)
        if key <= 20:
            world.add("intermediate.int_referral_edges", referrer_key=900, referred_key=key)
    world.person(900, 0, truncated=True)
    # Six referrals by the referred, one of them by a person with three; six by the others.
    for number, referrer in enumerate((1, 1, 1, 2, 3, 4, 21, 22, 23, 24, 25, 26)):
        key = 1_000 + number
        world.person(key, 95 if number == 0 else 10, kind="device")
        world.add("intermediate.int_referral_edges", referrer_key=referrer, referred_key=key)
    # After the days, and before the referrer came.
    world.person(1_100, 95.1, kind="device").person(1_101, 0, kind="device")
    for key in (1_100, 1_101):
        world.add("intermediate.int_referral_edges", referrer_key=30, referred_key=key)
    for key in range(1, 11):
        world.buys(key, 6)  # half of the referred once more
    for key in range(21, 31):
        world.buys(key, 96)  # too late
    world.buys(40, 6, 7)
    world.micro(50, "referral_signup", 3).person(61, 150).person(62, -1)
    # Only at a later order said to be referred: that would select who bought again.
    world.macro(51, "referred_customer_purchase", 8, is_order=False)
    return lifecycle.measure(world, *REFERRALS, "int_claim_figures", "rpt_claims")


def test_referrals_per_person_and_customer(referrals: Lifecycle) -> None:
    def row(measure: str, of_whom: str = "all") -> tuple[Any, ...]:
        where = f"measure = '{measure}' and of_whom = '{of_whom}'"
        return referrals.row("rpt_referrals", "persons, total, estimate, lower, upper", where)

    assert row("known_referrals")[:2] == (34, 34)
    # The person seen again on day 95 came after the 90 days of the person of day 1.
    assert row("referrer_share") == pytest.approx((60, 10, 10 / 60, *wilson(10, 60)))
    persons, total, mean, *_ = row("branching_factor")
    assert (persons, total, mean) == pytest.approx((60, 11, 11 / 60))
    # By the first order the person of day 95 counts; the referred of whom an act says so, too.
    persons, total, mean, lower, upper = row("referrals_per_customer", "referred")
    assert (persons, total) == (21, 6)
    squares, phi = 9 + 3, 1.0
    phi = max(phi, (squares - 36 / 21) / 20 / (6 / 21))
    reach = Z * sqrt(phi * 6 + phi**2 * Z**2 / 4)
    assert (lower, upper) == pytest.approx(
        ((6 + phi * Z**2 / 2 - reach) / 21, (6 + phi * Z**2 / 2 + reach) / 21)
    )
    others = row("referrals_per_customer", "not_referred")
    assert others[:2] == (39, 6)
    ratio = (6 / 21) / (6 / 39)
    error = Z * sqrt(phi / 6 + 1 / 6)
    assert row("referral_lift", "referred") == pytest.approx(
        (60, 12, ratio - 1, ratio * exp(-error) - 1, ratio * exp(error) - 1)
    )
    assert row("purchases_per_customer", "referred")[:2] == (21, 10)
    assert row("purchases_per_customer", "not_referred")[:2] == (39, 2)


def test_claims_read_what_was_measured(referrals: Lifecycle) -> None:
    found = {
        claim: (verdict, mart)
        for claim, verdict, mart in referrals.rows(
            "rpt_claims", "claim_id, verdict, mart", "mart = 'rpt_referrals'"
        )
    }
    assert found == {
        "referral_lift_30_57": ("insufficient", "rpt_referrals"),
        "referred_buy_more": ("supported", "rpt_referrals"),
    }


def test_a_mean_of_nothing_has_an_upper_limit(lifecycle: Lifecycle) -> None:
    world = World().send(1, "news", 0).persons(*range(1, 41), since=1)
    world.add("intermediate.int_referral_edges", referrer_key=900, referred_key=1)
    lifecycle.measure(world, *REFERRALS)
    found = lifecycle.row("rpt_referrals", "estimate, lower, upper", "measure = 'branching_factor'")
    assert found == pytest.approx((0, 0, Z**2 / 40))

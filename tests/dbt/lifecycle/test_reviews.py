"""Reviews as they are now: invited ones against others, whose order they name, what became of them."""

import json
from typing import Any

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from tests.dbt.lifecycle.conftest import REVIEWS, Lifecycle, World, at, wilson


class Reviewed(World):
    """With reviews of a site that says how their writers came, and orders with ids."""

    def review(
        self, name: str, key: int | None, days: float, version: int = 1, change: str = "review", **said: Any
    ) -> "Reviewed":
        self.events += 1
        properties = {"review": name, "version": str(version), "status": "shown"} | said
        self.add(
            "marts.fct_events",
            event_id=self.events,
            person_key=key,
            occurred_at=at(days),
            event_name=change,
            source="trustpilot",
            micro_conversion="trustpilot_review" if change == "review" else None,
            is_machine=False,
            is_macro=False,
            properties=json.dumps(properties),
        )
        return self

    def order(self, key: int, days: float, order_id: str, namespaces: str) -> "Reviewed":
        self.macro(key, "purchase", days, order_id=order_id, order_namespaces=namespaces)
        return self

    def reported(self, key: int, days: float, order_id: str, source: str, feed: str | None = None) -> None:  # type: ignore[override]
        self.events += 1
        self.add(
            "marts.fct_events",
            event_id=self.events,
            person_key=key,
            occurred_at=at(days),
            source=source,
            feed=feed,
            order_id=order_id,
            is_macro=True,
            is_machine=False,
        )


def test_stars_of_invited_reviews_against_others(lifecycle: Lifecycle) -> None:
    world = Reviewed().campaign("ask", goal="review_invitation_click")
    # 40 by the site's word with 30 times five stars, 10 by an e-mail with one star, 60 unasked with 15.
    for number in range(40):
        world.review(f"i{number}", None, 50, origin="invited", stars="5" if number < 30 else "3")
    for number in range(10):
        world.send(number, "ask", 20).review(f"m{number}", number, 48, origin="organic", stars="1")
    for number in range(60):
        world.review(f"o{number}", 500 + number, 50, origin="organic", stars="5" if number < 15 else "2")
    world.review("late", 3, 48.1, origin="organic", stars="4")  # a day after the days of the invitation
    world.send(600, "ask", 20).review("early", 600, 19.9, origin="organic", stars="4")  # type: ignore[attr-defined]
    world.review("link", None, 50, origin="redirected", stars="1")
    world.review("gone", None, 50, origin="organic", stars="5", status="removed")
    world.review("bare", None, 50, origin="organic")
    lifecycle.measure(world, *REVIEWS)
    columns = "persons, reached, other_persons, other_reached, verdict, person_population"
    assert lifecycle.row("rpt_reviews", columns, "row_name = 'five_stars'") == (
        50, 30, 62, 15, "different", "all",
    )  # fmt: skip
    assert lifecycle.row("rpt_reviews", columns, "row_name = 'at_most_three_stars'")[:4] == (50, 20, 62, 45)
    bounds = lifecycle.row(
        "rpt_reviews", "difference, difference_lower, difference_upper", "row_name = 'five_stars'"
    )
    expected = confint_proportions_2indep(30, 50, 15, 62, method="newcomb", compare="diff")
    assert bounds == pytest.approx((30 / 50 - 15 / 62, *expected))
    [(reason,)] = lifecycle.rows("rpt_reviews", "reason", "row_name = 'five_stars'")
    assert reason.startswith("Invited reviews differ")


def test_the_latest_version_of_a_review_counts(lifecycle: Lifecycle) -> None:
    world = Reviewed()
    world.review("a", 1, 10, stars="5", origin_name="AFSv2")
    world.review("a", 1, 12, 2, "review_edited", stars="1", origin_name="AFSv2")
    world.review("b", 2, 10, stars="5", origin_name="AFSv2")
    world.review("b", 2, 13, 3, "review_removed", stars="5", status="removed", origin_name="AFSv2")
    world.review("c", None, 10, stars="4", origin_name="Organic")
    world.review("c", None, 11, 2, "review_removed", stars="4", status="removed", origin_name="Organic")
    world.review("c", None, 12, 10, "review_restored", stars="5", origin_name="Organic")
    # Without its first version, as of a person who refused analytics, there is no review.
    world.review("d", None, 12, 2, "review_edited", stars="1", origin_name="Organic")
    # Another setting of whose orders are named changes no review.
    world.review("e", None, 10, stars="4", origin_name="SFTP")
    world.review("e", None, 13, 2, "review_relinked", stars="4", origin_name="SFTP", order_namespace="shop")
    lifecycle.measure(world, *REVIEWS)
    rows = lifecycle.rows(
        "rpt_reviews", "row_type, row_name, persons, reached", "row_type in ('origin', 'change')"
    )
    assert rows == [
        ("change", "changed", 4, 3),
        ("change", "removed", 4, 1),
        ("origin", "AFSv2", 1, 0),
        ("origin", "Organic", 1, 1),
        ("origin", "SFTP", 1, 0),
    ]


def test_a_reference_is_an_order_of_its_namespace(lifecycle: Lifecycle) -> None:
    shop, both = {"order_namespace": "shop"}, {"order_namespace": "ga, shop"}
    world = Reviewed().campaign("ask", goal="review_invitation_click")
    world.persons(1, 2, 3, 4, 5)
    world.order(1, 5, "T-1", "ga, shop").order(2, 5, "T-2", "other").order(3, 5, "T-3", "shop")
    world.reported(4, 5, "G-4", "event_files", "shop")  # the order has another id in another system
    for key in range(1, 6):
        world.send(key, "ask", 12)
    world.review("a", None, 20, order_reference="T-1", **shop)
    world.review("b", None, 20, order_reference="T-2", **shop)  # of another shop
    world.review("c", None, 39, order_reference="T-3", **both)
    world.review("d", None, 20, order_reference="G-4", **shop)
    world.review("e", None, 20, order_reference="T-9", **shop)  # of no known order
    world.review("f", 5, 20, order_reference="T-3")  # no namespace is declared for it
    world.review("g", None, 2, order_reference="T-1", **shop)  # before the order
    lifecycle.measure(world, *REVIEWS)
    assert lifecycle.row("rpt_reviews", "persons, reached, reason", "row_type = 'reference'") == (7, 4, None)
    found = lifecycle.row("rpt_reviews", "persons, reached, lower, upper", "row_name = 'reviewed'")
    assert found == pytest.approx((5, 4, *wilson(4, 5)))


def test_references_without_a_namespace_say_so(lifecycle: Lifecycle) -> None:
    world = Reviewed().order(1, 5, "T-1", "shop")
    world.review("a", None, 20, order_reference="T-1")
    lifecycle.measure(world, *REVIEWS)
    found = lifecycle.row("rpt_reviews", "persons, reached, reason", "row_type = 'reference'")
    assert found[:2] == (1, 0)
    assert "namespace" in found[2]


def test_orders_that_were_refunded_are_invited_less(lifecycle: Lifecycle) -> None:
    world = Reviewed().campaign("ask", goal="review_invitation_click").send(900, "news", 1)
    for key in range(100):
        is_refunded = key < 40
        world.person(key).buys(key, 100)
        if is_refunded:
            world.add("marts.fct_refunds", person_key=key, event_id=key, occurred_at=at(130 if key else 100))
        if not is_refunded or key < 4:
            world.send(key, "ask", 107)
    world.add("marts.fct_refunds", person_key=99, event_id=500, occurred_at=at(130.1))
    lifecycle.measure(world, *REVIEWS)
    columns = "persons, reached, other_persons, other_reached, verdict"
    found = lifecycle.row("rpt_reviews", columns, "row_name = 'order_refunded'")
    assert found == (40, 4, 60, 60, "not neutral")
    [(reason,)] = lifecycle.rows("rpt_reviews", "reason", "row_name = 'order_refunded'")
    assert "invite every customer" in reason


def test_nothing_known_of_reviews_says_why(lifecycle: Lifecycle) -> None:
    lifecycle.measure(World(observable=set()), *REVIEWS)
    rows = lifecycle.rows("rpt_reviews", "row_type, status, reason", "row_type not in ('step', 'neutrality')")
    assert {status for _, status, _ in rows} == {"not observable"}
    assert all(reason for _, _, reason in rows)

"""Refunds: of which order, of whom, at which rate, and counted once."""

from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_feeds import conversions, report


def test_a_refund_without_a_rate_is_counted_beside_the_net(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", order_id="1", revenue=100.0, user_id="a"),
        report("shop", 5, "refund", order_id="1", revenue=50.0, currency="XTS", user_id="agent"),
        columns="1",
    )
    found = project.rows(
        "select lifetime_net_revenue, unconverted_refunds from marts.dim_persons where is_customer"
    )
    assert found == [(Decimal(100), 1)]


def test_a_refund_is_of_who_ordered_whoever_it_names(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", order_id="1", revenue=50.0, email="ann@shops.ee"),
        report("shop", 5, "refund", order_id="1", revenue=50.0, email="support@shops.ee"),
        columns="1",
    )
    found = project.rows("select is_customer, lifetime_net_revenue from marts.dim_persons order by all")
    assert (False, Decimal(-50)) not in found
    assert (True, Decimal(0)) in found


def refunds(project: CompiledProject) -> list[tuple[Any, ...]]:
    return project.rows(
        "select order_id, macro_conversion_id is not null, amount, converted_amount"
        " from marts.fct_refunds order by all"
    )


def test_refunds_lower_what_a_person_brought_and_are_no_conversion(project: CompiledProject) -> None:
    ann, ben, cat = ({"email": f"{name}@shops.ee"} for name in ("ann", "ben", "cat"))
    found = conversions(
        project,
        report("shop", order_id="E1", revenue=80.0, **ann),
        report("shop", 1440, order_id="E1-R", revenue=-80.0, **ann),
        report("shop", order_id="E2", revenue=80.0, **ben),
        report("shop", 1440, name="refund", order_id="E2", revenue=80.0, **ben),
        report("shop", order_id="E3", revenue=80.0, **cat),
        report("shop", 1440, name="refund", order_id="#E3", revenue=30.0, **cat),
        columns="order_id, net_revenue, is_fully_refunded",
    )
    assert found == [("E1", Decimal(80), False), ("E2", Decimal(0), True), ("E3", Decimal(50), False)]
    assert refunds(project) == [
        ("E1-R", False, Decimal(80), Decimal(80)),
        ("E2", True, Decimal(80), Decimal(80)),
        ("E3", True, Decimal(30), Decimal(30)),
    ]
    assert project.rows(
        "select lifetime_revenue, lifetime_net_revenue, macro_conversions, highest_stage"
        " from marts.dim_persons order by all"
    ) == [(Decimal(80), Decimal(net), 1, "customer") for net in (0, 0, 50)]


@pytest.mark.usefixtures("rates")
def test_a_refund_is_converted_at_the_rate_of_its_order(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", -1440, order_id="1", revenue=60.0, currency="USD", user_id="u"),  # at 1.25
        report("shop", name="refund", order_id="1", revenue=30.0, currency="USD", user_id="u"),
        report("shop", name="refund", order_id="9", revenue=30.0, currency="USD", user_id="u"),  # at 1.2
        columns="1",
    )
    assert refunds(project) == [("1", True, Decimal(30), Decimal(24)), ("9", False, Decimal(30), Decimal(25))]


def test_a_refund_without_an_amount_gives_the_order_back(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", order_id="1", revenue=60.0, user_id="u"),
        report("shop", 9, name="refund", order_id="1", user_id="u"),
        columns="1",
    )
    assert refunds(project) == [("1", True, Decimal(60), Decimal(60))]


@pytest.mark.parametrize(
    ("reports", "given_back"),
    [
        ([("refund", 60, 20.0), ("purchase", 61, -20.0)], 20),
        ([("refund", 60, -20.0), ("purchase", 30, -20.0)], 20),
        ([("refund", 60, 20.0), ("purchase", 60 + 1440, -20.0)], 20),
        ([("refund", 60, 20.0), ("purchase", 61 + 1440, -20.0)], 40),  # over a day apart: given back twice
        ([("refund", 60, 20.0), ("purchase", 61, -25.0)], 45),  # another amount
        ([("purchase", 60, -20.0), ("purchase", 90, -20.0)], 40),  # two lines
        ([("refund", 60, 20.0), ("purchase", 61, -20.0), ("purchase", 62, -20.0)], 40),
        ([("refund", 60, 20.0), ("refund", 70, 20.0), ("purchase", 61, -20.0), ("purchase", 71, -20.0)], 40),
        ([("refund", 60, 20.0), ("refund", 9000, 20.0), ("purchase", 9001, -20.0)], 40),
    ],
)
def test_a_refund_that_is_also_a_negative_purchase_counts_once(
    project: CompiledProject, reports: list[tuple[str, int, float]], given_back: int
) -> None:
    ann = {"order_id": "1", "user_id": "u"}
    rows = [report("shop", minutes, name, revenue=amount, **ann) for name, minutes, amount in reports]
    found = conversions(project, report("shop", revenue=60.0, **ann), *rows, columns="converted_refunds")
    assert found == [(Decimal(given_back),)]


def test_a_negative_purchase_of_another_order_namespace_or_currency_is_another_refund(
    project: CompiledProject,
) -> None:
    bought = report("shop", order_id="1", user_id="u", revenue=60.0)
    refund = report("shop", 60, "refund", order_id="1", user_id="u", revenue=20.0)
    for feed, values in (
        ("shop", {"order_id": "2"}),
        ("shop", {"order_id": None}),
        ("shop", {"order_id": "1", "currency": "USD"}),
        ("till", {"order_id": "1"}),
    ):
        negative = report(feed, 61, **{"user_id": "u", "revenue": -20.0, **values})
        conversions(project, bought, refund, negative, columns="1")
        assert len(refunds(project)) == 2, (feed, values)


def test_a_refund_that_two_systems_report_counts_once(project: CompiledProject) -> None:
    both = [
        report(feed, minutes, name=name, order_id="1", revenue=60.0, user_id="u")
        for feed in ("shop", "crm")
        for name, minutes in (("purchase", 0), ("refund", 99))
    ]
    conversions(project, *both, columns="1")
    assert refunds(project) == [("1", True, Decimal(60), Decimal(60))]

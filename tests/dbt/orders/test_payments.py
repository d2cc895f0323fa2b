"""What is paid and not an order: bookings, subscriptions, add-ons; each once, apart from shops' orders."""

from decimal import Decimal

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_feeds import conversions, report, settings

NAMES = ("booking_complete", "subscription_started", "trial_converted", "addon_purchase", "referred_purchase")


@pytest.mark.parametrize("name", NAMES)
def test_a_payment_counts_once_less_what_is_given_back(project: CompiledProject, name: str) -> None:
    """Pending, then paid; one cancelled without the amount, one given back in part, one whole."""
    names = {number: {"order_id": number, "user_id": f"u{number}"} for number in "1234"}
    reports = [
        report("shop", minutes, name, revenue=100.0, order_status=status, **named)
        for named in names.values()
        for minutes, status in ((0, "pending"), (60, "paid"))
    ]
    found = conversions(
        project,
        *reports,
        report("shop", 90, name, order_status="cancelled", **names["2"]),
        report("till", 90, "refund", revenue=40.0, **names["3"]),
        report("till", 90, "refund", **names["4"]),
        **settings(("till", "order_namespace", "shop")),
        columns="order_id, is_order, revenue, net_revenue, is_fully_refunded, source_event_count",
    )
    assert found == [
        ("1", True, Decimal(100), Decimal(100), False, 2),
        ("3", True, Decimal(100), Decimal(60), False, 2),
        ("4", True, Decimal(100), Decimal(0), True, 2),
    ]
    assert project.rows("select count(*), count(macro_conversion_id) from marts.fct_refunds") == [(2, 2)]
    assert project.rows("select sum(lifetime_net_revenue) from marts.dim_persons") == [(Decimal(160),)]


def test_what_carries_neither_id_nor_amount_is_not_an_order(project: CompiledProject) -> None:
    reports = [report("shop", minutes, "trial_converted", user_id="u", currency=None) for minutes in (0, 60)]
    assert conversions(project, *reports, columns="is_order, order_id") == [(False, None)] * 2


@pytest.mark.parametrize("other", ["purchase", "booking_complete"])
@pytest.mark.parametrize("number", ["5", "6"])
def test_a_booking_is_not_matched_with_orders_of_other_systems(
    project: CompiledProject, other: str, number: str
) -> None:
    """Of the same person, amount and minute, with the same id or another."""
    found = conversions(
        project,
        report("shop", 0, "booking_complete", order_id="5", user_id="u", revenue=90.0),
        report("crm", 1, other, order_id=number, user_id="u", revenue=90.0),
        columns="order_namespaces, match_rule",
    )
    assert found == [("crm", None), ("shop", None)]


def test_a_booking_that_the_shop_reports_as_an_order_is_that_order(project: CompiledProject) -> None:
    """And is still found in what another system reports of it."""
    found = conversions(
        project,
        report("shop", 0, "booking_complete", order_id="5", user_id="u", revenue=90.0),
        report("shop", 1, order_id="5", user_id="u", revenue=90.0),
        report("crm", 2, order_id="5", user_id="u", revenue=90.0),
        columns="order_namespaces, match_rule, revenue",
    )
    assert found == [("crm, shop", "order_id", Decimal(90))]

"""Which orders count: by their status, and whatever their amount."""

from decimal import Decimal

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_feeds import conversions, report


@pytest.mark.parametrize(
    ("statuses", "counts"),
    [
        (["failed", "paid"], True),
        (["paid", "cancelled"], False),
        (["cancelled", ""], False),  # a report without a status says nothing of it
        (["pending", "refunded", "completed"], True),
    ],
)
def test_the_latest_status_of_an_order_counts(
    project: CompiledProject, statuses: list[str], counts: bool
) -> None:
    reports = [
        report("shop", 10 * n, order_id="5", user_id="c", revenue=90.0, order_status=status)
        for n, status in enumerate(statuses)
    ]
    found = conversions(project, *reports, columns="revenue, is_fully_refunded")
    assert found == ([(Decimal(90), False)] if counts else [])


def test_a_free_sign_up_makes_no_customer(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", name="loyalty_signup", user_id="a", currency=None),
        report("shop", 5, user_id="b", order_id="1", revenue=0.0),
        columns="1",
    )
    found = project.rows("select is_customer, macro_conversions from marts.dim_persons order by all")
    assert found == [(False, 1), (True, 1)]


def test_voided_orders_count_nowhere_and_refunded_ones_stay(project: CompiledProject) -> None:
    found = conversions(
        project,
        report("shop", order_id="1", revenue=10.0, user_id="a", order_status="paid"),
        report("shop", order_id="2", revenue=20.0, user_id="b", order_status="Refunded"),
        report("shop", order_id="3", revenue=30.0, user_id="c", order_status="voided"),
        report("shop", order_id="3", user_id="c"),  # a line without a status
        report("crm", 2, order_id="3", revenue=30.0, user_id="c"),  # another system did not hear of it
        columns="order_id, net_revenue, is_fully_refunded",
    )
    assert found == [("1", Decimal(10), False), ("2", Decimal(0), True)]
    assert project.rows("select count(*) from marts.fct_events where is_macro") == [(2,)]
    assert project.rows("select is_customer from marts.dim_persons order by all") == [
        (False,),
        (True,),
        (True,),
    ]


def test_small_orders_are_purchases(project: CompiledProject) -> None:
    amounts = (9.5, 0.0, 9.0)
    found = conversions(
        project,
        *(
            report("shop", n, order_id=f"{n}", revenue=amount, user_id=f"u{n}")
            for n, amount in enumerate(amounts)
        ),
        columns="macro_conversion, revenue",
    )
    assert found == [("purchase", Decimal(0)), ("purchase", Decimal(9)), ("purchase", Decimal("9.5"))]

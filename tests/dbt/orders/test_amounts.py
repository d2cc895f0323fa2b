"""An order's amount: whose report counts, its lines, and its conversion to one currency."""

from decimal import Decimal

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_feeds import conversions, report, settings
from tests.dbt.rows import Hit


def test_the_amount_of_the_shop_counts_and_the_difference_is_shown(project: CompiledProject) -> None:
    hit = Hit("2026-10-06T08:01:00Z", "purchase", "/thanks", "phone", order="A1", revenue=82.0)
    found = conversions(
        project,
        report("shop", order_id="A1", email="ann@shops.ee", revenue=100.0),
        columns="revenue, amount_difference, order_namespace, sources, match_rule",
        google_analytics__events=[hit.event],
        google_analytics__event_attributes=[hit.attributes],
    )
    assert found == [
        (Decimal(100), Decimal(18), "shop", "event_files, google_analytics", "order_id"),
    ]


def test_a_transaction_that_was_sent_twice_has_its_whole_amount(project: CompiledProject) -> None:
    hit = Hit("2026-10-06T08:01:00Z", "purchase", "/thanks", "phone", order="A1", revenue=253.0, count=2)
    found = conversions(
        project,
        columns="revenue",
        google_analytics__events=[hit.event],
        google_analytics__event_attributes=[hit.attributes],
    )
    assert found == [(Decimal(253),)]


@pytest.mark.parametrize(("revenue_is", "revenue"), [("order_total", 50), ("line_amount", 75)])
def test_an_order_of_lines_is_their_sum_only_where_the_feed_says_so(
    project: CompiledProject, revenue_is: str, revenue: int
) -> None:
    lines = [report("shop", order_id="A1", user_id="u", revenue=amount) for amount in (50.0, 25.0, None)]
    found = conversions(
        project,
        *lines,
        report("shop", order_id="A1", user_id="u", revenue=9.0, currency="USD"),  # never added
        columns="revenue, currency",
        **settings(("shop", "revenue_is", revenue_is)),
    )
    assert found == [(Decimal(revenue), "EUR")]


def test_the_rates_of_a_file_count_before_the_seeds(project: CompiledProject) -> None:
    """Of the day of the order both have a rate; the seed's of Japan goes by way of another currency."""
    project.replace_seed(
        "exchange_rates", [("2026-10-06", "EUR", "USD", 2.0), ("2026-10-06", "USD", "JPY", 150.0)]
    )
    file = [("2026-10-06", "EUR", "USD", 1.25), ("2026-10-06", "EUR", "SEK", 10.0)]
    columns = ("rate_date", "base_currency", "currency", "rate")
    try:
        found = conversions(
            project,
            *(
                report("shop", n, order_id=currency, user_id="u", revenue=100.0, currency=currency)
                for n, currency in enumerate(("USD", "SEK", "JPY"))
            ),
            columns="order_id, converted_revenue",
            **{"raw._exchange_rates": [dict(zip(columns, row, strict=True)) for row in file]},
        )
    finally:
        project.replace_seed("exchange_rates", [])
    assert found == [("JPY", None), ("SEK", Decimal(10)), ("USD", Decimal(80))]


@pytest.mark.usefixtures("rates")
def test_amounts_are_converted_at_the_rate_of_their_day_and_never_added(project: CompiledProject) -> None:
    ann = {"email": "ann@shops.ee"}
    conversions(
        project,
        report("shop", order_id="1", revenue=30.0, **ann),
        report("shop", 1, order_id="2", revenue=60.0, currency="USD", **ann),  # of its day: 1.2
        report("shop", -1440, order_id="3", revenue=60.0, currency="usd", **ann),  # of an earlier day: 1.25
        report("shop", 2, order_id="4", revenue=1000.0, currency="JPY", **ann),
        report("shop", 3, order_id="5", revenue=7.0, currency="SEK", **ann),
        report("shop", -20 * 1440, order_id="6", revenue=7.0, currency="USD", **ann),  # before all rates
        columns="1",
    )
    assert project.rows(
        "select currency, converted_revenue from marts.fct_macro_conversions order by order_id"
    ) == [
        ("EUR", Decimal(30)),
        ("USD", Decimal(50)),
        ("USD", Decimal(48)),
        ("JPY", Decimal("6.25")),
        ("SEK", None),
        ("USD", None),
    ]
    assert project.rows(
        "select lifetime_revenue, unconverted_orders, revenue_currency from marts.dim_persons"
    ) == [(Decimal("134.25"), 2, "EUR")]


def test_what_cannot_be_converted_is_unknown_and_no_order_is_nothing(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", order_id="1", revenue=30.0, currency="SEK", user_id="swede"),
        report("shop", order_id="2", user_id="silent"),
        report("shop", name="page_view", user_id="dora"),
        columns="1",
    )
    found = project.rows(
        "select lifetime_revenue, lifetime_net_revenue, unconverted_orders, is_customer"
        " from marts.dim_persons order by all"
    )
    assert found == [(Decimal(0), Decimal(0), 0, False), (None, None, 1, True), (None, None, 1, True)]

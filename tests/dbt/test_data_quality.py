"""What the marts lack, as `rpt_data_quality` counts it: devices, revenue, orders, recipients, sources."""

from datetime import date, timedelta
from typing import Any

from tests.dbt.accounts.test_watermarks import START, carts_and_checkouts
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, file_row


def lacks(with_feeds: CompiledProject, tables: dict[str, list[Row]], *indicators: str) -> list[Any]:
    with_feeds.build(tables, "rpt_data_quality")
    named = ", ".join(f"'{indicator}'" for indicator in indicators)
    return with_feeds.rows(
        "select indicator, source, stream, day, affected, total, unit from marts.rpt_data_quality"
        f" where indicator in ({named}) order by all"
    )


def test_silence_is_a_lack_of_quality_for_as_long_as_it_lasts(with_feeds: CompiledProject) -> None:
    # Begun on 16 September, silent since the last checkout of 30 September, 13:00, as of the extraction.
    assert lacks(with_feeds, carts_and_checkouts(), "silent_sources") == [
        ("silent_sources", "event_files", "checkout", date(2026, 11, 16), 46.0, 61.0, "days"),
        ("silent_sources", "event_files", "site", date(2026, 11, 16), 0.0, 61.0, "days"),
    ]


def test_devices_of_nobody_are_counted_on_the_day_they_are_first_seen(with_feeds: CompiledProject) -> None:
    day = timedelta(days=1)
    tables = {
        "event_files__site": [
            file_row("view_item", START, "ann", client_id="laptop"),
            file_row("view_item", START, "", contact_key=None, client_id="phone"),
            file_row("view_item", START + day, "", contact_key=None, client_id="phone"),
            file_row("view_item", START + day, "", contact_key=None, user_id="u1", client_id="tablet"),
            # An address without a device is not part of the whole.
            file_row("view_item", START + day, "ben"),
        ]
    }
    assert lacks(with_feeds, tables, "unlinked_devices") == [
        ("unlinked_devices", "all", "all", date(2026, 9, 16), 1.0, 2.0, "devices"),
        ("unlinked_devices", "all", "all", date(2026, 9, 17), 0.0, 1.0, "devices"),
    ]


def test_revenue_that_no_rule_matches_is_counted_by_event(with_feeds: CompiledProject) -> None:
    """A refund needs no rule; a voided order has one."""
    euros = {"revenue": 20.0, "currency": "EUR"}
    tables = {
        "event_files__site": [
            file_row("purchase", START, "ann", order_id="1", **euros),
            file_row("purchase", START, "ben", order_id="2", order_status="voided", **euros),
            file_row("refund", START, "ann", order_id="1", **euros),
            file_row("order_paid", START, "cid", order_id="3", **euros),
        ]
    }
    assert lacks(with_feeds, tables, "unmatched_revenue_events") == [
        ("unmatched_revenue_events", "event_files", "site", date(2026, 9, 16), 1.0, 3.0, "events")
    ]


def test_orders_without_an_amount_or_a_person_are_counted(with_feeds: CompiledProject) -> None:
    tables = {
        "event_files__site": [
            file_row("purchase", START, "ann", order_id="1", revenue=20.0, currency="EUR"),
            file_row("purchase", START, "ben", order_id="2", revenue=20.0, currency="XAU"),
            file_row("purchase", START, "", contact_key=None, order_id="3", revenue=60.0, currency="EUR"),
        ]
    }
    lack = ("event_files", "site", date(2026, 9, 16))
    assert lacks(
        with_feeds, tables, "unconverted_orders", "orders_without_person", "order_revenue_without_person"
    ) == [
        ("order_revenue_without_person", *lack, 60.0, 80.0, "EUR"),
        ("orders_without_person", *lack, 1.0, 3.0, "orders"),
        ("unconverted_orders", *lack, 1.0, 3.0, "orders"),
    ]


def test_orders_of_a_status_that_no_seed_declares_are_counted(with_feeds: CompiledProject) -> None:
    """By the latest status of an order, of the orders with one that are not voided; they stand, as before."""

    def reported(order: str, minute: int, status: str | None, **values: object) -> Row:
        at = START + timedelta(minutes=minute)
        bought = {"order_id": order, "revenue": 20.0, "currency": "EUR", "order_status": status}
        return file_row("purchase", at, f"buyer {order}", **{**bought, **values})

    tables = {
        "event_files__site": [
            reported("1", 0, "paid"),
            reported("2", 0, " Partially Refunded "),
            reported("3", 0, "cancelled"),
            reported("4", 0, "annulleret"),
            reported("5", 0, "paid"),
            reported("5", 1, "annulleret"),
            reported("5", 2, None),  # says nothing of its status
            reported("6", 0, "annulleret"),
            reported("6", 1, "Refunded"),
            reported("7", 0, " "),
            reported("8", 0, None),
        ],
        "event_files__news": [reported("9", 0, None)],
    }
    assert lacks(with_feeds, tables, "undeclared_order_statuses") == [
        ("undeclared_order_statuses", "event_files", "site", date(2026, 9, 16), 2.0, 5.0, "orders")
    ]
    counted = with_feeds.rows("select order_id from marts.fct_macro_conversions order by all")
    assert [order for (order,) in counted] == ["1", "2", "4", "5", "6", "7", "8", "9"]


def test_orders_that_an_old_rate_converts_are_counted(with_feeds: CompiledProject) -> None:
    """A newer rate of another currency makes none younger; by way of the base the older of both counts."""

    def sold(order: str, days: int, currency: str, **values: object) -> Row:
        bought = {"order_id": order, "revenue": 20.0, "currency": currency, **values}
        return file_row("purchase", START + timedelta(days=days), "ann", **bought)

    def published(*rates: tuple[date, str, str, float]) -> dict[str, list[Row]]:
        columns = ("rate_date", "base_currency", "currency", "rate")
        return {"raw._exchange_rates": [dict(zip(columns, rate, strict=True)) for rate in rates]}

    first, later = date(2026, 9, 10), date(2026, 9, 26)
    rates = published((first, "EUR", "USD", 1.25), (first, "EUR", "SEK", 10.0), (later, "EUR", "SEK", 10.5))
    tables = {
        "event_files__site": [
            sold("1", 4, "USD"),  # of 20 September: ten days
            sold("2", 5, "USD"),  # eleven
            sold("3", 16, "USD"),  # of October, when the rate of crowns is younger
            sold("4", 16, "SEK"),
            sold("5", 16, "EUR"),
            sold("6", 16, "XAU"),  # without a rate
            sold("7", 16, "USD", order_status="voided"),
        ],
        **rates,
    }
    lack = ("orders_converted_by_old_rates", "event_files", "site")
    assert lacks(with_feeds, tables, "orders_converted_by_old_rates") == [
        (*lack, date(2026, 9, 20), 0.0, 1.0, "orders"),
        (*lack, date(2026, 9, 21), 1.0, 1.0, "orders"),
        (*lack, date(2026, 10, 2), 1.0, 2.0, "orders"),
    ]
    by_way_of_dollars = published((first, "USD", "EUR", 0.8), (later, "USD", "SEK", 8.4))
    tables = {"event_files__site": [sold("1", 16, "SEK")], **by_way_of_dollars}
    assert lacks(with_feeds, tables, "orders_converted_by_old_rates") == [
        (*lack, date(2026, 10, 2), 1.0, 1.0, "orders")
    ]


def test_refunds_and_costs_that_an_old_rate_converts_are_counted(with_feeds: CompiledProject) -> None:
    """A refund in the order's currency is converted as the order was, whenever it is made."""

    def event(name: str, order: str, days: int, currency: str, amount: float = 20.0) -> Row:
        values = {"order_id": order, "revenue": amount, "currency": currency}
        return file_row(name, START + timedelta(days=days), "ann", **values)

    def cost(day: date, currency: str) -> Row:
        return {"campaign": "News", "day": day, "cost": 5, "currency": currency}

    columns = ("rate_date", "base_currency", "currency", "rate")
    first = date(2026, 9, 10)
    rates = [
        dict(zip(columns, (first, "EUR", word, rate), strict=True))
        for word, rate in (("USD", 1.25), ("SEK", 10.0))
    ]
    tables = {
        "event_files__site": [
            event("purchase", "1", 1, "USD"),  # of a rate of a week before
            event("refund", "1", 20, "USD"),
            event("purchase", "2", 12, "USD"),  # of an old one
            event("refund", "2", 20, "USD", 7.0),
            event("refund", "1", 21, "SEK", 1.0),  # of its own day
            event("refund", "9", 4, "SEK"),  # of no order
            event("refund", "1", 22, "EUR", 1.0),
            event("refund", "1", 22, "XTS", 1.0),
        ],
        "raw._exchange_rates": rates,
        "raw._campaign_costs": [
            cost(date(2026, 9, 20), "USD"), cost(date(2026, 9, 21), "USD"), cost(date(2026, 9, 21), "EUR"),
            cost(date(2026, 9, 21), "XTS"), cost(date(2026, 9, 21), "SEK"),
        ],
    }  # fmt: skip
    refunds = ("refunds_converted_by_old_rates", "event_files", "site")
    costs = ("costs_converted_by_old_rates", "all", "all")
    assert lacks(with_feeds, tables, refunds[0], costs[0]) == [
        (*costs, date(2026, 9, 20), 0.0, 1.0, "costs"),
        (*costs, date(2026, 9, 21), 2.0, 2.0, "costs"),
        (*refunds, date(2026, 9, 20), 0.0, 1.0, "refunds"),
        (*refunds, date(2026, 10, 6), 1.0, 2.0, "refunds"),
        (*refunds, date(2026, 10, 7), 1.0, 1.0, "refunds"),
    ]


def test_recipients_who_cannot_be_seen_to_open_are_counted(with_feeds: CompiledProject) -> None:
    """A file without user agents or flags does not separate persons from machines."""
    tables = {
        "event_files__news": [
            file_row(name, START + timedelta(minutes=minute), "ann", campaign="Autumn")
            for minute, name in enumerate(("send", "delivered", "open"))
        ]
    }
    assert lacks(with_feeds, tables, "unobservable_recipients") == [
        ("unobservable_recipients", "all", "all", date(2026, 9, 16), 1.0, 1.0, "deliveries")
    ]


def test_mailings_that_share_a_name_are_counted_by_their_repeated_sends(with_feeds: CompiledProject) -> None:
    tables = {
        "event_files__news": [
            file_row("send", START + timedelta(days=day), person, campaign="Newsletter")
            for person, days in (("ann", (0, 7, 14)), ("bob", (0,)), ("eve", (7,)))
            for day in days
        ]
    }
    # What is delivered without a send is none.
    tables["event_files__news"] += [file_row("delivered", START, "zoe", campaign="Newsletter")]
    assert lacks(with_feeds, tables, "repeated_sends") == [
        ("repeated_sends", "all", "all", date(2026, 9, 16), 2.0, 4.0, "sends"),
        ("repeated_sends", "all", "all", date(2026, 9, 23), 0.0, 1.0, "sends"),
    ]


def test_statements_of_consent_that_reach_no_person_are_counted(with_feeds: CompiledProject) -> None:
    """An account of 14 devices in 14 days is no one's, so that no device is kept out by what it states."""
    tables = {
        "event_files__site": [
            *(
                file_row(
                    "login",
                    START + timedelta(days=n),
                    "",
                    contact_key=None,
                    user_id="u9",
                    client_id=f"pc {n}",
                )
                for n in range(14)
            ),
            file_row(
                "consent_updated", START, "", contact_key=None, user_id="u9", analytics_consent="denied"
            ),
            file_row("consent_updated", START, "", contact_key=None, marketing_consent="no"),
            file_row("consent_updated", START, "ann", analytics_consent="denied"),
            file_row("consent_updated", START, "ben", marketing_consent="yes"),
            file_row("consent_updated", START, "", contact_key=None, analytics_consent="maybe"),
        ]
    }
    assert lacks(with_feeds, tables, "consent_statements_without_person") == [
        (
            "consent_statements_without_person",
            "event_files",
            "site",
            date(2026, 9, 16),
            2.0,
            4.0,
            "statements",
        )
    ]


def test_orders_of_which_more_was_given_back_than_they_came_to_are_counted(
    with_feeds: CompiledProject,
) -> None:
    def row(name: str, minutes: int, order: str, amount: float) -> Row:
        at = START + timedelta(minutes=minutes)
        return file_row(name, at, "ann", order_id=order, revenue=amount, currency="EUR")

    tables = {
        "event_files__site": [
            *(row("purchase", 0, order, 20.0) for order in ("1", "2", "3", "4")),
            row("refund", 10, "1", 20.0),
            row("refund", 10, "2", 12.0),
            row("refund", 20, "2", 8.01),
            row("refund", 10, "3", 5.0),
            row("refund", 10, "9", 50.0),  # of no known order
        ]
    }
    assert lacks(with_feeds, tables, "excess_refunds", "unmatched_refunds") == [
        ("excess_refunds", "event_files", "site", date(2026, 9, 16), 1.0, 3.0, "orders"),
        ("unmatched_refunds", "event_files", "site", date(2026, 9, 16), 1.0, 5.0, "refunds"),
    ]


def totals(feed: str, *rows: tuple[date, str, int, str]) -> list[Row]:
    names = ("day", "currency", "orders", "revenue")
    return [
        {"feed": feed, "time_zone": "Europe/Tallinn", **dict(zip(names, row, strict=True))} for row in rows
    ]


def test_orders_of_a_feed_are_held_against_the_shops_own_totals(with_feeds: CompiledProject) -> None:
    """By the day of the feed's zone and by currency, between the first and the last day of the totals."""

    def bought(order: str, at: timedelta, amount: float, person: str = "ann", **values: object) -> Row:
        return file_row(
            "purchase", START + at, person, order_id=order, revenue=amount, **{"currency": "EUR", **values}
        )

    day = timedelta(days=1)
    first, second, third = (date(2026, 9, 16 + n) for n in range(3))
    late = timedelta(hours=10)  # 22:00 UTC, past midnight in Tallinn
    tables = {
        "event_files__site": [
            bought("1", 0 * day, 20.0),
            bought("2", 0 * day, 10.5, contact_key=None, client_id="phone"),
            bought("3", 0 * day, 99.0, order_status="voided"),
            bought("4", late, 30.0),
            bought("5", day, 7.0, currency="USD"),
            bought("6", 9 * day, 1000.0),
            file_row("refund", START + day, "ann", order_id="1", revenue=20.0, currency="EUR"),
        ],
        "event_files__news": [bought("7", 0 * day, 500.0)],
        "raw._order_totals": totals(
            "site",
            (first, "EUR", 2, "30.50"),
            (second, "EUR", 2, "40"),
            (third, "EUR", 1, "8"),
        ),
    }
    found = lacks(with_feeds, tables, "unreconciled_orders", "unreconciled_revenue")
    lack = ("event_files", "site")
    assert found == [
        ("unreconciled_orders", *lack, first, 0.0, 2.0, "orders"),
        # One of two in euros, and one in dollars of which the totals know nothing.
        ("unreconciled_orders", *lack, second, 2.0, 2.0, "orders"),
        ("unreconciled_orders", *lack, third, 1.0, 1.0, "orders"),
        ("unreconciled_revenue", *lack, first, 0.0, 30.5, "EUR"),
        ("unreconciled_revenue", *lack, second, 7.0, 7.0, "USD"),
        ("unreconciled_revenue", *lack, second, 10.0, 40.0, "EUR"),
        ("unreconciled_revenue", *lack, third, 8.0, 8.0, "EUR"),
    ]


def test_without_totals_orders_are_held_against_nothing(with_feeds: CompiledProject) -> None:
    bought = file_row("purchase", START, "ann", order_id="1", revenue=20.0, currency="EUR")
    assert (
        lacks(with_feeds, {"event_files__site": [bought]}, "unreconciled_orders", "unreconciled_revenue")
        == []
    )

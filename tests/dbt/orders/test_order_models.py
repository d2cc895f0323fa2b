"""What one order is made of: its reports, its rates and the other systems' orders; each model alone."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_rows import order, report
from tests.dbt.steps.put_rows import DAY, SECOND, START, found, put


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "int_order_totals")
    with with_feeds.connect() as opened:
        yield opened


@pytest.mark.parametrize(
    ("reports", "column", "expected"),
    [
        # The latest status, of one instant the worst, whichever report is first.
        ([{"status": "refunded"}, {"status": "voided"}], "is_voided, is_refunded_by_status", (True, False)),
        ([{"status": "voided"}, {"status": "refunded"}], "is_voided, is_refunded_by_status", (True, False)),
        ([{"status": "stands"}, {"status": "refunded"}], "is_voided, is_refunded_by_status", (False, True)),
        (
            [{"status": "voided"}, {"status": "stands", "occurred_at": START + SECOND}],
            "is_voided, is_status_declared",
            (False, True),
        ),
        # Exports give every state of an order one time: the newest file's counts.
        (
            [{"status": "stands", "loaded_at": START + DAY}, {"status": "voided", "loaded_at": START}],
            "is_voided",
            (False,),
        ),
        (
            [{"status": "stands", "loaded_at": START}, {"status": "voided", "loaded_at": START + DAY}],
            "is_voided",
            (True,),
        ),
        # The earliest report that has a person stands for all of them.
        ([{"person_key": None}, {"occurred_at": START + DAY}], "event_id, occurred_at", (1, START + DAY)),
        ([{"names_person": False}, {}], "names_person, is_separate", (True, False)),
        # A booking that is an order as well is matched as one.
        ([{"is_purchase": False}, {}], "is_separate", (False,)),
        ([{"is_purchase": False}, {"is_purchase": False}], "is_separate", (True,)),
        ([{"is_separate": True}, {}], "is_separate", (True,)),
        # Lines are added up if any report is one; deals of one order are its parts, with another report not.
        ([{"is_line_amount": True}, {}], "revenue", (20,)),
        ([{"is_copy": True}, {"is_copy": True}], "revenue, is_copy", (20, True)),
        ([{"is_copy": True}, {}], "revenue", (10,)),
        ([{"is_line_amount": True, "revenue": 499_999_999_999}] * 2, "revenue", (999_999_999_998,)),
        ([{"is_line_amount": True, "revenue": 500_000_000_000}] * 2, "revenue", (None,)),
    ],
)
def test_reports_of_one_order(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    reports: list[dict[str, Any]],
    column: str,
    expected: tuple[Any, ...],
) -> None:
    rows = [report(number, **values) for number, values in enumerate(reports)]
    put(connection, {"intermediate.int_order_reports": rows})
    with_feeds.make_alone(connection, ["int_orders"])
    assert found(connection, f"select {column} from intermediate.int_orders") == [expected]


DEAL, TRACKER = {"is_copy": True}, {"is_tracking": True}
FIRST, SECOND_DAY = date(2026, 6, 1), date(2026, 6, 2)
RATES = [
    {"currency": "EUR", "valid_from": date(1, 1, 1), "rate": 1},
    {
        "currency": "USD",
        "valid_from": FIRST,
        "valid_until": SECOND_DAY,
        "rate_day": date(2026, 5, 30),
        "rate": 0.5,
    },
    {"currency": "USD", "valid_from": SECOND_DAY, "rate_day": SECOND_DAY, "rate": 0.25},
]


@pytest.mark.parametrize(
    ("orders", "columns", "expected"),
    [
        # Whose amount: the shop's, a deal's, a tag's; of several shops the largest, then the first by name.
        ([order(1, "crm", **DEAL, revenue=120), order(2, "shop")], "revenue", (100,)),
        ([order(1, "crm", **DEAL), order(2, "tag", **TRACKER, revenue=120)], "revenue", (100,)),
        (
            [order(1, "shop", revenue=None), order(2, "tag", **TRACKER)],
            "revenue, order_namespace",
            (100, "tag"),
        ),
        ([order(1, "b"), order(2, "a")], "order_namespace, amount_difference", ("a", 0)),
        (
            [order(1, "a"), order(2, "b", revenue=90), order(3, "c", revenue=70)],
            "revenue, amount_difference, order_namespaces",
            (100, 30, "a, b, c"),
        ),
        ([order(1, "a"), order(2, "b", revenue=90, currency="USD")], "amount_difference", (None,)),
        # Of any report: that it names a person, was given back, or has a status that is not declared.
        ([order(1, "a"), order(2, "b", names_person=False)], "names_person", (True,)),
        ([order(1, "a"), order(2, "b", is_refunded_by_status=True)], "is_refunded_by_status", (True,)),
        (
            [order(1, "a", is_status_declared=True), order(2, "b", is_status_declared=False)],
            "has_undeclared_status",
            (True,),
        ),
        ([order(1, "a", is_status_declared=True), order(2, "b")], "has_undeclared_status", (False,)),
        ([order(1, "a"), order(2, "b")], "has_undeclared_status", (None,)),
        (
            [order(1, "a", match_rule="person_amount_time"), order(2, "b", match_rule="order_id")],
            "match_rule",
            ("order_id",),
        ),
        # At the rate of the day of the earliest report.
        (
            [order(1, "a", currency="USD", occurred_at=START + DAY), order(2, "b", currency="USD")],
            "converted_revenue, exchange_rate_day",
            (50, date(2026, 5, 30)),
        ),
        (
            [order(1, "a", currency="USD", occurred_at=START + DAY)],
            "converted_revenue, exchange_rate_day",
            (25, SECOND_DAY),
        ),
        (
            [order(1, "a", currency="USD", occurred_at=START - DAY)],
            "converted_revenue, exchange_rate_day",
            (None, None),
        ),
        (
            [order(1, "a", occurred_at=datetime(2020, 1, 1))],
            "converted_revenue, exchange_rate_day",
            (100, None),
        ),
    ],
)
def test_what_the_reports_of_one_order_come_to(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    orders: list[dict[str, Any]],
    columns: str,
    expected: tuple[Any, ...],
) -> None:
    matched = [{"matched_order_key": 1, **each} for each in orders]
    put(connection, {"intermediate.int_matched_orders": matched, "intermediate.int_exchange_rates": RATES})
    with_feeds.make_alone(connection, ["int_order_totals"])
    assert found(connection, f"select {columns} from intermediate.int_order_totals") == [expected]


@pytest.mark.parametrize(
    ("file", "seed", "expected"),
    [
        # A day of which the file has one currency, and the seed two.
        (
            [(FIRST, "EUR", "USD", 2.0)],
            [(FIRST, "EUR", "USD", 4.0), (FIRST, "EUR", "SEK", 10.0)],
            [("SEK", FIRST, None, FIRST, 0.1), ("USD", FIRST, None, FIRST, 0.5)],
        ),
        # By way of dollars a rate of crowns changes with that of the euro, and is as old as the older.
        (
            [(FIRST, "USD", "EUR", 0.5), (FIRST, "USD", "SEK", 5.0), (SECOND_DAY, "USD", "EUR", 0.25)],
            [],
            [
                ("SEK", FIRST, SECOND_DAY, FIRST, 0.1),
                ("SEK", SECOND_DAY, None, FIRST, 0.05),
                ("USD", FIRST, SECOND_DAY, FIRST, 0.5),
                ("USD", SECOND_DAY, None, SECOND_DAY, 0.25),
            ],
        ),
    ],
)
def test_rates_of_each_day(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    file: list[tuple[date, str, str, float]],
    seed: list[tuple[date, str, str, float]],
    expected: list[tuple[Any, ...]],
) -> None:
    columns = ("rate_date", "base_currency", "currency", "rate")
    put(
        connection,
        {
            table: [dict(zip(columns, rate, strict=True)) for rate in rates]
            for table, rates in (("raw._exchange_rates", file), ("staging.exchange_rates", seed))
        },
    )
    with_feeds.make_alone(connection, ["int_exchange_rates"])
    put(connection, {"raw._exchange_rates": [], "staging.exchange_rates": []})
    query = "from intermediate.int_exchange_rates where currency <> 'EUR' order by currency, valid_from"
    rates = found(connection, query)
    assert [rate[:4] for rate in rates] == [each[:4] for each in expected]
    assert [float(rate) for *_, rate in rates] == pytest.approx([each[4] for each in expected])

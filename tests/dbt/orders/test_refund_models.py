"""Which reports of a refund count, of whom, and what a macro-conversion comes to; each model alone."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_rows import order, report
from tests.dbt.steps.put_rows import DAY, MINUTE, SECOND, START, found, put


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "fct_refunds")
    with with_feeds.connect() as opened:
        yield opened


def refund(number: int, **values: Any) -> dict[str, Any]:
    """A refund of 20 EUR of the order 1 of the shop, an hour after it."""
    given = {"occurred_at": START + 60 * MINUTE, "revenue": 20, "is_refund": True, "is_refund_event": True}
    return report(number, **{**given, **values})


def negative(number: int, **values: Any) -> dict[str, Any]:
    """A negative purchase of as much."""
    return refund(number, **{"is_refund_event": False, "revenue": -20, **values})


def refunds(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    reports: list[dict[str, Any]],
    columns: str,
    **of_order: Any,
) -> list[tuple[Any, ...]]:
    """Of the order 1 of the shop, of which a tag has a report, too."""
    is_voided = of_order.pop("is_voided", False)
    orders = [
        {"matched_order_key": 1, **order(1, "shop", event_id=1, **of_order)},
        {"matched_order_key": 1, **order(2, "a tag", event_id=2, is_tracking=True)},
    ]
    put(
        connection,
        {
            "intermediate.int_order_reports": reports,
            "intermediate.int_matched_orders": orders,
            "intermediate.int_order_totals": [
                {"matched_order_key": 1, "revenue": 100, "currency": "EUR", "rate": 1}
            ],
            "intermediate.int_order_events": [
                {"event_id": number, "matched_order_key": 1, "is_voided": is_voided, "is_refund": number > 2}
                for number in (1, 2, *(each["event_id"] for each in reports))
            ],
            "intermediate.int_person_consents": [{"person_key": 8, "analytics_consent": "denied"}],
            "intermediate.int_exchange_rates": [],
        },
    )
    with_feeds.make_alone(connection, ["int_refunds"])
    return found(connection, f"select {columns} from intermediate.int_refunds order by all")


TAG = {"order_namespace": "a tag", "is_tracking": True}


@pytest.mark.parametrize(
    ("reports", "events"),
    [
        # Each negative purchase within a day of a refund of its amount is that refund, and no second one.
        ([refund(3), negative(4, occurred_at=START + 60 * MINUTE + DAY)], [3]),
        ([refund(3), negative(4, occurred_at=START + 60 * MINUTE - DAY)], [3]),
        ([refund(3), negative(4, occurred_at=START + 60 * MINUTE + DAY + SECOND)], [3, 4]),
        ([refund(3), negative(4, occurred_at=START + 60 * MINUTE - DAY - SECOND)], [3, 4]),
        ([refund(3), negative(4), negative(5)], [3, 5]),
        ([refund(3, currency=None), negative(4, currency=None)], [3]),
        ([refund(3, currency=None), negative(4)], [3, 4]),
        # The shop's refunds count before a tag's, and those without a known order all.
        ([refund(3), refund(4, **TAG)], [3]),
        ([refund(3, order_id="x"), refund(4, order_id="x", order_namespace="till")], [3, 4]),
        ([refund(3), refund(4, order_id="x", order_namespace="till")], [3, 4]),
    ],
)
def test_which_reports_of_a_refund_count(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    reports: list[dict[str, Any]],
    events: list[int],
) -> None:
    assert refunds(with_feeds, connection, reports, "event_id") == [(event,) for event in events]
    assert refunds(with_feeds, connection, reports[::-1], "event_id") == [(event,) for event in events]


@pytest.mark.parametrize(
    ("reports", "of_order", "expected"),
    [
        # No amount gives the whole order back, in its currency; 0 gives nothing, but for tags.
        ([refund(3, revenue=0)], {}, []),
        ([refund(3, revenue=0), refund(4)], {}, [(4, 1, 20, "EUR")]),
        ([refund(4, revenue=0, **TAG)], {}, [(4, 2, 100, "EUR")]),
        ([refund(3, revenue=None, currency=None)], {}, [(3, 1, 100, "EUR")]),
        ([refund(3, person_key=5)], {}, [(3, 1, 20, "EUR")]),
        ([refund(3, person_key=5, order_id="x")], {}, [(3, 5, 20, "EUR")]),
        # Who refuses analytics is not named.
        ([refund(3)], {"person_key": 8}, [(3, None, 20, "EUR")]),
        # By its status the whole order, unless a refund says how much, whatever else was given back.
        ([], {"is_refunded_by_status": True}, [(1, 1, 100, "EUR")]),
        ([refund(3)], {"is_refunded_by_status": True}, [(3, 1, 20, "EUR")]),
        (
            [refund(3, order_id="x")],
            {"is_refunded_by_status": True},
            [(1, 1, 100, "EUR"), (3, 1, 20, "EUR")],
        ),
        # Of a voided order nothing was given back.
        ([refund(3)], {"is_voided": True}, []),
        ([], {"is_voided": True, "is_refunded_by_status": True}, []),
    ],
)
def test_what_was_given_back_to_whom(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    reports: list[dict[str, Any]],
    of_order: dict[str, Any],
    expected: list[tuple[Any, ...]],
) -> None:
    columns = "event_id, person_key, amount, currency"
    given = {"person_key": 1, **of_order}
    assert refunds(with_feeds, connection, reports, columns, **given) == expected


def conversion(number: int, **values: Any) -> dict[str, Any]:
    return {
        "event_id": number,
        "person_key": 1,
        "occurred_at": START,
        "event_rank": 35,
        "micro_conversion": "purchase",
        "source": "event_files",
        "is_macro": True,
        "is_person_action": True,
        "is_machine": False,
        **values,
    }


SIGN_UP = {"micro_conversion": "loyalty_signup"}


def conversions(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    events: list[dict[str, Any]],
    columns: str,
    given_back: float | None = None,
    **totals: Any,
) -> list[tuple[Any, ...]]:
    """Events 1 and 2 report the order 7, which came to 100 EUR."""
    back = [] if given_back is None else [{"matched_order_key": 7, "converted_amount": given_back}]
    # A refund of no known order is taken off none.
    back += [{"matched_order_key": None, "converted_amount": 50, "event_id": 99, "occurred_at": START}]
    of_order = {"matched_order_key": 7, "revenue": 100, "converted_revenue": 100, "currency": "EUR", **totals}
    put(
        connection,
        {
            "marts.fct_events": events,
            "intermediate.int_order_events": [
                {"event_id": n, "matched_order_key": 7, "is_voided": False} for n in (1, 2)
            ],
            "intermediate.int_order_totals": [of_order],
            "intermediate.int_refunds": back,
        },
    )
    with_feeds.make_alone(connection, ["fct_macro_conversions"])
    return found(connection, f"select {columns} from marts.fct_macro_conversions order by event_id")


@pytest.mark.parametrize(
    ("given_back", "expected"),
    [(None, (100, 0, False)), (99, (1, 99, False)), (100, (0, 100, True)), (120, (-20, 120, True))],
)
def test_an_order_is_worth_what_was_not_given_back(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    given_back: float | None,
    expected: tuple[Any, ...],
) -> None:
    columns = "net_revenue, converted_refunds, is_fully_refunded"
    assert conversions(with_feeds, connection, [conversion(1)], columns, given_back) == [expected]


@pytest.mark.parametrize(
    ("events", "columns", "expected"),
    [
        # What a person did counts, and no machine's visit or what another did for them.
        ([conversion(3, is_machine=True)], "event_id", []),
        ([conversion(3, is_person_action=False)], "event_id", []),
        # The earliest event that has a person stands for the order.
        (
            [conversion(1, person_key=None), conversion(2, occurred_at=START + DAY)],
            "event_id, source_event_count, macro_conversion_id",
            [(2, 2, 7)],
        ),
        # What is not an order names none and is its own conversion; no one's have no number.
        (
            [conversion(3, **SIGN_UP), conversion(4, **SIGN_UP, person_key=None)],
            "macro_conversion_id, is_order, names_person, has_undeclared_status, exchange_rate_day,"
            " converted_refunds, conversion_number",
            [(3, False, False, None, None, 0, 1), (4, False, False, None, None, 0, None)],
        ),
        # In the order of time, then of what the events are.
        (
            [
                conversion(3, **SIGN_UP, event_rank=36),
                conversion(4, **SIGN_UP),
                conversion(5, **SIGN_UP, occurred_at=START - DAY),
            ],
            "event_id, conversion_number",
            [(3, 3), (4, 2), (5, 1)],
        ),
    ],
)
def test_macro_conversions_of_events(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    events: list[dict[str, Any]],
    columns: str,
    expected: list[tuple[Any, ...]],
) -> None:
    assert conversions(with_feeds, connection, events, columns) == expected


def test_a_mart_says_what_is_known_of_status_and_rate(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    day = START.date()
    totals = {"has_undeclared_status": True, "exchange_rate_day": day, "names_person": True}
    columns = "has_undeclared_status, exchange_rate_day, names_person, is_order"
    assert conversions(
        with_feeds, connection, [conversion(1, occurred_at=START + DAY)], columns, **totals
    ) == [(True, day, True, True)]
    assert conversions(with_feeds, connection, [conversion(1)], columns) == [(None, None, False, True)]
    # A refund of no order that is known leads to none.
    with_feeds.make_alone(connection, ["fct_refunds"])
    query = "select event_id, macro_conversion_id from marts.fct_refunds"
    assert found(connection, query) == [(99, None)]
    connection.execute("update intermediate.int_refunds set matched_order_key = 8")
    with_feeds.make_alone(connection, ["fct_refunds"])
    assert found(connection, query) == [(99, None)]
    connection.execute("update intermediate.int_refunds set matched_order_key = 7")
    with_feeds.make_alone(connection, ["fct_refunds"])
    assert found(connection, query) == [(99, 7)]

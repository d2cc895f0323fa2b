"""When order ids of two systems can collide at all."""

import duckdb
import pytest

from dagster_project.checks.check import CheckOutcome, Status
from tests.checks.test_edges import outcome


@pytest.mark.parametrize(
    ("other", "separate", "pairs", "status", "n"),
    [
        ("shop", "", "", Status.EMPTY, 0),
        ("till", "", "", Status.ERROR, 40),
        # Bookings, which are compared with no shop's orders.
        ("bookings", "", "", Status.EMPTY, 0),
        # Declared: what has one numbering left has nothing to be compared with.
        ("till", "till", "", Status.EMPTY, 0),
        ("till", "", "('shop', 'till'), ('till', 'shop')", Status.EMPTY, 0),
        ("till", "", "('shop', 'kiosk'), ('kiosk', 'shop')", Status.ERROR, 40),
    ],
)
def test_order_ids_of_one_namespace_collide_with_none(
    other: str, separate: str, pairs: str, status: Status, n: int
) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"""
            create schema marts; create schema staging; create schema intermediate;
            create table staging.stg_event_files__feeds as
            select feed, feed as order_namespace, feed = '{separate}' as orders_are_separate
            from (values ('shop'), ('till')) as feeds (feed);
            create table staging.stg_event_files__separate_orders as
            select * from (values {pairs or "(null, null)"}) as pairs (order_namespace, other_namespace);
            create table marts.fct_macro_conversions as
            select number as macro_conversion_id, (number % 20)::varchar as order_id,
                number as person_key, true as names_person, null as match_rule,
                timestamp '2026-10-01' as occurred_at,
                if(number < 20, 'shop', '{other}') as order_namespace, order_namespace as order_namespaces
            from range(40) as r (number);
            create table intermediate.int_matched_orders as
            select macro_conversion_id as matched_order_key, order_namespace = 'bookings' as is_separate
            from marts.fct_macro_conversions
        """)
        found = outcome("order_ids_of_two_shops_do_not_collide", connection)
    assert (found.status, found.n) == (status, n)


def colliding(
    connection: duckdb.DuckDBPyConnection, orders: int, shared: int, unnamed: int = 0, apart: str = "24 hours"
) -> CheckOutcome:
    """So many orders of the source and of the feed, under one id each; the first name no person."""
    connection.execute(f"""
        create schema marts; create schema staging; create schema intermediate;
        create table staging.stg_event_files__feeds as
        select 'till' as feed, 'till' as order_namespace, false as orders_are_separate;
        create table staging.stg_event_files__separate_orders as
        select null::varchar as order_namespace, null::varchar as other_namespace where false;
        create table marts.fct_macro_conversions as
        select number as macro_conversion_id, number::varchar as order_id, number as person_key,
            number >= {unnamed} as names_person, timestamp '2026-10-01' as occurred_at,
            'google_analytics' as order_namespace, order_namespace as order_namespaces
        from range({orders}) as r (number)
        union all
        select -number, (number - 1)::varchar, -number, true, timestamp '2026-10-01' + interval '{apart}',
            'till', 'till'
        from range(1, {shared} + 1) as r (number);
        create table intermediate.int_matched_orders as
        select macro_conversion_id as matched_order_key, false as is_separate from marts.fct_macro_conversions
    """)
    return outcome("order_ids_of_two_shops_do_not_collide", connection)


@pytest.mark.parametrize(
    ("orders", "shared", "unnamed", "status"),
    [
        # Of the smaller namespace's orders all collide, of the larger one's a hundredth.
        (100, 1, 0, Status.ERROR),
        # An order that names no person may be of whom the other names.
        (100, 20, 19, Status.ERROR),
        (100, 20, 20, Status.PASSED),
    ],
)
def test_orders_collide_that_name_persons(orders: int, shared: int, unnamed: int, status: Status) -> None:
    with duckdb.connect() as connection:
        assert colliding(connection, orders, shared, unnamed).status is status


@pytest.mark.parametrize(
    ("apart", "status"), [("24 hours", Status.ERROR), ("24 hours 1 second", Status.PASSED)]
)
def test_orders_of_two_days_are_two_orders(apart: str, status: Status) -> None:
    with duckdb.connect() as connection:
        assert colliding(connection, 20, 20, apart=apart).status is status


def test_the_line_to_add_is_of_the_feed() -> None:
    with duckdb.connect() as connection:
        summary = colliding(connection, 20, 20).summary
    assert "add to the feed till `same_orders_as: [google_analytics]`" in summary

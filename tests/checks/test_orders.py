"""When order ids of two systems can collide at all."""

import duckdb
import pytest

from dagster_project.checks.check import Status
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

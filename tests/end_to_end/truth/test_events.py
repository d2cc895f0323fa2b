"""Events, conversions and orders against what really happened."""

import duckdb

from tests.end_to_end.truth.compared import differences


def test_every_event_of_every_source_is_there_once(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select source, event_name, occurred_at as moment, count(*) as events, sum(event_count) as counted
        from warehouse.marts.fct_events where source in ('smaily', 'google_analytics') group by all
        """,
        """
        select 'smaily' as source, action as event_name, "at"::timestamp as moment, count(*) as events,
            count(*) as counted
        from world.email_actions group by all
        union all
        select 'google_analytics', event_name, "at"::timestamp, count(*), sum(duplicate_count)
        from world.web_events where client_id is not null group by all
        """,
    )
    # A hit without consent has no time of its own but the minute GA4 gives.
    unmatched = sum(int(str(row[4])) for row in rows if row[0] == "here")
    [(hidden,)] = db.execute("""
        select
            (select count(*) from world.web_events where client_id is null)
            + (select count(*) from added where action in ('modify', 'delete'))
    """).fetchall()
    assert [row for row in rows if row[0] == "truth"] == []
    assert n > 4_000
    assert unmatched == hidden


def test_micro_conversions_by_type_and_instant(db: duckdb.DuckDBPyConnection) -> None:
    """Of hits that carry identifiers, and of mail to mailboxes of one reader with no scanner before them."""
    n, rows = differences(
        db,
        """
        select m.source, m.micro_conversion, m.occurred_at as moment
        from warehouse.marts.fct_micro_conversions as m
        inner join warehouse.intermediate.int_events_identified as e using (event_id)
        where m.source = 'google_analytics'
            or (m.source = 'smaily' and e.contact_key in (select contact_key from plain))
        """,
        """
        select m.source, m.micro_conversion, m."at"::timestamp as moment
        from truth.micro_conversions as m
        left join world.email_actions as a on m.source = 'smaily' and m.record = a.seq_id
        where (m.source = 'google_analytics' and m.has_ids)
            or a.contact_key in (select contact_key from plain)
        """,
    )
    assert rows == []
    assert n > 2_000


def test_macro_conversions_with_revenue_by_order(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select order_id, occurred_at as moment, revenue, currency
        from warehouse.marts.fct_macro_conversions where person_key is not null
        """,
        """
        select transaction_id, "at"::timestamp, revenue::decimal(18, 4), 'EUR'
        from truth.macro_conversions where has_ids
        """,
    )
    assert rows == []
    assert n > 20


def test_orders_of_every_source_to_the_cent(db: duckdb.DuckDBPyConnection) -> None:
    """Each order once, however many report it, with its refunds; without consent it has no amount."""
    n, rows = differences(
        db,
        """
        select order_id, order_namespaces, occurred_at as moment, revenue, currency, net_revenue
        from warehouse.marts.fct_macro_conversions where order_id is not null
        """,
        "select order_id, reporters, moment, revenue, 'EUR', net_revenue from others.orders",
    )
    assert rows == []
    assert n > 20
    reporters = dict(db.execute("select reporter, count(*) from others.reports group by all").fetchall())
    assert set(reporters) >= {"google_analytics", "hubspot"}
    assert min(reporters.values()) > 5
    [ours] = db.execute(
        "select count(*), sum(revenue), sum(net_revenue) from warehouse.marts.fct_macro_conversions"
    ).fetchall()
    [theirs] = db.execute("""
        select (select count(*) from truth.macro_conversions), sum(revenue), sum(net_revenue)
        from others.orders
    """).fetchall()
    assert ours == theirs

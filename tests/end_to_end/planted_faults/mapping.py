"""What the checks of a feed's mapping and of the catalogue's rules must see."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault

FAULTS = (
    Fault(
        "event_ids_distinguish_rows",
        (
            """
            insert into raw._loads by name
            select 'event_files' as source, 'shop' as stream, 'b.csv' as partition, 50 as fetched,
                50 as landed, 50 as loaded, 0 as quarantined, 49 as repeated, 1 as distinct_records,
                max(loaded_at) as loaded_at
            from raw._loads
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "feed_settings_name_what_exists",
        ("insert into raw._feed_settings values ('shop', 'order_namespace', 'shpo')",),
        Status.WARN,
    ),
    Fault(
        "every_mapped_column_is_filled",
        (
            """
            insert into raw._loads by name
            select 'event_files' as source, 'shop' as stream, 'b.csv' as partition, 1 as fetched, 1 as landed,
                1 as loaded, 0 as quarantined, 0 as repeated, max(loaded_at) as loaded_at,
                [{'field': 'revenue', 'path': 'amount', 'records': 0}] as filled
            from raw._loads
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "columns_stay_filled",
        (
            """
            update raw._loads
            set filled = list_transform(filled, lambda item: {
                'field': item.field,
                'path': item.path,
                'records': if(item.field = 'client_id', 0, item.records)
            })
            where source = 'google_analytics' and stream = 'events' and partition = (
                select max(partition) from raw._loads
                where source = 'google_analytics' and stream = 'events' and loaded > 20
            )
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "every_event_with_revenue_is_matched",
        ("update marts.fct_events set micro_conversion = null where event_name = 'purchase'",),
        Status.WARN,
    ),
    Fault(
        "orders_of_feeds_have_one_amount",
        (
            "insert into raw._feed_settings values ('shop', 'revenue_is', 'order_total')",
            """
            update marts.fct_events set feed = 'shop', order_id = 'A-1'
            where revenue > 0 and revenue in (
                (select max(revenue) from marts.fct_events),
                (select min(revenue) from marts.fct_events where revenue > 0)
            )
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "every_event_name_is_declared",
        ("delete from intermediate.int_event_name_kinds where event_name = 'bounce'",),
        Status.WARN,
    ),
)

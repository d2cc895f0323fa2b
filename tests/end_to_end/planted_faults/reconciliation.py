"""What the checks against vendors' own totals must see."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault


def _export_lacks(counted: str) -> str:
    other = {"event_count": "transactions", "transactions": "event_count"}[counted]
    return f"""
        create or replace view staging.stg_google_analytics_export__day_totals as
        select day, feed, time_zone, inexact_because, {counted}, null::bigint as {other}, unnamed_events
        from staging.stg_google_analytics__day_totals
    """


FAULTS = (
    Fault(
        "sends_equal_smaily_campaign_totals",
        (
            """
            update marts.fct_email_sends set sent_at = null
            where email_send_id % 2 = 0 and campaign_key like 'smaily-%'
            """,
        ),
    ),
    Fault(
        "responses_equal_smaily_campaign_totals",
        (
            """
            update marts.fct_email_sends set clicks = clicks * 3
            where clicks > 0 and campaign_key like 'smaily-%'
            """,
        ),
    ),
    Fault(
        "sends_equal_hubspot_campaign_totals",
        ("update marts.fct_email_sends set sent_at = null where campaign_key = 'hubspot-7002'",),
    ),
    Fault(
        "responses_equal_hubspot_campaign_totals",
        ("update marts.fct_email_sends set delivered_at = null where campaign_key = 'hubspot-7002'",),
    ),
    Fault(
        "events_equal_google_analytics_daily_totals",
        (
            """
            update marts.fct_events set event_count = event_count + 1
            where source = 'google_analytics' and event_name = 'page_view'
                and occurred_at > (select max(occurred_at) - interval 20 day from marts.fct_events)
                and occurred_at < (select max(occurred_at) - interval 10 day from marts.fct_events)
            """,
        ),
    ),
    Fault(
        "purchase_events_equal_google_analytics_daily_totals",
        ("update marts.fct_events set event_name = 'order' where event_name = 'purchase'",),
    ),
    # Totals of days of which the export has no event.
    Fault("events_equal_google_analytics_export_daily_totals", (_export_lacks("event_count"),)),
    Fault("purchase_events_equal_google_analytics_export_daily_totals", (_export_lacks("transactions"),)),
    Fault(
        "clicks_do_not_exceed_bitly_totals",
        ("update marts.fct_link_clicks_daily set clicks = clicks + 100",),
    ),
    Fault(
        "order_ids_of_two_shops_do_not_collide",
        (
            """
            create temp table _pairs as
            select
                event_id,
                lead(order_id) over in_time as id_of_next,
                lead(person_key) over in_time as next_person,
                lead(occurred_at) over in_time - occurred_at as gap,
                row_number() over in_time as number,
                person_key,
            from marts.fct_macro_conversions
            where order_id is not null and person_key is not null
            window in_time as (order by occurred_at)
            """,
            """
            update marts.fct_macro_conversions as conversions
            set order_namespace = 'other shop', order_id = id_of_next
            from _pairs
            where conversions.event_id = _pairs.event_id and number % 2 = 1
                and next_person <> _pairs.person_key and gap <= interval 1 day
            """,
            "update marts.fct_macro_conversions set names_person = true where order_id is not null",
        ),
    ),
    Fault(
        "user_ids_of_two_shops_do_not_collide",
        (
            """
            insert into raw._feed_settings
            select unnest(['first_shop', 'second_shop']), 'revenue_is', 'order_total'
            """,
            """
            create or replace view staging.stg_event_files__users as
            select
                unnest(['first_shop', 'second_shop']) as feed,
                false as has_namespace,
                number::varchar as user_id,
                unnest(['first ', 'second ']) || number as contact_key
            from range(20) as r (number)
            """,
        ),
    ),
    Fault(
        "revenue_equals_vendor_totals",
        (
            """
            update marts.rpt_data_quality set affected = 0.1 * total
            where indicator = 'unreconciled_revenue'
            """,
        ),
    ),
    Fault(
        "orders_equal_daily_totals",
        (
            """
            insert into marts.rpt_data_quality by name
            select template.* replace (
                'unreconciled_orders' as indicator, 'shop' as stream, 10 as affected, 100 as total,
                0.1 as share, null as highest_share
            )
            from (from marts.rpt_data_quality where indicator = 'unconverted_orders' limit 1) as template
            """,
        ),
    ),
    Fault(
        "few_orders_are_left_out_of_revenue",
        (
            "update marts.fct_macro_conversions set converted_revenue = null where person_key is not null",
            "update intermediate.int_journeys set revenue = null",
            "update marts.fct_sessions set revenue = null",
            "update marts.rpt_cohorts set cumulative_revenue = null",
        ),
        Status.WARN,
    ),
)

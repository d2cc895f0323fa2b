"""Counts against Google Analytics' and Bitly's own reports. Rows of (subject, ours, theirs)."""

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import expect_agreement

_PROPERTY_DAYS = """
    with property as (
        select coalesce(max(property_time_zone), 'UTC') as zone from raw.google_analytics__events
    ),
    ours as (
        select
            (make_timestamp(quarter * 900000000) at time zone 'UTC' at time zone zone)::date as day,
            sum(event_count) as events,
            sum(event_count) filter (where event_name = 'purchase') as purchases,
        from _event_quarters, property
        where source = 'google_analytics' group by all
    )
"""

GA4_EVENTS = Check(
    name="events_equal_ga4_daily_totals",
    asset=("marts", "fct_events"),
    severity=Status.ERROR,
    description=(
        "Events by day equal GA4's un-dimensioned totals. Days that GA4 itself flags (thresholded, sampled, "
        "folded into other) are left out; days it may still restate may differ by a little."
    ),
    tolerance=(
        "WARN over 0.1 % of a day and 5 events: totals and dimensions are requested one after the other; "
        "ERROR over 2 % in sum: then GA4 withholds rows that it does not flag, or pages are missing."
    ),
    evaluate=expect_agreement(
        f"""
        {_PROPERTY_DAYS}
        select property_date::varchar, coalesce(events, 0), event_count
        from staging.stg_google_analytics__daily_totals left join ours on day = property_date
        where not (has_other_row or is_thresholded or is_sampled)
        order by all
        """,
        source="GA4's totals without dimensions",
        warn_over=0.001,
        error_over=0.02,
        slack=5,
    ),
)

GA4_PURCHASES = Check(
    name="purchases_equal_ga4_daily_totals",
    asset=("marts", "fct_macro_conversions"),
    severity=Status.ERROR,
    description="Purchases of the web tag, by day, equal GA4's un-dimensioned number of transactions.",
    tolerance=(
        "WARN over 1 % of a day and 2 purchases: GA4 counts a transaction id once that a tag sent twice; "
        "ERROR over 10 % in sum: then purchases are withheld or counted twice."
    ),
    evaluate=expect_agreement(
        f"""
        {_PROPERTY_DAYS}
        select property_date::varchar, coalesce(purchases, 0), transactions
        from staging.stg_google_analytics__daily_totals left join ours on day = property_date
        where not (has_other_row or is_thresholded or is_sampled) and transactions is not null
        order by all
        """,
        source="GA4's transactions without dimensions",
        warn_over=0.01,
        error_over=0.1,
        slack=2,
    ),
)

BITLY_CLICKS = Check(
    name="clicks_do_not_exceed_bitly_totals",
    asset=("marts", "fct_link_clicks_daily"),
    severity=Status.ERROR,
    description=(
        "Clicks summed over the days of a link equal Bitly's total of its life, or do not exceed it where "
        "the link is older than the first day read."
    ),
    tolerance=(
        "WARN over 0.5 % of a link and 2 clicks: the total is requested after the days; ERROR over 5 % in "
        "sum: then days are missing or counted twice."
    ),
    evaluate=expect_agreement(
        """
        with ours as (
            select link_key as bitlink, sum(clicks - custom_back_half_clicks) as clicks
            from marts.fct_link_clicks_daily group by all
        ),
        first_read as (
            select min(partition)::date as day from raw._loads
            where source = 'bitly' and stream = 'link_clicks'
        )
        select
            bitlink,
            case when created_at::date > day then coalesce(clicks, 0) else greatest(clicks, total_clicks) end,
            total_clicks
        from staging.stg_bitly__link_totals
        left join ours using (bitlink)
        left join staging.stg_bitly__bitlinks using (bitlink)
        cross join first_read
        """,
        source="Bitly's total clicks of each link",
        warn_over=0.005,
        error_over=0.05,
        slack=2,
    ),
)

CHECKS = (GA4_EVENTS, GA4_PURCHASES, BITLY_CLICKS)

"""What is asked of the warehouse each morning: our figure, and the one it must equal.

Each question is one query that returns rows of (subject, ours, theirs). Tolerances are shares of `theirs`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """`ours` and `theirs` agree within `warn_over`; over `error_over` the run publishes nothing.

    `slack` is a difference in units that is never held against a subject: small numbers round badly.
    """

    name: str
    asset: tuple[str, str]
    description: str
    sql: str
    warn_over: float
    error_over: float
    slack: int = 0


# The action log keeps 30 days: a campaign can be recounted only when its log was read from its first hour on.
# Its clicks and opens go on for weeks; what has not been pulled since is not yet ours to count.
SMAILY_SENDS = Question(
    name="sends_equal_smaily_campaign_totals",
    asset=("marts", "fct_email_sends"),
    description="Recipients counted from the action log equal total_count of Smaily's campaign statistics.",
    sql="""
        with first_logged as (select min(occurred_at) as at from staging.stg_smaily__actions),
        ours as (
            select campaign_key, count(*) as sends
            from marts.fct_email_sends where sent_at is not null group by campaign_key
        ),
        theirs as (
            select 'smaily-' || campaign_id as campaign_key, campaign_name, total_count
            from staging.stg_smaily__campaign_statistics, first_logged
            where status = 'COMPLETED' and completed_at > first_logged.at + interval 1 day
        )
        select campaign_name, coalesce(sends, 0), total_count
        from theirs left join ours using (campaign_key)
    """,
    warn_over=0.005,
    error_over=0.05,
    slack=2,
)

GA4_EVENTS = Question(
    name="events_equal_ga4_daily_totals",
    asset=("marts", "fct_events"),
    description=(
        "Events by day equal GA4's un-dimensioned totals. Days that GA4 itself flags (thresholded, sampled, "
        "folded into other) are left out; days it may still restate may differ by a little."
    ),
    sql="""
        with property as (
            select coalesce(max(property_time_zone), 'UTC') as zone from raw.google_analytics__events
        ),
        ours as (
            select (occurred_at at time zone 'UTC' at time zone zone)::date as day, sum(event_count) as events
            from marts.fct_events, property
            where source = 'google_analytics' group by all
        )
        select property_date::varchar, coalesce(events, 0), event_count
        from staging.stg_google_analytics__daily_totals left join ours on day = property_date
        where not (has_other_row or is_thresholded or is_sampled)
    """,
    warn_over=0.001,
    error_over=0.02,
    slack=5,
)

BITLY_CLICKS = Question(
    name="clicks_do_not_exceed_bitly_totals",
    asset=("marts", "fct_link_clicks_daily"),
    description="Clicks summed over the days of a link do not exceed Bitly's total of its whole life.",
    sql="""
        with ours as (
            select link_key as bitlink, sum(clicks - custom_back_half_clicks) as clicks
            from marts.fct_link_clicks_daily group by all
        )
        select bitlink, greatest(clicks, total_clicks), total_clicks
        from ours join staging.stg_bitly__link_totals using (bitlink)
    """,
    warn_over=0.005,
    error_over=0.05,
    slack=2,
)

NOTHING_IN_THE_FUTURE = Question(
    name="nothing_happens_after_it_was_read",
    asset=("marts", "fct_events"),
    description="No event is dated later than its record was read (ten minutes of clock skew allowed).",
    sql="""
        select source, count(*) filter (where occurred_at > loaded_at + interval 10 minute), 0
        from marts.fct_events group by source
    """,
    warn_over=0,
    error_over=0,
)

QUESTIONS = (SMAILY_SENDS, GA4_EVENTS, BITLY_CLICKS, NOTHING_IN_THE_FUTURE)

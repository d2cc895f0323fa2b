"""Counts against the e-mail provider's own report. Rows of (subject, ours, theirs)."""

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import expect_agreement

# The action log keeps 30 days: a campaign can be recounted only when its log was read from its first hour on.
_FIRST_LOGGED = """
    with first_logged as (
        select make_timestamp(min(quarter) * 900000000) as at from _event_quarters where source = 'smaily'
    )
"""

SMAILY_SENDS = Check(
    name="sends_equal_smaily_campaign_totals",
    asset=("marts", "fct_email_sends"),
    severity=Status.ERROR,
    description="Recipients counted from the action log equal total_count of Smaily's campaign statistics.",
    tolerance=(
        "WARN over 0.5 % of a campaign and 2 recipients: contacts deleted since leave the log; ERROR over 5 "
        "% in sum: then pages are missing."
    ),
    evaluate=expect_agreement(
        f"""
        {_FIRST_LOGGED},
        theirs as (
            select 'smaily-' || campaign_id as campaign_key, campaign_name, total_count
            from staging.stg_smaily__campaign_statistics, first_logged
            where status = 'COMPLETED' and completed_at > first_logged.at + interval 1 day
        )
        select campaign_name, coalesce(sent, 0), total_count
        from theirs left join _campaign_sends using (campaign_key)
        """,
        source="total_count of Smaily's campaign statistics",
        warn_over=0.005,
        error_over=0.05,
        slack=2,
    ),
)

_COUNTS = {
    "delivered": "delivered_count",
    "bounced": "bounce_count",
    "openers": "opened_count",
    "opens": "view_count",
    "clickers": "unique_click_count",
    "clicks": "click_count",
    "unsubscribed": "unsubscribe_count",
    "complained": "complaint_count",
}
_PAIRS = ", ".join(f"row('{ours}', coalesce({ours}, 0), {theirs})" for ours, theirs in _COUNTS.items())

# Responses go on for weeks; statistics that are no longer pulled stay the same while the log goes on.
SMAILY_RESPONSES = Check(
    name="responses_equal_smaily_campaign_totals",
    asset=("marts", "fct_email_sends"),
    severity=Status.ERROR,
    description=(
        "Deliveries, opens, clicks, bounces, unsubscribes and complaints counted from the action log equal "
        "Smaily's statistics of the campaigns that it still restates."
    ),
    tolerance=(
        "WARN over 2 % of a campaign's count and 5 units: log and statistics are read minutes apart while "
        "people click; ERROR over 10 % in sum: then a kind of action is lost or counted twice."
    ),
    evaluate=expect_agreement(
        f"""
        {_FIRST_LOGGED},
        theirs as (
            select 'smaily-' || campaign_id as campaign_key, *
            from staging.stg_smaily__campaign_statistics, first_logged
            where
                status = 'COMPLETED' and completed_at > first_logged.at + interval 1 day
                and _extracted_at > (select max(_extracted_at) from staging.stg_smaily__campaign_statistics)
                    - interval 1 hour
        ),
        pairs as (
            select campaign_name, unnest([{_PAIRS}]) as pair
            from theirs left join _campaign_sends using (campaign_key)
        )
        select campaign_name || ': ' || pair[1], pair[2], pair[3] from pairs
        """,
        source="Smaily's campaign statistics",
        warn_over=0.02,
        error_over=0.1,
        slack=5,
    ),
)

CHECKS = (SMAILY_SENDS, SMAILY_RESPONSES)

"""Settings of feeds that name a column, a feed or a source that does not exist."""

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.mapping.columns import named_outcome


def _named_in_feeds(context: CheckContext) -> CheckOutcome:
    rows = context.rows("""
        with excluded as (
            select feed, value as name from raw._feed_settings where setting = 'exclude'
        ),
        namespaces as (
            select feed, value as namespace,
                count(*) over (partition by value) as feeds
            from raw._feed_settings where setting = 'order_namespace'
        )
        select
            'feed ' || feed || ': no file has the column ' || name || ', which exclude names' as subject,
            1,
            bool_and(list_contains(absent_columns, name))::integer
        from excluded
        join raw._loads on source = 'event_files' and stream = feed and loaded > 0
        group by feed, name
        union all
        select
            'feed ' || feed || ': its order_namespace ' || namespace || ' is not of another feed or source',
            1,
            (
                feeds = 1
                and namespace not in (select source from _streams union select feed from namespaces)
            )::integer
        from namespaces
        order by all
    """)
    return named_outcome(rows, "the feeds' configuration")


SETTINGS_NAME_SOMETHING = Check(
    name="feed_settings_name_what_exists",
    asset=("marts", "fct_events"),
    severity=Status.WARN,
    description=(
        "Columns that a feed excludes are in its files, and a namespace of orders that is not the feed's own "
        "name is that of another feed or source."
    ),
    tolerance="None: a typo leaves a column in, or counts the orders of two feeds twice.",
    evaluate=_named_in_feeds,
)

CHECKS = (SETTINGS_NAME_SOMETHING,)

"""Columns that are mapped to event_id and do not identify events."""

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.mapping.columns import named_outcome

# Exports write some events twice, in a retry or for each line of an order, but not most of them.
LOWEST_SHARE = 0.5
# Of fewer rows, two with one id say little.
LEAST_ROWS = 10


def _distinct_rows(context: CheckContext) -> CheckOutcome:
    rows = context.rows(f"""
        select
            'feed ' || stream || ', ' || partition || ': its ' || loaded || ' rows have ' || distinct_records
                || ' different event_ids' as subject,
            loaded,
            case when distinct_records < {LOWEST_SHARE} * loaded then loaded - distinct_records else 0 end
        from raw._loads
        where source = 'event_files' and distinct_records is not null and loaded >= {LEAST_ROWS}
        order by all
    """)
    return named_outcome(rows, "rows with one event_id are one event")


EVENT_IDS_DISTINGUISH_ROWS = Check(
    name="event_ids_distinguish_rows",
    asset=("marts", "fct_events"),
    severity=Status.WARN,
    description="Most rows of an event file have an event_id of their own, or none.",
    tolerance=(
        f"At least {LOWEST_SHARE:.0%} of the rows of each file of {LEAST_ROWS} rows or more: a status or a "
        "campaign mapped to event_id makes one event of all its rows."
    ),
    evaluate=_distinct_rows,
)

CHECKS = (EVENT_IDS_DISTINGUISH_ROWS,)

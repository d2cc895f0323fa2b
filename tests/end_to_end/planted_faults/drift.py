"""What the checks of volumes and of changes afterwards must see."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault

# Whole days, so that local times keep their offset; the clocks do not change between the two.
_LAST_JUDGED_DAY = "(select max(loaded_at)::date - 1 from raw._loads where stream = 'actions')"

FAULTS = (
    Fault(
        "volumes_against_own_history",
        (
            f"""
            update marts.fct_events
            set
                occurred_at = occurred_at + to_days({_LAST_JUDGED_DAY} - occurred_at::date),
                occurred_at_local = occurred_at_local + to_days({_LAST_JUDGED_DAY} - occurred_at::date)
            where source = 'smaily' and event_name = 'view'
                and occurred_at::date between {_LAST_JUDGED_DAY} - 12 and {_LAST_JUDGED_DAY}
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "few_events_come_late",
        (
            """
            update marts.fct_events set loaded_at = loaded_at + interval 10 day
            where source = 'smaily' and event_id % 10 = 0
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "few_sessions_change_afterwards",
        (
            """
            insert into marts.restatement_ledger by name
            select
                (select max(run_at) from marts.restatement_ledger) as run_at,
                'google_analytics' as source, 'events' as stream, '2000-01-01' as partition,
                'restated' as change, 100 as rows_before, 90 as rows_after, 50 as persons,
                (select count(*) // 2 from marts.fct_sessions) as sessions, false as is_full_build,
            """,
        ),
        Status.WARN,
    ),
)

"""How much of what was already reported has changed since."""

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_share

# Starting value: within their window sources restate daily, as they should; beyond it hardly anything.
MAX_CHANGED = 0.01

# Of the last build. A session with events of several partitions is counted in each, so the sum is capped.
_CHANGED = """
    with total as (select count(*) as sessions from marts.fct_sessions),
    changed as (
        select source, stream, sum(sessions)::bigint as sessions
        from marts.restatement_ledger left join _streams using (source, stream)
        where
            run_at = (select max(run_at) from marts.restatement_ledger)
            and change <> 'new'
            and coalesce(
                try_cast(partition.split_part('/', -1) as date)
                < run_at::date - 1 - coalesce(restatement_days, 0),
                true
            )
        group by all
    )
    select source || '/' || stream, total.sessions, least(changed.sessions, total.sessions)
    from changed, total
    order by all
"""


def _changed(context: CheckContext) -> CheckOutcome:
    return evaluate_share(
        context.rows(_CHANGED), MAX_CHANGED, "starting value: beyond their window sources change little"
    )


CHANGED_SESSIONS = Check(
    name="few_sessions_change_afterwards",
    asset=("marts", "restatement_ledger"),
    severity=Status.WARN,
    description=(
        "Of all sessions, those with events in partitions that the last build found restated or removed "
        "though the source's restatement window had passed. Days pulled again on purpose count when their "
        "records differ."
    ),
    tolerance="1 % of the sessions by the interval, a starting value: figures already reported are moving.",
    evaluate=_changed,
)

CHECKS = (CHANGED_SESSIONS,)

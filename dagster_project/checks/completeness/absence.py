"""Data that a load refused to lose stay a reason not to publish until they are back or confirmed."""

from dataclasses import replace

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_violations
from dagster_project.raw.refusals import COMMAND

NAMED = 3


def _lost(context: CheckContext) -> CheckOutcome:
    rows = context.rows("""
        select
            source || '/' || stream || ': ' || description as subject,
            1,
            (confirmed_at is null)::integer
        from raw._losses where ended_at is null
        union all
        select source || '/' || stream, count(*), 0 from raw._loads group by all
        order by all
    """)
    outcome = evaluate_violations(rows, f"what was loaded before; `{COMMAND}` confirms a deletion")
    named = [subject for subject, _, is_lost in rows if is_lost]
    return replace(outcome, summary=" ".join([outcome.summary, *(f"{text}." for text in named[:NAMED])]))


NOTHING_LOADED_IS_LOST = Check(
    name="no_refused_loss_stands",
    asset=("marts", "fct_events"),
    severity=Status.ERROR,
    description=(
        "No load was refused because data that were loaded before are gone: a partition or file, most of its "
        "records, or the values of a column."
    ),
    tolerance="None: absence is not deletion. A person brings the data back or confirms the deletion.",
    evaluate=_lost,
)


def _small_lists(context: CheckContext) -> CheckOutcome:
    found = context.connection.execute(
        """
        select source || '/' || stream || ': ' || description as subject, 1, 1
        from raw._losses where refused_at is null and ended_at > $now::timestamptz - interval 7 day
        union all
        select source || '/' || stream, count(*), 0 from raw._loads group by all
        order by all
        """,
        {"now": context.now},
    ).fetchall()
    outcome = evaluate_violations(found, "the list before", Status.WARN)
    named = [subject for subject, _, is_lost in found if is_lost]
    return replace(outcome, summary=" ".join([outcome.summary, *(f"{text}." for text in named[:NAMED])]))


SMALL_LISTS_STAY = Check(
    name="small_lists_keep_their_records",
    asset=("marts", "fct_events"),
    severity=Status.WARN,
    description=(
        "A list of fewer than ten things that users of an account make, such as A/B tests or short links, "
        "has not lost most of them within the last seven days."
    ),
    tolerance="None, but only a warning: who deletes the only A/B test loses every record of the list.",
    evaluate=_small_lists,
)

CHECKS = (NOTHING_LOADED_IS_LOST, SMALL_LISTS_STAY)

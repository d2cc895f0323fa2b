"""The age of each stream, and whether its vendor is about to delete records that were not read yet."""

from datetime import timedelta

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status

# The action log and the restatement windows are read daily; a day and a half says that a run was missed.
FRESH_FOR = timedelta(hours=36)
# Time for a person to notice and to fix it before the vendor deletes the first record.
DAYS_TO_FIX = 7

_AGES = """
    select
        source || '/' || stream as subject,
        kind,
        max(loaded_at) as loaded_at,
        any_value(retention_days) as retention_days,
    from raw._loads join _streams using (source, stream)
    where is_configured
    group by all order by all
"""


def _age(context: CheckContext) -> CheckOutcome:
    """Of a cursor or snapshot stream only the retention counts: unchanged, it is as fresh as its source.

    Window streams load at least one day per run. Whether a stream was pulled at all, Dagster records.
    """
    rows = context.records(_AGES)
    ages = {row["subject"]: max(context.now - row["loaded_at"], timedelta()) for row in rows}
    stale = [row["subject"] for row in rows if row["kind"] == "window" and ages[row["subject"]] > FRESH_FOR]
    endangered = [
        row["subject"]
        for row in rows
        if row["retention_days"]
        and ages[row["subject"]] > timedelta(days=row["retention_days"] - DAYS_TO_FIX)
    ]
    hours = {subject: _hours(age) for subject, age in ages.items()}
    limits = {row["subject"]: _hours(_limit(row["kind"], row["retention_days"])) for row in rows}
    used = {subject: age / limits[subject] for subject, age in hours.items() if limits[subject]}
    worst = max(used, key=lambda subject: used[subject], default=None)
    return CheckOutcome(
        status=Status.ERROR if endangered else Status.WARN if stale else Status.PASSED,
        summary=(
            f"{len(stale)} of {len(rows)} streams older than {_hours(FRESH_FOR):.0f} h, "
            f"{len(endangered)} about to lose records at the source."
        ),
        subject=worst or "none",
        n=len(rows),
        figure=hours[worst] if worst else None,
        interval=(min(hours.values()), max(hours.values())) if worst else None,
        band=(0.0, limits[worst]) if worst else None,
        band_source="the daily schedule and each vendor's retention",
        chart=charts.table(
            ["", "age in hours", "limit in hours", "age against the limit"],
            [
                (name, f"{hours[name]:.1f}", f"{limits[name]:.0f}", charts.share(min(1.0, share)))
                for name, share in sorted(used.items(), key=lambda item: -item[1])
            ],
        ),
    )


def _limit(kind: str, retention_days: int | None) -> timedelta:
    """The age from which a stream is reported; 0 for a cursor or snapshot stream without a retention."""
    if kind == "window":
        return FRESH_FOR
    return timedelta(days=retention_days - DAYS_TO_FIX if retention_days else 0)


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


STREAMS_ARE_FRESH = Check(
    name="streams_are_fresh_against_their_retention",
    asset=("marts", "fct_events"),
    severity=Status.ERROR,
    description=(
        "How long ago each stream was last loaded, against the schedule and how long the vendor keeps it."
    ),
    tolerance=(
        "WARN over 36 hours: a daily run was missed. ERROR when less than 7 days are left of the vendor's "
        "retention: what is not read by then is lost."
    ),
    evaluate=_age,
)

CHECKS = (STREAMS_ARE_FRESH,)

"""Is it of today, and is anything about to be lost at the source?"""

from datetime import timedelta

from dagster_project.defs.ingestion import FRESH_FOR
from dagster_project.defs.validation import charts
from dagster_project.defs.validation.question import Answer, Kind, Morning, Question, Status

# Time for a person to notice and to mend it before the vendor forgets the first record.
DAYS_TO_MEND = 7

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


def _age(morning: Morning) -> Answer:
    """A log or a list in which nothing changed is as fresh as its source; only its retention counts.

    Days are loaded anew with each new day; whether the others were asked at all is Dagster's to tell.
    """
    rows = morning.records(_AGES)
    ages = {row["subject"]: max(morning.now - row["loaded_at"], timedelta()) for row in rows}
    stale = [row["subject"] for row in rows if row["kind"] == "window" and ages[row["subject"]] > FRESH_FOR]
    endangered = [
        row["subject"]
        for row in rows
        if row["retention_days"]
        and ages[row["subject"]] > timedelta(days=row["retention_days"] - DAYS_TO_MEND)
    ]
    hours = {subject: age / timedelta(hours=1) for subject, age in ages.items()}
    limits = {
        row["subject"]: (row["retention_days"] - DAYS_TO_MEND) * 24
        if row["retention_days"]
        else _hours(FRESH_FOR)
        for row in rows
    }
    oldest = max(hours.values(), default=0.0)
    return Answer(
        status=Status.ERROR if endangered else Status.WARN if stale else Status.PASSED,
        summary=(
            f"{len(stale)} of {len(rows)} streams older than {_hours(FRESH_FOR):.0f} h, "
            f"{len(endangered)} about to lose records at the source."
        ),
        n=len(rows),
        figure=oldest,
        interval=(min(hours.values(), default=0.0), oldest),
        band=(0.0, _hours(FRESH_FOR)),
        band_source="the daily schedule and each vendor's retention",
        chart=charts.table(
            ["", "age in hours", "limit in hours", "age against the limit"],
            [
                (name, f"{age:.1f}", f"{limits[name]:.0f}", charts.share(min(1.0, age / limits[name])))
                for name, age in sorted(hours.items(), key=lambda item: -item[1])
            ],
        ),
    )


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


STREAMS_ARE_FRESH = Question(
    name="streams_are_fresh_against_their_retention",
    asset=("marts", "fct_events"),
    kind=Kind.FRESHNESS,
    severity=Status.ERROR,
    description=(
        "How long ago each stream was last loaded, against the schedule and how long the vendor keeps it."
    ),
    tolerance=(
        "WARN over 36 hours: a daily run was missed. ERROR when less than 7 days are left of the vendor's "
        "retention: what is not read by then is lost."
    ),
    ask=_age,
)

QUESTIONS = (STREAMS_ARE_FRESH,)

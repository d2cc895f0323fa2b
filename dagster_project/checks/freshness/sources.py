"""Sources and feeds that fell silent, for which every outcome they have reported waits."""

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status


def _silent(context: CheckContext) -> CheckOutcome:
    rows = context.records("""
        select coalesce(feed, source) as reporter, days_behind, is_silent, line_to_add, watermark_at
        from marts.rpt_source_watermarks where not is_retired order by days_behind desc, reporter
    """)
    silent = [row for row in rows if row["is_silent"]]
    named = "".join(
        f" {row['reporter']} since {row['watermark_at']:%Y-%m-%d}: {row['line_to_add']}." for row in silent
    )
    return CheckOutcome(
        status=Status.WARN if silent else Status.PASSED,
        summary=f"{len(silent)} of {len(rows)} sources and feeds are silent.{named}",
        subject=rows[0]["reporter"] if rows else "none",
        n=len(rows),
        figure=float(rows[0]["days_behind"]) if rows else None,
        interval=None,
        band=None,
        band_source="variable silent_source_days",
        chart=charts.table(
            ["", "known until", "days behind the latest"],
            [
                (row["reporter"], f"{row['watermark_at']:%Y-%m-%d %H:%M}", f"{row['days_behind']:.1f}")
                for row in rows
            ],
        ),
    )


NO_SOURCE_IS_SILENT = Check(
    name="no_source_is_silent",
    asset=("marts", "rpt_source_watermarks"),
    severity=Status.WARN,
    description=(
        "Every source and feed that is not retired has reported in the 30 days before the latest of all: "
        "what it may still report is immature until it does."
    ),
    tolerance="30 days (variable silent_source_days); a feed is then declared complete or retired.",
    evaluate=_silent,
)

CHECKS = (NO_SOURCE_IS_SILENT,)

"""What sources withhold or fold of records that arrive: by stream, against the limits of the seed."""

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import wilson

# Amounts have no number of trials: whole units stand for it, so that a little revenue never warns.
_SHARES = """
    select
        source || '/' || stream || ': ' || indicator || if(unit in ('events', 'records'), '', ' in ' || unit),
        round(sum(total))::bigint,
        round(sum(affected))::bigint,
        any_value(highest_share),
    from marts.rpt_data_quality
    where highest_share is not null and day >= (select max(day) from marts.rpt_data_quality) - 90
    group by source, stream, indicator, unit order by all
"""


def _details(context: CheckContext) -> CheckOutcome:
    """WARN for a share whose whole interval lies over its limit; its subject is the furthest."""
    rows = [(name, n, max(0, min(hits, n)), limit) for name, n, hits, limit in context.rows(_SHARES) if n > 0]
    bounds = {name: wilson(hits, n) for name, n, hits, _ in rows}
    shown = sorted(rows, key=lambda row: -bounds[row[0]][0] / row[3])
    over = [name for name, _, _, limit in shown if bounds[name][0] > limit]
    subject, n, hits, limit = shown[0] if shown else ("all", 0, 0, 0.0)
    return CheckOutcome(
        status=Status.WARN if over else Status.PASSED,
        summary=f"{len(over)} of {len(rows)} shares over their limit{': ' if over else ''}{', '.join(over)}.",
        subject=subject,
        n=n,
        figure=hits / n if n else 0.0,
        interval=bounds.get(subject),
        band=(0.0, limit),
        band_source="seed data_quality_indicators, starting values",
        chart=charts.table(
            ["", "n", "share", "limit", "interval `=` in band `[ ]`"],
            [
                (
                    name,
                    f"{n:,}",
                    f"{hits / n:.2%}",
                    f"{limit:.1%}",
                    charts.interval(hits / n, bounds[name], (0.0, limit)),
                )
                for name, n, hits, limit in shown
            ],
        ),
    )


FEW_DETAILS_ARE_LOST = Check(
    name="few_details_are_lost_at_the_source",
    asset=("marts", "rpt_data_quality"),
    severity=Status.WARN,
    description=(
        "Of the last 90 days, the shares of events and revenue that a vendor folded, withheld or "
        "extrapolated, of times that do not count, and of orders that count by an assumption."
    ),
    tolerance="The limit in seed data_quality_indicators, by the interval; starting values.",
    evaluate=_details,
)

CHECKS = (FEW_DETAILS_ARE_LOST,)

"""What a step is worth in money."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first, is_shown
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row

ORDER = 32
MARTS = ("rpt_step_value",)
MOST_DRAWN = 12


def section(reader: Reader) -> Section:
    return Section(
        "step-worth",
        "What a step is worth",
        "Net revenue per person of those who took a step against comparable people who had not.",
        [_value(reader)],
    )


def _value(reader: Reader) -> Figure:
    rows = reader.query("""
        select steps.*, coalesce(label, subject) as name from marts.rpt_step_value as steps
        left join marts.dim_micro_conversions as names on subject = names.micro_conversion
        where subject_kind = 'step' and (measure = 'against_others' or persons > 0)
        order by
            measure, horizon_days, difference desc nulls last, net_revenue_per_person desc nulls last, subject
    """)
    compared = [row for row in rows if row["difference"] is not None]
    surest = sorted(compared, key=lambda row: row["difference_upper"] - row["difference_lower"])[:MOST_DRAWN]
    drawn = sorted(surest, key=lambda row: -row["difference"])
    reach = (
        max((abs(v) for r in drawn for v in (r["difference_lower"], r["difference_upper"])), default=1) or 1
    )
    decided = [row for row in compared if is_shown(row)]
    shown, notes = first(rows, 45)
    currency = next((row["revenue_currency"] for row in rows if row["revenue_currency"]), "")
    return Figure(
        "step-value",
        f"Difference of net revenue per person{f', {currency}' if currency else ''}",
        f"{len(decided)} of {len(compared)} steps are shown to go with another revenue: "
        + ", ".join(f"“{row['name']}” ({row['difference']:+,.2f})" for row in decided[:3])
        + "."
        if decided
        else (
            f"Of {len(compared)} steps compared none is shown to go with another revenue."
            if compared
            else "No step can be compared by revenue yet."
        ),
        Table(
            "rpt_step_value",
            "against_others compares, lifetime_value does not; only persons followed for the whole horizon.",
            ("subject_kind", "subject", "measure", "horizon_days"),
            (
                Column("name", "Step", is_published=False),
                Column("measure", "Measure", "words", is_published=False),
                Column("horizon_days", "Days", "count"),
                Column("persons", "Persons", "count"),
                Column("immature_persons", "Not yet mature", "count"),
                Column("net_revenue_per_person", "Per person", "money"),
                Column("lower", "from", "money"),
                Column("upper", "to", "money"),
                Column("difference", "Difference", "difference"),
                Column("difference_lower", "from", "difference"),
                Column("difference_upper", "to", "difference"),
                Column("q_value", "q", "p_value"),
            ),
            shown,
        ),
        reader.method("rpt_step_value"),
        intervals([_mark(row) for row in drawn], "per person", (-reach, reach), format="+~s", reference=0)
        if drawn
        else None,
        (
            "Hollow and dotted: no difference is shown. The steps with the narrowest intervals are drawn.",
            *notes,
        ),
    )


def _mark(row: Row) -> Interval:
    return Interval(
        row["name"],
        row["difference"],
        row["difference_lower"],
        row["difference_upper"],
        f"{row['difference']:+,.1f} ({row['difference_lower']:+,.1f} to {row['difference_upper']:+,.1f})",
        is_shown(row),
    )

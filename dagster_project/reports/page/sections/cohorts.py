"""Who comes back: cohorts by the month or week of their first activity."""

from dagster_project.reports.page.charts.heat import Cell, heat
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, percent

ORDER = 60
MARTS = ("rpt_cohorts",)
MOST_COHORTS, MOST_PERIODS = 13, 13


def section(reader: Reader) -> Section:
    return Section(
        "cohorts",
        "Who comes back",
        "Known people by the week in which they first did something, and the share active in each week after.",
        [_retention(reader)],
    )


def _retention(reader: Reader) -> Figure:
    rows = reader.query("""
        from marts.rpt_cohorts
        where person_population = 'known' and cohort_grain = 'week' and period_number > 0
        order by cohort_start, period_number
    """)
    starts = sorted({row["cohort_start"] for row in rows})[-MOST_COHORTS:]
    drawn = [row for row in rows if row["cohort_start"] in starts and row["period_number"] <= MOST_PERIODS]
    names = {row["cohort_start"]: _name(row) for row in drawn}
    cells = [
        Cell(
            names[row["cohort_start"]],
            str(row["period_number"]),
            row["retained_rate"],
            "" if row["retained_rate"] is None else f"{100 * row['retained_rate']:.0f}",
            not row["is_mature"],
        )
        for row in drawn
    ]
    columns = [str(number) for number in sorted({row["period_number"] for row in drawn})]
    shown, notes = first(drawn, 120)
    return Figure(
        "retention",
        "Active weeks after the first, in percent",
        _finding(rows),
        Table(
            "rpt_cohorts",
            "Cohorts by week of first activity; period 1 is the week after it.",
            ("cohort_grain", "person_population", "cohort_start", "period_number"),
            (
                Column("cohort_start", "Week of", "date"),
                Column("period_number", "Week after", "count"),
                Column("cohort_size", "Persons", "count"),
                Column("active", "Active", "count"),
                Column("retained_rate", "Share", "percent", has_bar=True),
                Column("retained_lower", "from", "percent"),
                Column("retained_upper", "to", "percent"),
                Column("is_mature", "Mature", "yes"),
                Column("is_left_truncated", "From before the data", "yes"),
            ),
            shown,
        ),
        reader.method("rpt_cohorts"),
        heat(cells, [names[start] for start in starts], columns, "weeks after the first") if cells else None,
        ("Hatched: weeks not yet complete. * Persons who were there before the data begins.", *notes),
    )


def _name(row: Row) -> str:
    return f"{row['cohort_start']:%-d %b}{'*' if row['is_left_truncated'] else ''}, n = {row['cohort_size']:,}"


def _finding(rows: list[Row]) -> str:
    mature = [row for row in rows if row["is_mature"] and not row["is_left_truncated"]]
    if not mature:
        return "No cohort has been followed for a whole week yet."

    def pooled(period: int) -> float | None:
        found = [row for row in mature if row["period_number"] == period]
        size = sum(row["cohort_size"] for row in found)
        return sum(row["active"] for row in found) / size if size else None

    last = max(row["period_number"] for row in mature if row["period_number"] <= 4)
    week_1, later = pooled(1), pooled(last)
    if week_1 is None or later is None or last == 1:
        return f"In the week after the first {percent(week_1 or 0)} are active again."
    return f"In the week after the first {percent(week_1)} are active again, in week {last} {percent(later)}."

"""Who comes back: cohorts by the week or month of their first activity."""

from statistics import median

from dagster_project.reports.page.charts.heat import Cell, heat
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import MIN_PERSONS, Row, percent

ORDER = 60
MARTS = ("rpt_cohorts",)
MOST_COHORTS, MOST_PERIODS = 14, 13
KEYS = (
    "cohort_by",
    "cohort_grain",
    "person_population",
    "cohort_start",
    "is_left_truncated",
    "period_number",
)


def section(reader: Reader) -> Section:
    return Section(
        "cohorts",
        "Who comes back",
        "Known people by when they first did something, and the share active in each period after.",
        [_retention(reader)],
    )


def _retention(reader: Reader) -> Figure:
    found = reader.query("""
        from marts.rpt_cohorts
        where cohort_by = 'first_touch' and person_population = 'known' and period_number > 0
        order by is_left_truncated, cohort_start, period_number
    """)
    grain = _grain(found)
    rows = [row for row in found if row["cohort_grain"] == grain]
    cohorts = list(dict.fromkeys(_name(row, grain) for row in rows))[-MOST_COHORTS:]
    drawn = [row for row in rows if _name(row, grain) in cohorts and row["period_number"] <= MOST_PERIODS]
    cells = [
        Cell(
            _name(row, grain),
            str(row["period_number"]),
            row["retained_rate"],
            "" if row["retained_rate"] is None else f"{100 * row['retained_rate']:.0f}",
            not row["is_mature"],
        )
        for row in drawn
    ]
    columns = [str(number) for number in sorted({row["period_number"] for row in drawn})]
    shown, notes = first(drawn, 100)
    return Figure(
        "retention",
        f"Active {grain}s after the first, in percent",
        _finding(rows, grain),
        Table(
            "rpt_cohorts",
            f"Cohorts by {grain} of first activity; period 1 is the {grain} after it.",
            KEYS,
            (
                Column("cohort_start", f"{grain.capitalize()} of", "date"),
                Column("is_left_truncated", "From before the data", "yes"),
                Column("period_number", "Period", "count"),
                Column("cohort_size", "Persons", "count"),
                Column("active", "Active", "count"),
                Column("retained_rate", "Share", "percent", has_bar=True),
                Column("retained_lower", "from", "percent"),
                Column("retained_upper", "to", "percent"),
                Column("is_mature", "Mature", "yes"),
            ),
            shown,
        ),
        reader.method("rpt_cohorts"),
        heat(cells, cohorts, columns, f"{grain}s after the first") if cells else None,
        ("Hatched: not yet complete. * People from before the data begins.", *notes),
    )


def _grain(rows: list[Row]) -> str:
    """Months where most weeks have fewer persons than make a finding."""
    sizes = [
        row["cohort_size"] for row in rows if row["cohort_grain"] == "week" and row["period_number"] == 1
    ]
    return "week" if sizes and median(sizes) >= MIN_PERSONS else "month"


def _name(row: Row, grain: str) -> str:
    start = f"{row['cohort_start']:%b %Y}" if grain == "month" else f"{row['cohort_start']:%-d %b}"
    return f"{start}{'*' if row['is_left_truncated'] else ''}, n = {row['cohort_size']:,}"


def _finding(rows: list[Row], grain: str) -> str:
    mature = [row for row in rows if row["is_mature"] and not row["is_left_truncated"]]
    if not mature:
        return f"No cohort has been followed for a whole {grain} yet."

    def pooled(period: int) -> float:
        found = [row for row in mature if row["period_number"] == period]
        active: int = sum(row["active"] for row in found)
        persons: int = sum(row["cohort_size"] for row in found)
        return active / max(1, persons)

    last = max(row["period_number"] for row in mature if row["period_number"] <= 4)
    begun = f"In the {grain} after the first {percent(pooled(1))} are active again"
    return f"{begun}." if last == 1 else f"{begun}, in {grain} {last} it is {percent(pooled(last))}."

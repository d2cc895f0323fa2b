"""How many of each cohort convert, as far as known and as forecast."""

from dagster_project.reports.page.charts.heat import Cell, heat
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.page.sections.cohorts import KEYS
from dagster_project.reports.wording import Row, percent

ORDER = 62
MARTS = ("rpt_cohorts",)
MOST_PERIODS = 13


def section(reader: Reader) -> Section:
    return Section(
        "forecasts",
        "What cohorts will come to",
        "Known people by the month of their first micro-conversion, and how many have converted by each "
        "month after.",
        [_forecasts(reader)],
    )


def _forecasts(reader: Reader) -> Figure:
    rows = reader.query("""
        select *, projected_converters / cohort_size as projected_rate from marts.rpt_cohorts
        where cohort_by = 'first_micro_conversion' and cohort_grain = 'month' and person_population = 'known'
        order by is_left_truncated, cohort_start, period_number
    """)
    drawn = [row for row in rows if row["period_number"] <= MOST_PERIODS and _rate(row) is not None]
    cohorts = list(dict.fromkeys(_name(row) for row in drawn))
    cells = [
        Cell(
            _name(row),
            str(row["period_number"]),
            _rate(row),
            f"{100 * (_rate(row) or 0):.0f}",
            _is_forecast(row),
        )
        for row in drawn
    ]
    tested = next((row for row in rows if row["converters_back_test_cells"]), None)
    shown, notes = first(rows, 80)
    return Figure(
        "forecasts",
        "Converted by then, in percent",
        _finding(drawn),
        Table(
            "rpt_cohorts",
            "By month of first micro-conversion; what is not over is forecast from earlier cohorts.",
            KEYS,
            (
                Column("cohort_start", "Month", "date"),
                Column("is_left_truncated", "From before the data", "yes"),
                Column("period_number", "Period", "count"),
                Column("cohort_size", "Persons", "count"),
                Column("is_mature", "Mature", "yes"),
                Column("cumulative_converters", "Converted", "count"),
                Column("cumulative_conversion_rate", "Share", "percent", has_bar=True),
                Column("cumulative_conversion_lower", "from", "percent"),
                Column("cumulative_conversion_upper", "to", "percent"),
                Column("projected_converters", "Forecast", "number"),
                Column("projected_converters_lower", "from", "number"),
                Column("projected_converters_upper", "to", "number"),
            ),
            shown,
        ),
        reader.method("rpt_cohorts"),
        heat(
            cells, cohorts, [str(n) for n in sorted({row["period_number"] for row in drawn})], "months after"
        )
        if cells
        else None,
        (
            "Hatched: forecast. * People from before the data begins.",
            *(
                (
                    f"Back-test: {tested['converters_back_test_covered']:,} of "
                    f"{tested['converters_back_test_cells']:,} hidden cells lay in their intervals"
                    f"{_widened(tested)}.",
                )
                if tested
                else ("Too few cohorts for a back-test.",)
            ),
            *notes,
        ),
    )


def _widened(row: Row) -> str:
    factor, after = row["converters_interval_factor"], row["converters_back_test_covered_after"]
    if factor is None or factor == 1:
        return ""
    held = "" if after is None else f", which would have held {after:,}"
    return f"; those shown are {factor:.1f} times as wide{held}"


def _is_forecast(row: Row) -> bool:
    return row["projected_rate"] is not None and not row["is_mature"]


def _rate(row: Row) -> float | None:
    rate: float | None = row["projected_rate"] if _is_forecast(row) else row["cumulative_conversion_rate"]
    return rate


def _name(row: Row) -> str:
    return f"{row['cohort_start']:%b %Y}{'*' if row['is_left_truncated'] else ''}, n = {row['cohort_size']:,}"


def _finding(drawn: list[Row]) -> str:
    mature = [row for row in drawn if row["is_mature"] and not row["is_left_truncated"]]
    if not mature:
        return "No cohort has been followed for a whole month yet."
    oldest = [row for row in mature if row["cohort_start"] == mature[0]["cohort_start"]][-1]
    share = percent(oldest["cumulative_conversion_rate"])
    return (
        f"Of those whose first was in {oldest['cohort_start']:%B %Y} {share} have converted by month "
        f"{oldest['period_number']} after."
    )

"""Which first steps lead to a macro-conversion."""

from dagster_project.reports.page.charts.intervals import Interval, intervals, upper_end
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first, is_shown, rate_mark
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, percent

ORDER = 40
MARTS = ("rpt_micro_conversion_paths",)
MOST_DRAWN = 18


def section(reader: Reader) -> Section:
    return Section(
        "paths",
        "Which paths people take",
        "The first steps of a journey, and how many of those who took exactly these convert afterwards.",
        [_paths(reader)],
    )


def known_paths(reader: Reader) -> list[Row]:
    """The mart's rows of known people, with the names of their steps."""
    labels = {
        row["micro_conversion"]: row["label"] or row["micro_conversion"]
        for row in reader.query("from marts.dim_micro_conversions")
    }
    rows = reader.query("""
        from marts.rpt_micro_conversion_paths where person_population = 'known'
        order by path_length, is_remainder, persons desc, path
    """)
    for row in rows:
        row["labels"] = [labels.get(step, step) for step in row["path"].split(" > ")]
        row["steps"] = (
            f"all other paths of {row['path_length']}" if row["is_remainder"] else " → ".join(row["labels"])
        )
    return rows


def _paths(reader: Reader) -> Figure:
    rows = known_paths(reader)
    shown, notes = first(rows)
    drawn = [row for row in rows if not row["is_remainder"]]
    drawn = sorted(drawn, key=lambda row: -row["persons"])[:MOST_DRAWN]
    marks = [_interval(row) for row in drawn]
    overall = next((row["overall_rate"] for row in drawn if row["overall_rate"] is not None), None)
    return Figure(
        "paths",
        "First steps of known people",
        _finding(drawn),
        Table(
            "rpt_micro_conversion_paths",
            "Paths of exactly so many first steps; repeats of a step count once.",
            ("person_population", "path_length", "path", "is_remainder"),
            (
                Column("steps", "Path", is_published=False),
                Column("persons", "Persons", "count"),
                Column("immature_persons", "Not yet mature", "count"),
                Column("converted", "Converted", "count"),
                Column("conversion_rate", "Rate", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
                Column("lift", "Lift", "ratio"),
                Column("q_value", "q", "p_value"),
            ),
            shown,
        ),
        reader.method("rpt_micro_conversion_paths"),
        intervals(marks, "share who convert within the horizon", (0, upper_end(marks)), reference=overall)
        if drawn
        else None,
        (
            "The line is the rate of paths of one step. Hollow: not shown to differ from the others.",
            *notes,
        ),
    )


def _finding(drawn: list[Row]) -> str:
    if not drawn:
        return "No path has been taken often enough to be named yet."
    sure = [row for row in drawn if is_shown(row)]
    if not sure:
        commonest = drawn[0]
        return (
            f"The commonest beginning is “{commonest['steps']}” ({commonest['persons']:,} persons); no path "
            "is shown to convert otherwise than the rest."
        )
    best = max(sure, key=lambda row: row["lift"] or 0)
    return (
        f"After “{best['steps']}” {percent(best['conversion_rate'])} convert, "
        f"{best['lift']:.1f} times as many as after other paths of as many steps."
    )


def _interval(row: Row) -> Interval:
    return rate_mark(row["steps"], row, "conversion_rate", is_shown(row))

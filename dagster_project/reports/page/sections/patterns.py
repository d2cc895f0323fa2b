"""Which patterns of steps go with conversion."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first, is_shown, ratio_mark
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row

ORDER = 42
MARTS = ("rpt_step_patterns",)
MOST_DRAWN = 12


def section(reader: Reader) -> Section:
    return Section(
        "step-patterns",
        "Which patterns go with conversion",
        "Consecutive steps, and how many times as often people convert after them as all with as many steps.",
        [_patterns(reader)],
    )


def _patterns(reader: Reader) -> Figure:
    labels = {
        row["micro_conversion"]: row["label"] or row["micro_conversion"]
        for row in reader.query("from marts.dim_micro_conversions")
    }
    rows = reader.query("""
        from marts.rpt_step_patterns order by lift_lower desc nulls last, pattern_length, pattern
    """)
    for row in rows:
        row["steps"] = " → ".join(labels.get(step, step) for step in row["pattern"].split(" > "))
    drawn = [row for row in rows if row["lift"] is not None][:MOST_DRAWN]
    end = max(
        (value for row in drawn for value in (row["lift_upper"], row["control_lift"]) if value), default=2
    )
    decided = [row for row in rows if is_shown(row) and row["lift"] > 1]
    shown, notes = first(rows)
    return Figure(
        "step-patterns-lift",
        "Lift of a pattern",
        f"{len(decided)} of {len(rows)} patterns go with more conversions; the surest: {decided[0]['steps']} "
        f"({decided[0]['lift']:.1f} times as many)."
        if decided
        else (
            f"None of {len(rows)} patterns is shown to go with more."
            if rows
            else "No pattern is common enough yet."
        ),
        Table(
            "rpt_step_patterns",
            "The control has the same steps in random order: only a lift above it speaks for the order.",
            ("pattern_length", "pattern"),
            (
                Column("steps", "Pattern", is_published=False),
                Column("persons", "Persons", "count"),
                Column("immature_persons", "Not yet mature", "count"),
                Column("conversion_rate", "Rate", "percent", has_bar=True),
                Column("lift", "Lift", "ratio"),
                Column("lift_lower", "from", "ratio"),
                Column("lift_upper", "to", "ratio"),
                Column("q_value", "q", "p_value"),
                Column("control_lift", "Any order", "ratio"),
            ),
            shown,
        ),
        reader.method("rpt_step_patterns"),
        intervals([_mark(row) for row in drawn], "times as often", (0, end), format="~r", reference=1)
        if drawn
        else None,
        ("Diamond: the same steps in any order. An association, no proof.", *notes),
    )


def _mark(row: Row) -> Interval:
    return ratio_mark(row["steps"], row, "lift", is_shown(row), row["control_lift"])

"""What changed within seven days."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import is_shown
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, percent, words

ORDER = 5
MARTS = ("rpt_changes",)
MOST_DRAWN = 14
REACHES = (0.1, 0.2, 0.5, 1.0)  # of the picture at most: a loss of all, twice as much


def section(reader: Reader) -> Section:
    return Section(
        "changes",
        "What changed in seven days",
        "The latest week whose outcomes have had their days to come, against the week before it.",
        [_changes(reader)],
    )


def _changes(reader: Reader) -> Figure:
    rows = reader.query("""
        select changes.*, label from marts.rpt_changes as changes
        left join marts.dim_micro_conversions using (micro_conversion)
        order by
            figure = 'step_completion_rate', person_population = 'device', figure, now_n desc,
            micro_conversion
    """)
    for row in rows:
        row["name"] = row["label"] or words(row["figure"]).capitalize()
        is_sum = row["figure"] in ("macro_conversions", "net_revenue")
        row["now"], row["before"] = (
            None if value is None else (f"{value:,.0f}" if is_sum else percent(value))
            for value in (row["now_value"], row["before_value"])
        )
    drawn = [
        row for row in rows if row["relative_change"] is not None and row["person_population"] != "device"
    ]
    marks = [_mark(row) for row in drawn[:MOST_DRAWN]]
    furthest = max((abs(end or 0) for mark in marks for end in (mark.lower, mark.upper)), default=0)
    reach = next((reach for reach in REACHES if reach >= furthest), REACHES[-1])
    changed = [row for row in drawn if is_shown(row)]
    return Figure(
        "changes",
        "Change against the week before",
        f"{len(changed)} of {len(drawn)} figures are shown to have changed: "
        + ", ".join(f"{row['name']} ({row['relative_change']:+.0%})" for row in changed[:3])
        + "."
        if changed
        else (
            f"None of {len(drawn)} figures is shown to have changed."
            if drawn
            else "There are not two whole weeks to compare yet."
        ),
        Table(
            "rpt_changes",
            "Both weeks end as long before their outcomes are known, so neither is the younger.",
            ("figure", "micro_conversion", "person_population"),
            (
                Column("name", "Figure", is_published=False),
                Column("person_population", "Population"),
                Column("now", "Now", "written", is_published=False),
                Column("before", "Before", "written", is_published=False),
                Column("now_n", "n now", "count"),
                Column("before_n", "n before", "count"),
                Column("difference", "Difference", "difference"),
                Column("difference_lower", "from", "difference"),
                Column("difference_upper", "to", "difference"),
                Column("q_value", "q", "p_value"),
                Column("direction", "Verdict"),
            ),
            rows,
        ),
        reader.method("rpt_changes"),
        intervals(
            marks,
            "relative change",
            (-reach, reach),
            format="+.0%",
            ticks=[share * reach for share in (-1, -0.5, 0, 0.5, 1)],
            reference=0,
        )
        if drawn
        else None,
        ("Hollow and dotted: no change is shown. What is beyond the picture is drawn at its end.",),
    )


def _mark(row: Row) -> Interval:
    before = row["before_value"]
    return Interval(
        row["name"],
        row["relative_change"],
        row["difference_lower"] / before,
        row["difference_upper"] / before,
        f"{row['before']} → {row['now']}",
        is_shown(row),
    )

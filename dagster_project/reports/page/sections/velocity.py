"""How fast people move from a step to a macro-conversion."""

from dagster_project.reports.page.charts.curves import Curve, curves
from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import NAMED, first, is_shown
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, duration, percent, words

ORDER = 50
MARTS = ("rpt_velocity", "rpt_velocity_curves")
KEYS = ("measure", "micro_conversion", "next_step", "slice", "slice_value")
GOAL = "conversion"  # the measure whose curves are drawn
MOST_CURVES, MOST_CYCLES = 5, 14
DAY = 86_400


def section(reader: Reader) -> Section:
    rows = reader.query(f"""
        select steps.*, {NAMED.format("steps")} as label, coalesce(goals.label, replace(next_step, '_', ' '))
            as next_label
        from marts.rpt_velocity as steps
        left join marts.dim_micro_conversions as names using (micro_conversion)
        left join marts.dim_micro_conversions as goals on next_step = goals.micro_conversion
        order by
            slice <> 'all', slice, slice_value, measure <> '{GOAL}', measure, persons desc, micro_conversion,
            next_step
    """)
    return Section(
        "velocity",
        "How fast they move",
        "The share of those who took a step whom a macro-conversion has followed by each day.",
        [_conversion(reader, rows), _cycles(reader, rows)],
    )


def _conversion(reader: Reader, rows: list[Row]) -> Figure:
    points: dict[str, list[tuple[int, float]]] = {}
    for row in reader.query(f"""
        select micro_conversion, day, share from marts.rpt_velocity_curves
        where measure = '{GOAL}' and slice = 'all' order by micro_conversion, day
    """):
        points.setdefault(row["micro_conversion"], []).append((row["day"], row["share"]))
    to_goal = [
        row
        for row in rows
        if row["measure"] == GOAL and row["slice"] == "all" and row["micro_conversion"] in points
    ]
    ranked = sorted(to_goal, key=lambda row: -(row["probability_lower"] or 0))
    # The surest and, to compare with, the one that most persons took.
    chosen = ranked[: MOST_CURVES - 1]
    chosen += [row for row in sorted(to_goal, key=lambda row: -row["persons"]) if row not in chosen][:1]
    followed = [row for row in rows if row["measure"] in (GOAL, "next_step")]
    for row in followed:
        row["of"] = words(row["slice_value"]) if row["slice"] != "all" else "all"
        row["choice"] = f"{row['slice']}={row['slice_value']}"
    shown, notes = first(followed, 36)
    named = "; ".join(
        f"{row['label']}: n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{row['persons']:,}" for row in chosen
    )
    return Figure(
        "velocity-curves",
        "From a step to a macro-conversion",
        _finding(ranked),
        Table(
            "rpt_velocity",
            "From the first completion of a step; leaving the list and other acts compete.",
            KEYS,
            (
                Column("label", "Step", is_published=False),
                Column("next_label", "Next", is_published=False),
                Column("of", "Slice", is_published=False),
                Column("persons", "Persons", "count"),
                Column("reached", "Reached", "count"),
                Column("censored", "Still open", "count"),
                Column("probability", "Probability", "percent", has_bar=True),
                Column("probability_lower", "from", "percent"),
                Column("probability_upper", "to", "percent"),
                Column("median_seconds", "Median", "duration"),
                Column("p75_seconds", "75 %", "duration"),
            ),
            shown,
            Filter("choice", "Show", {row["choice"]: _choice(row) for row in shown}),
        ),
        reader.method("rpt_velocity"),
        curves([_curve(row, points) for row in chosen], "days after the step") if chosen else None,
        (*((f"A triangle is the median of those who get there. {named}.",) if chosen else ()), *notes),
    )


def _choice(row: Row) -> str:
    return "all" if row["slice"] == "all" else f"{words(row['slice'])}: {row['slice_value']}"


def _cycles(reader: Reader, rows: list[Row]) -> Figure:
    cycles = [row for row in rows if row["measure"] in ("sales_cycle_with", "sales_cycle_without")]
    compared = [
        row for row in cycles if row["measure"] == "sales_cycle_with" and row["mean_difference_seconds"]
    ]
    surest = sorted(
        compared,
        key=lambda row: row["mean_difference_seconds_upper"] - row["mean_difference_seconds_lower"],
    )[:MOST_CYCLES]
    named = [row["micro_conversion"] for row in surest]
    shown, notes = first([row for row in cycles if row["micro_conversion"] in named])
    drawn = sorted(surest, key=lambda row: row["mean_difference_seconds"])
    marks = [_cycle(row) for row in drawn]
    reach = (
        max((abs(v) for mark in marks for v in (mark.lower, mark.upper) if v is not None), default=1.0) or 1.0
    )
    decided = sorted((row for row in drawn if is_shown(row)), key=lambda row: -row["persons"])
    return Figure(
        "sales-cycles",
        "Sales cycle with a step and without it, in days",
        f"After “{decided[0]['label']}” the sales cycle is "
        f"{abs(decided[0]['mean_difference_seconds']) / DAY:.1f} days "
        f"{'shorter' if decided[0]['mean_difference_seconds'] < 0 else 'longer'} than without it; of "
        f"{len(compared)} steps {sum(is_shown(row) for row in compared)} are shown to go with another one."
        if decided
        else (
            f"None of {len(compared)} steps is shown to go with a shorter or longer sales cycle."
            if compared
            else "No sales cycle can be compared yet."
        ),
        Table(
            "rpt_velocity",
            "From 7 days after a step was offered to the macro-conversion, restricted means.",
            KEYS,
            (
                Column("label", "Step", is_published=False),
                Column("measure", "Measure", "words", is_published=False),
                Column("persons", "Persons", "count"),
                Column("reached", "Converted", "count"),
                Column("restricted_mean_seconds", "Mean", "duration"),
                Column("restricted_mean_seconds_lower", "from", "duration"),
                Column("restricted_mean_seconds_upper", "to", "duration"),
                Column("q_value", "q", "p_value"),
            ),
            shown,
        ),
        reader.method("rpt_velocity"),
        intervals(marks, "days of difference", (-reach, reach), format="+~r", reference=0) if marks else None,
        ("Hollow and dotted: no difference is shown. Without strata: an association, no proof.", *notes),
    )


def _cycle(row: Row) -> Interval:
    middle, lower, upper = (row[f"mean_difference_seconds{end}"] / DAY for end in ("", "_lower", "_upper"))
    text = f"{middle:+.1f} ({lower:+.0f} to {upper:+.0f})"
    return Interval(row["label"], middle, lower, upper, text, is_shown(row))


def _finding(ranked: list[Row]) -> str:
    if not ranked:
        return "No step is followed by a macro-conversion often enough yet."
    surest = ranked[0]
    within = (
        f", half of these within {duration(surest['median_seconds'])}" if surest["median_seconds"] else ""
    )
    return f"After “{surest['label']}” {percent(surest['probability'])} convert{within}."


def _curve(row: Row, points: dict[str, list[tuple[int, float]]]) -> Curve:
    drawn = _corners(points[row["micro_conversion"]])
    # Within the first day the curve has no point to put a mark on; its name says the median.
    median = row["median_seconds"] / DAY if (row["median_seconds"] or 0) >= DAY else None
    within = f", median {duration(row['median_seconds'])}" if row["median_seconds"] is not None else ""
    return Curve(f"{percent(drawn[-1][1])} {row['label']}{within}", drawn, median)


def _corners(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Only where a step curve rises, and its end."""
    return [p for n, p in enumerate(points) if n in (0, len(points) - 1) or p[1] != points[n - 1][1]]

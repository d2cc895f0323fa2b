"""How fast people move from a step to a macro-conversion."""

from dagster_project.reports.page.charts.curves import Curve, curves
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import NAMED, first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, duration, percent

ORDER = 50
MARTS = ("rpt_velocity", "rpt_velocity_curves")
MOST_CURVES = 5
GOAL = "macro_conversion"
DAY = 86_400


def section(reader: Reader) -> Section:
    return Section(
        "velocity",
        "How fast they move",
        "The share of those who took a step whom a macro-conversion has followed by each day.",
        [_velocity(reader)],
    )


def _velocity(reader: Reader) -> Figure:
    rows = reader.query(f"""
        select steps.*, {NAMED.format("steps")} as label, coalesce(goals.label, next_step) as next_label
        from marts.rpt_velocity as steps
        left join marts.dim_micro_conversions as names using (micro_conversion)
        left join marts.dim_micro_conversions as goals on next_step = goals.micro_conversion
        order by next_step <> '{GOAL}', persons desc, micro_conversion, next_step
    """)
    points: dict[str, list[tuple[int, float]]] = {}
    for row in reader.query(f"""
        select micro_conversion, day, share from marts.rpt_velocity_curves where next_step = '{GOAL}'
        order by micro_conversion, day
    """):
        points.setdefault(row["micro_conversion"], []).append((row["day"], row["share"]))
    to_goal = [row for row in rows if row["next_step"] == GOAL and row["micro_conversion"] in points]
    ranked = sorted(to_goal, key=lambda row: -(row["lower"] or 0))
    # The surest and, to compare with, the one that most persons took.
    chosen = ranked[: MOST_CURVES - 1]
    chosen += [row for row in sorted(to_goal, key=lambda row: -row["persons"]) if row not in chosen][:1]
    for row in rows:
        row["next_label"] = "a macro-conversion" if row["next_step"] == GOAL else row["next_label"]
    shown, notes = first(rows)
    return Figure(
        "velocity",
        "From a step to a macro-conversion",
        _finding(ranked),
        Table(
            "rpt_velocity",
            "From the first completion of a step to the next step; leaving the list competes with it.",
            ("micro_conversion", "next_step"),
            (
                Column("label", "Step", is_published=False),
                Column("next_label", "Next", is_published=False),
                Column("persons", "Persons", "count"),
                Column("reached", "Reached", "count"),
                Column("censored", "Still open", "count"),
                Column("probability", "Probability", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
                Column("median_seconds", "Median", "duration"),
                Column("p75_seconds", "75 %", "duration"),
            ),
            shown,
        ),
        reader.method("rpt_velocity"),
        curves([_curve(row, points) for row in chosen], "days after the step") if chosen else None,
        (
            "A triangle is the median of those who get there. "
            + "; ".join(f"{row['label']}: n = {row['persons']:,}" for row in chosen)
            + ".",
            *notes,
        )
        if chosen
        else notes,
    )


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

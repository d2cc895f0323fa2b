"""Where people stop, by what it would be worth to reach the target."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, percent

ORDER = 18
MARTS = ("rpt_bottlenecks",)
MOST_DRAWN = 12


def section(reader: Reader) -> Section:
    return Section(
        "bottlenecks",
        "What to fix first",
        "What it would bring, at most, if as many went on as do where it goes best. Causes are hypotheses.",
        [_bottlenecks(reader)],
    )


def _bottlenecks(reader: Reader) -> Figure:
    rows = reader.query("""
        select stops.*, coalesce(before.label, from_step) as from_label,
            coalesce(after.label, to_step) as to_label
        from marts.rpt_bottlenecks as stops
        left join marts.dim_micro_conversions as before on from_step = before.micro_conversion
        left join marts.dim_micro_conversions as after on to_step = after.micro_conversion
        order by opportunity desc nulls last, transition_kind, sequence_id, step_number, person_population
    """)
    for row in rows:
        row["passage"] = f"{row['from_label']} → {row['to_label']}"
    below = [row for row in rows if row["further_conversions"] is not None]
    ranked = [row for row in below if row["opportunity"] is not None]
    drawn = [_mark(row) for row in ranked[:MOST_DRAWN]]
    end = max((mark.upper or 0 for mark in drawn), default=1) or 1
    shown, notes = first(rows)
    return Figure(
        "bottlenecks",
        "Opportunity by transition, in the reporting currency",
        _finding(rows, below, ranked),
        Table(
            "rpt_bottlenecks",
            "Sequences and the stage map; without a test the opportunity is an upper bound.",
            ("transition_kind", "sequence_id", "step_number", "person_population"),
            (
                Column("passage", "Transition", is_published=False),
                Column("sequence_id", "Sequence", "words", is_published=False),
                Column("person_population", "Population"),
                Column("persons", "Persons", "count"),
                Column("rate", "Go on", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
                Column("target_rate", "Target", "percent"),
                Column("opportunity", "Worth", "money"),
                Column("opportunity_lower", "from", "money"),
                Column("opportunity_upper", "to", "money"),
                Column("bottleneck_label", "Perhaps"),
            ),
            shown,
        ),
        reader.method("rpt_bottlenecks"),
        intervals(drawn, "net revenue", (0, end), format="~s") if drawn else None,
        (
            "Transitions overlap: what they are worth does not add up.",
            *notes,
        ),
    )


def _finding(rows: list[Row], below: list[Row], ranked: list[Row]) -> str:
    if not below:
        return (
            f"None of {len(rows)} transitions lies below its target."
            if rows
            else "No person has completed a transition yet."
        )
    if not ranked:
        return (
            f"{len(below)} of {len(rows)} transitions lie below their target; "
            "no order shows what that is worth."
        )
    top = ranked[0]
    return (
        f"Most is to be had between {top['passage']}: {percent(top['rate'])} go on, "
        f"{percent(top['target_rate'])} where it goes best; worth about {top['opportunity']:,.0f} "
        f"and at most {top['opportunity_upper']:,.0f}."
    )


def _mark(row: Row) -> Interval:
    stage = "Stage " if row["transition_kind"] == "stage" else ""
    return Interval(
        f"{stage}{row['passage']}{'' if row['person_population'] == 'known' else ', devices'}",
        row["opportunity"],
        row["opportunity_lower"],
        row["opportunity_upper"],
        f"{row['opportunity']:,.0f} ({row['opportunity_lower']:,.0f}–{row['opportunity_upper']:,.0f})",
    )

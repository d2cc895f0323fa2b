"""Where people are in the journey, and how far they come."""

from dagster_project.reports.page.charts.intervals import intervals
from dagster_project.reports.page.charts.ribbons import Flow, ribbons
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import people, rate_mark
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, duration, percent

ORDER = 10
MARTS = ("rpt_stage_visit_transitions", "rpt_stage_transitions")
STAGES = ("awareness", "consideration", "decision", "customer", "advocacy", "lost")


def section(reader: Reader) -> Section:
    return Section(
        "journey",
        "Where people are in the journey",
        "People go back and forth between stages; what counts is how many come further, and when.",
        [_visits(reader), _transitions(reader)],
    )


def _by_stage(reader: Reader, mart: str) -> list[Row]:
    """Known people first, then in the order of the journey."""
    return sorted(
        reader.query(f"from marts.{mart}"),
        key=lambda row: (
            row["person_population"] != "known",
            STAGES.index(row["from_stage"]),
            STAGES.index(row["to_stage"]),
        ),
    )


def _known(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["person_population"] == "known"]


def _visits(reader: Reader) -> Figure:
    found = _by_stage(reader, "rpt_stage_visit_transitions")
    rows = _known(found)
    total = sum(row["transitions"] for row in rows)
    further = sum(
        row["transitions"]
        for row in rows
        if row["to_stage"] != "lost" and STAGES.index(row["to_stage"]) > STAGES.index(row["from_stage"])
    )
    flows = [
        Flow(row["from_stage"], row["to_stage"], row["transitions"]) for row in rows if row["transitions"]
    ]
    return Figure(
        "stage-visits",
        "Visits of a stage, and where they lead",
        f"Of {total:,} changes of stage by known people {percent(further / total)} lead further, the others "
        "back or away."
        if total
        else "Nobody known has changed stage yet.",
        Table(
            "rpt_stage_visit_transitions",
            "Visits of a stage by the stage that follows; several visits of one person each count.",
            ("from_stage", "to_stage", "person_population"),
            (
                Column("from_stage", "From"),
                Column("to_stage", "To"),
                Column("person_population", "Population"),
                Column("transitions", "Visits", "count"),
                Column("persons", "Persons", "count"),
                Column("probability", "Probability", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
                Column("median_seconds", "Median stay", "duration"),
            ),
            found,
        ),
        reader.method("rpt_stage_visit_transitions"),
        ribbons(flows, (STAGES, STAGES), ("from stage", "to stage")) if total else None,
        ("Visits of known people, not persons. Visits that still last are left out of the picture.",),
    )


def _transitions(reader: Reader) -> Figure:
    rows = _by_stage(reader, "rpt_stage_transitions")
    known = [row for row in _known(rows) if row["probability"] is not None]
    drawn = [
        rate_mark(
            f"{row['from_stage']} → {row['to_stage']}"
            + (" (devices)" if row["person_population"] != "known" else ""),
            row,
            "probability",
        )
        for row in rows
    ]
    weakest = min(known, key=lambda row: row["probability"], default=None)
    return Figure(
        "stage-transitions",
        "Persons who come to the next stage",
        f"The narrowest passage of known people: {percent(weakest['probability'])} come from "
        f"{weakest['from_stage']} to {weakest['to_stage']} or beyond"
        + (
            f", half of these within {duration(weakest['median_seconds'])}."
            if weakest["median_seconds"]
            else "."
        )
        if weakest
        else "Nobody known has entered a stage yet.",
        Table(
            "rpt_stage_transitions",
            "First entry of each person to a stage; who leaves the list can no longer come further.",
            ("from_stage", "to_stage", "person_population"),
            (
                Column("from_stage", "From"),
                Column("to_stage", "To"),
                Column("person_population", "Population"),
                Column("persons_at_risk", "At risk", "count"),
                Column("reached", "Reached", "count"),
                Column("censored", "Still open", "count"),
                Column("probability", "Probability", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
                Column("median_seconds", "Median time", "duration"),
            ),
            rows,
        ),
        reader.method("rpt_stage_transitions"),
        intervals(drawn, "share who come to the next stage or beyond", (0, 1)),
        (
            f"n = {sum(row['persons_at_risk'] for row in known):,} entries of {people('known')}; "
            "persons with neither end yet count for as long as they are followed.",
        ),
    )

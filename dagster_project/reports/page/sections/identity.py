"""What unlinked browsers do to rates over persons."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import MIN_PERSONS, Row, between, percent, words

ORDER = 136
MARTS = ("rpt_identity_quality",)
MOST_DRAWN = 18
UNKNOWN = 0.5  # bounds wider than this say little
REPORTS = {
    "dim_persons": "Persons",
    "rpt_completion_rates": "Completion",
    "rpt_funnels": "Funnels",
    "rpt_stage_transitions": "Stages",
    "rpt_cohorts": "Retention",
    "rpt_micro_conversion_paths": "Paths",
}


def section(reader: Reader) -> Section:
    return Section(
        "identity",
        "Persons who cannot be distinguished",
        "Some browsers belong to no known person. The line says within which bounds a rate over known people "
        "would be with every browser linked.",
        [_bounds(reader)],
    )


def _bounds(reader: Reader) -> Figure:
    rows = reader.query("""
        select bounds.*, names.label from marts.rpt_identity_quality as bounds
        left join marts.dim_micro_conversions as names
            on report = 'rpt_completion_rates' and figure = names.micro_conversion
        order by bounds_width desc nulls last, known_persons desc, report, figure
    """)
    for row in rows:
        row["name"] = row["label"] or words(row["figure"]).capitalize()
        row["of"] = REPORTS.get(row["report"], row["report"])
    known = [row for row in rows if row["known_rate"] is not None and row["known_persons"] >= MIN_PERSONS]
    drawn = sorted(known, key=lambda row: (-row["known_persons"], row["report"], row["figure"]))[:MOST_DRAWN]
    wide = [row for row in known if row["bounds_width"] > UNKNOWN]
    linked = next((row for row in rows if row["report"] == "dim_persons"), None)
    shown, notes = first(rows, 24)
    return Figure(
        "identity-bounds",
        "Rates of known people, and what they could be",
        _finding(known, wide, linked),
        Table(
            "rpt_identity_quality",
            "The widest bounds first; they are no intervals: more data of the same kind do not narrow them.",
            ("report", "figure"),
            (
                Column("name", "Rate", is_published=False),
                Column("of", "Of", is_published=False),
                Column("known_persons", "Known", "count"),
                Column("known_rate", "Rate", "percent", has_bar=True),
                Column("lowest_rate", "At least", "percent"),
                Column("highest_rate", "At most", "percent"),
                Column("device_persons", "Devices", "count"),
                Column("device_rate", "Their rate", "percent"),
                Column("linked_later", "Linked later", "count"),
            ),
            shown,
            Filter("of", "Report", {row["of"]: row["of"] for row in shown}),
        ),
        reader.method("rpt_identity_quality"),
        intervals([_mark(row) for row in drawn], "share of known people", (0, 1)) if drawn else None,
        ("Hollow and dotted: bounds wider than 50 points. The rates over most people are drawn.", *notes),
    )


def _mark(row: Row) -> Interval:
    lowest, highest = row["lowest_rate"], row["highest_rate"]
    return Interval(
        row["name"],
        row["known_rate"],
        lowest,
        highest,
        f"{percent(row['known_rate'])} ({between(lowest, highest)})",
        row["bounds_width"] <= UNKNOWN,
    )


def _finding(known: list[Row], wide: list[Row], linked: Row | None) -> str:
    if not known:
        return "No rate has enough known people yet."
    share = (
        f"{percent(linked['known_rate'])} of known people have a linked browser; "
        if linked and linked["known_rate"] is not None
        else ""
    )
    return f"{share}{len(wide)} of {len(known)} rates could be more than 50 points off."

"""What the data quality checks found when this was published."""

from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader

ORDER = 144
MARTS = ("check_outcomes",)
OUTCOMES = ("error", "warn", "empty", "passed")


def section(reader: Reader) -> Section:
    return Section(
        "checks",
        "What was checked",
        "Each check with its figure, interval and band. What blocks publishing has passed, or you would see "
        "the page of before.",
        [_checks(reader)],
    )


def _checks(reader: Reader) -> Figure:
    rows = reader.query("from marts.check_outcomes order by kind, check_name")
    rows.sort(key=lambda row: OUTCOMES.index(row["outcome"]))
    for row in rows:
        row["name"] = row["check_name"].replace("_", " ").capitalize()
    shown, notes = first(rows, 30)
    counts = {outcome: sum(row["outcome"] == outcome for row in rows) for outcome in OUTCOMES}
    warned = [row["name"] for row in rows if row["outcome"] == "warn"]
    return Figure(
        "check-outcomes",
        "Outcomes of the checks",
        f"{counts['passed']} of {len(rows)} checks passed, {counts['warn']} warn, "
        f"{counts['empty']} had nothing to check"
        + (f". The first that warns: “{warned[0]}”." if warned else ".")
        if rows
        else "No check was run yet.",
        Table(
            "check_outcomes",
            "Of each check the subject furthest off, with the band that it has to keep to.",
            ("check_name",),
            (
                Column("name", "Check", is_published=False),
                Column("outcome", "Outcome"),
                Column("n", "n", "count"),
                Column("figure", "Figure", "figure"),
                Column("lower", "from", "figure"),
                Column("upper", "to", "figure"),
                Column("band_lower", "Band from", "figure"),
                Column("band_upper", "to", "figure"),
            ),
            shown,
            Filter("outcome", "Outcome", {row["outcome"]: row["outcome"] for row in shown}),
            details=(Column("description", ""),),
        ),
        reader.method("check_outcomes"),
        notes=notes,
    )

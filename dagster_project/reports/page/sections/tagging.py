"""Where clicks and visits do not meet: links without tags, unknown campaigns."""

from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import words

ORDER = 138
MARTS = ("rpt_utm_audit",)


def section(reader: Reader) -> Section:
    return Section(
        "tagging",
        "Where clicks and visits do not meet",
        "E-mails whose clicks lead to no visit, visits of unknown campaigns, and links without tags.",
        [_audit(reader)],
    )


def _audit(reader: Reader) -> Figure:
    rows = reader.query("from marts.rpt_utm_audit order by occurrences desc, finding, subject, url")
    shown, notes = first(rows)
    kinds = dict.fromkeys(row["finding"] for row in rows)
    return Figure(
        "utm-audit",
        "Findings of the audit",
        f"{len(rows):,} places to look at: "
        + ", ".join(f"{words(kind)} {sum(row['finding'] == kind for row in rows)}" for kind in kinds)
        + "."
        if rows
        else "Clicks and visits meet: nothing is to be done.",
        Table(
            "rpt_utm_audit",
            "What was found, how often, and what to do.",
            ("finding", "subject", "url"),
            (
                Column("subject", "Where"),
                Column("finding", "Finding", "words", is_published=False),
                Column("campaign_name", "Campaign"),
                Column("url", "Link"),
                Column("occurrences", "Times", "count"),
                Column("visits", "Visits", "count"),
                Column("what_to_do", "What to do"),
            ),
            shown,
            Filter("finding", "Finding", {row["finding"]: words(row["finding"]) for row in shown}),
            is_open=True,
        ),
        reader.method("rpt_utm_audit"),
        notes=notes,
    )

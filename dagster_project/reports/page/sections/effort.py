"""Where e-mails aim, and where conversions come from."""

from dagster_project.reports.page.charts.intervals import Interval, intervals, upper_end
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, percent

ORDER = 112
MARTS = ("rpt_stage_effort",)
STAGES = ("awareness", "consideration", "decision", "customer", "advocacy", "none")
MODEL = "linear"


def section(reader: Reader) -> Section:
    return Section(
        "stage-effort",
        "Where the effort goes",
        "The share of e-mails aimed at each stage against the share of credit that its steps get.",
        [_effort(reader)],
    )


def _effort(reader: Reader) -> Figure:
    rows = reader.query("from marts.rpt_stage_effort")
    rows.sort(key=lambda row: (row["model"] != MODEL, row["model"], STAGES.index(row["journey_stage"])))
    drawn = [_mark(row) for row in rows if row["model"] == MODEL and row["credit_share"] is not None]
    trapped = any(row["is_top_funnel_trap"] for row in rows)
    most = max(
        (row for row in rows if row["model"] == MODEL and row["delivery_share"] is not None),
        key=lambda row: row["delivery_share"],
        default=None,
    )
    return Figure(
        "effort",
        "Effort and credit by stage",
        f"{percent(most['delivery_share'])} of e-mails aim at {most['journey_stage']}, which gets "
        f"{percent(most['credit_share'] or 0)} of the credit; "
        + ("awareness gets more effort than it bears out." if trapped else "awareness is no trap here.")
        if most
        else "No e-mail aims at a stage yet.",
        Table(
            "rpt_stage_effort",
            "Deliveries and links by stage, and the credit of its steps; credit is a convention, no effect.",
            ("journey_stage", "model"),
            (
                Column("journey_stage", "Stage"),
                Column("model", "Model"),
                Column("emails", "E-mails", "count"),
                Column("deliveries", "Deliveries", "count"),
                Column("delivery_share", "Share", "percent", has_bar=True),
                Column("link_share", "Of links", "percent"),
                Column("credit_share", "Of credit", "percent", has_bar=True),
                Column("credit_share_lower", "from", "percent"),
                Column("credit_share_upper", "to", "percent"),
                Column("position", "Position"),
            ),
            rows,
        ),
        reader.method("rpt_stage_effort"),
        intervals(drawn, "share of credit, with its interval", (0, upper_end(drawn))) if drawn else None,
        ("Diamond: share of the e-mails delivered.",),
    )


def _mark(row: Row) -> Interval:
    return Interval(
        row["journey_stage"],
        row["credit_share"],
        row["credit_share_lower"],
        row["credit_share_upper"],
        (row["position"] or "").removesuffix(" than credit"),
        ghost=row["delivery_share"],
    )

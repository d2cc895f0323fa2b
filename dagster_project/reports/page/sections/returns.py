"""What campaigns cost and bring back."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, words

ORDER = 114
MARTS = ("rpt_return_on_investment",)
MODEL = "linear"  # that is drawn where no holdout says what is incremental
MOST_DRAWN = 16


def section(reader: Reader) -> Section:
    return Section(
        "returns",
        "What campaigns return",
        "Net revenue per unit spent. Attributed revenue would partly come anyway; a holdout says how much.",
        [_returns(reader)],
    )


def _returns(reader: Reader) -> Figure:
    rows = reader.query("""
        select *, coalesce(campaign_name, campaign_key) as name from marts.rpt_return_on_investment
        order by
            method <> 'incremental', model <> 'linear', model, return_per_unit desc nulls last, campaign_key,
            experiment
    """)
    drawable = [
        row
        for row in rows
        if row["return_per_unit_lower"] is not None
        and (row["method"] == "incremental" or row["model"] == MODEL)
    ]
    drawn = [_mark(row) for row in drawable[:MOST_DRAWN]]
    end = max((mark.upper or 0 for mark in drawn), default=1) or 1
    start = min(0.0, *(mark.lower or 0 for mark in drawn), 0.0)
    incremental = [row for row in drawable if row["method"] == "incremental"]
    known = {row["campaign_key"] for row in rows if row["cost"] is not None}
    unknown = {row["campaign_key"] for row in rows} - known
    shown, notes = first(rows)
    paying = [row for row in drawable if row["return_per_unit_lower"] > 1]
    return Figure(
        "return-on-investment",
        "Return per unit spent",
        f"{len(paying)} of {len(drawable)} campaigns of known cost are shown to return more than that; "
        + (
            f"{len(incremental)} are measured by a holdout."
            if incremental
            else "none is measured by a holdout, so this is credit, not effect."
        )
        if drawable
        else "No campaign's cost is known: set MILEPOST_CAMPAIGN_COSTS, or enter what was spent in HubSpot.",
        Table(
            "rpt_return_on_investment",
            "Cost and net revenue by campaign; no return where the cost is unknown.",
            ("campaign_key", "model", "experiment"),
            (
                Column("name", "Campaign", is_published=False),
                Column("method", "Method"),
                Column("model", "Model", "words", is_published=False),
                Column("cost", "Cost", "money"),
                Column("cost_per_conversion", "Cost per macro-conversion", "money"),
                Column("currency", "Currency"),
                Column("revenue", "Revenue", "money"),
                Column("return_per_unit", "Return", "ratio"),
                Column("return_per_unit_lower", "from", "ratio"),
                Column("return_per_unit_upper", "to", "ratio"),
                Column("is_mature", "Mature", "yes"),
                Column("verdict", "Verdict"),
            ),
            shown,
            Filter("method", "Method", {row["method"]: words(row["method"]) for row in shown}),
        ),
        reader.method("rpt_return_on_investment"),
        intervals(drawn, "net revenue per unit spent", (start, end), format="~s", reference=1)
        if drawn
        else None,
        (
            "At the line a campaign returns what it cost. Hollow and dotted: not yet mature.",
            *((f"The cost of {len(unknown)} campaigns is not known.",) if unknown else ()),
            *notes,
        ),
    )


def _mark(row: Row) -> Interval:
    lower, upper = row["return_per_unit_lower"], row["return_per_unit_upper"]
    return Interval(
        f"{row['name']}{' (holdout)' if row['method'] == 'incremental' else ''}",
        row["return_per_unit"],
        lower,
        upper,
        f"{row['return_per_unit']:.1f} ({lower:.0f} to {upper:.0f})",
        bool(row["is_mature"]),
    )

"""Opens as bounds: what was seen, and what cannot be observed."""

from dagster_project.reports.page.charts.intervals import Interval, intervals, upper_end
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import MIN_PERSONS, Row, between, percent

ORDER = 80
MARTS = ("rpt_open_rates",)
MOST_DRAWN = 16


def section(reader: Reader) -> Section:
    return Section(
        "opens",
        "How many open",
        "Some recipients cannot be seen to open. The line says between which shares the truth lies.",
        [_opens(reader)],
    )


def _opens(reader: Reader) -> Figure:
    rows = reader.query("""
        select rates.*, coalesce(campaigns.name, slice_value) as label
        from marts.rpt_open_rates as rates
        left join marts.dim_campaigns as campaigns
            on slice_type = 'campaign' and slice_value = campaigns.campaign_key
        order by slice_type <> 'overall', slice_type <> 'campaign_kind', campaigns.sent_at desc nulls last,
            slice_type, slice_value
    """)
    shown, notes = first(rows)
    drawn = [row for row in rows if row["low"] is not None][:MOST_DRAWN]
    marks = [_interval(row) for row in drawn]
    overall = next((row for row in drawn if row["slice_type"] == "overall"), None)
    return Figure(
        "opens",
        "Share of delivered e-mails opened by people",
        _found(overall),
        Table(
            "rpt_open_rates",
            "Opens within the window, by what can be seen.",
            ("slice_type", "slice_value"),
            (
                Column("label", "E-mails", is_published=False),
                Column("slice_type", "Slice", "words", is_published=False),
                Column("delivered", "Delivered", "count"),
                Column("immature", "Too recent", "count"),
                Column("rate_gross", "With machines", "percent"),
                Column("low", "At least", "percent", has_bar=True),
                Column("estimate", "Likely", "percent"),
                Column("high", "At most", "percent"),
                Column("low_lower", "from", "percent"),
                Column("high_upper", "to", "percent"),
            ),
            shown,
        ),
        reader.method("rpt_open_rates"),
        intervals(marks, "share of delivered e-mails", (0, upper_end(marks))) if marks else None,
        (
            "Line: from seen to open to cannot be excluded. Dot: if those unseen open like the others. "
            "Diamond: machines counted as readers. Hollow: few e-mails.",
            *notes,
        ),
    )


def _found(overall: Row | None) -> str:
    if overall is None:
        return "No e-mail was delivered long enough ago."
    bounds = (
        f"Between {percent(overall['low'])} and {percent(overall['high'])} of e-mails are opened by people; "
    )
    if overall["rate_gross"] is None:
        return f"{bounds}opens are not reported."
    return f"{bounds}with machines counted it looks like {percent(overall['rate_gross'])}."


def _interval(row: Row) -> Interval:
    kinds = {"overall": "All e-mails", "campaign_kind": f"Kind: {row['label']}"}
    label: str = kinds.get(row["slice_type"]) or row["label"]
    return Interval(
        label,
        row["estimate"],
        row["low"],
        row["high"],
        between(row["low"], row["high"]),
        row["delivered"] >= MIN_PERSONS,
        row["rate_gross"],
    )

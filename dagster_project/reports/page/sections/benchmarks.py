"""Own rates against published figures."""

from dagster_project.reports.page.charts.intervals import Interval, intervals, upper_end
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import NAMED, first, rate
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row

ORDER = 90
MARTS = ("rpt_benchmark_positions",)
MOST_DRAWN = 18


def section(reader: Reader) -> Section:
    return Section(
        "benchmarks",
        "Against published figures",
        "The shaded band is what is published; where the whole interval is outside, the rate is.",
        [_industry(reader)],
    )


def _industry(reader: Reader) -> Figure:
    rows = reader.query(f"""
        select positions.*, {NAMED.format("positions")} as label
        from marts.rpt_benchmark_positions as positions
        left join marts.dim_micro_conversions as names using (micro_conversion)
        where basis = 'industry' and slice_type in ('overall', 'campaign_kind', 'mailbox_provider')
        order by slice_type <> 'overall', slice_type, slice_value, micro_conversion, subject, period
    """)
    shown, notes = first(rows)
    drawn = [row for row in rows if row["rate"] is not None and row["band_lower"] is not None][:MOST_DRAWN]
    marks = [_interval(row) for row in drawn]
    counts = {status: sum(row["status"] == status for row in drawn) for status in ("above", "within", "below")}
    return Figure(
        "industry",
        "Rates and the published band",
        f"Of {len(drawn)} rates with a published figure {counts['above']} lie above it, {counts['within']} "
        f"within and {counts['below']} below."
        if drawn
        else "No rate has both enough e-mails and a published figure yet.",
        Table(
            "rpt_benchmark_positions",
            "Rates by slice, with the published band, what it counts and its year.",
            ("micro_conversion", "slice_type", "slice_value", "basis", "subject", "period"),
            (
                Column("label", "Micro-conversion", is_published=False),
                Column("slice_value", "Slice"),
                Column("status", "Position"),
                Column("n", "n", "count"),
                Column("rate", "Rate", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
                Column("band_lower", "Band from", "percent"),
                Column("band_upper", "to", "percent"),
                Column("benchmark_ids", "Source"),
                Column("benchmark_year", "Year", "text"),
            ),
            shown,
        ),
        reader.method("rpt_benchmark_positions"),
        intervals(marks, "rate", (0, upper_end(marks))) if marks else None,
        ("Hollow: too few to place.", *notes),
    )


def _interval(row: Row) -> Interval:
    where = "" if row["slice_type"] == "overall" else f", {row['slice_value']}"
    return Interval(
        f"{row['label']}{where}",
        row["rate"],
        row["lower"],
        row["upper"],
        f"{rate(row['rate'], None, None)} {row['status']}",
        row["status"] != "insufficient",
        band_lower=row["band_lower"],
        band_upper=row["band_upper"],
    )

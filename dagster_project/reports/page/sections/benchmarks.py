"""Own rates against published figures."""

from collections import defaultdict
from typing import Any

from dagster_project.reports.page.charts.intervals import Interval, intervals, stacked, upper_end
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import NAMED, first, rate
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row

ORDER = 90
MARTS = ("rpt_benchmark_positions",)
SLICES = ("overall", "campaign_kind")


def section(reader: Reader) -> Section:
    return Section(
        "benchmarks",
        "Against published figures",
        "The shaded band is what is published; where a whole interval is outside of it, the rate is.",
        [_industry(reader)],
    )


def _industry(reader: Reader) -> Figure:
    rows = reader.query(f"""
        select positions.*, {NAMED.format("positions")} as label
        from marts.rpt_benchmark_positions as positions
        left join marts.dim_micro_conversions as names using (micro_conversion)
        where basis = 'industry' and slice_type in ('overall', 'campaign_kind', 'mailbox_provider')
        order by label, slice_type <> 'overall', slice_type, slice_value, subject, period
    """)
    shown, notes = first(rows)
    drawn: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["slice_type"] in SLICES and row["rate"] is not None and row["band_lower"] is not None:
            drawn[row["label"]].append(row)
    placed = [row["status"] for found in drawn.values() for row in found]
    return Figure(
        "industry",
        "Rates and the published band",
        f"Of {len(placed)} rates with a published figure {placed.count('above')} lie above it, "
        f"{placed.count('within')} within and {placed.count('below')} below."
        if placed
        else "No rate has both enough e-mails and a published figure yet.",
        Table(
            "rpt_benchmark_positions",
            "Rates by slice, with the published band, where it was published and in which year.",
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
                Column("benchmark_year", "Year", "year"),
                Column("benchmark_ids", "Published in"),
            ),
            shown,
        ),
        reader.method("rpt_benchmark_positions"),
        stacked([_picture(label, found) for label, found in drawn.items()]) if drawn else None,
        ("Each kind has a scale of its own. Hollow: too few to place.", *notes),
    )


def _picture(label: str, rows: list[Row]) -> Any:
    marks = [_interval(row) for row in rows]
    return intervals(marks, "", (0, upper_end(marks, 0.01)), format=".1~%", heading=label)


def _interval(row: Row) -> Interval:
    return Interval(
        "All e-mails" if row["slice_type"] == "overall" else f"{row['slice_value']}s",
        row["rate"],
        row["lower"],
        row["upper"],
        f"{rate(row['rate'], None, None)} {row['status']}, {row['benchmark_year'] or ''}".rstrip(", "),
        row["status"] != "insufficient",
        band_lower=row["band_lower"],
        band_upper=row["band_upper"],
    )

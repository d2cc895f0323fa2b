"""What the data cannot tell."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.quality import DAYS, NOTABLE_SHARE
from dagster_project.reports.wording import Row, percent

ORDER = 140
MARTS = ("rpt_data_quality", "rpt_source_watermarks", "rpt_outcome_watermarks")
MOST_OUTCOMES = 25


def section(reader: Reader) -> Section:
    return Section(
        "quality",
        "What the data cannot tell",
        "What is missing, withheld or unknown, and until when each source is complete.",
        [_missing(reader), _sources(reader), _outcomes(reader)],
    )


def _missing(reader: Reader) -> Figure:
    rows = reader.query(f"""
        select indicator, unit, any_value(meaning) as meaning, sum(affected) as affected, sum(total) as total,
            any_value(highest_share) as highest_share, sum(affected) / sum(total) as share
        from marts.rpt_data_quality
        where day > (select max(day) from marts.rpt_data_quality) - {DAYS} and indicator <> 'silent_sources'
        group by indicator, unit
        having sum(total) > 0
        order by share desc, indicator, unit
    """)
    notable = [row for row in rows if row["share"] > (row["highest_share"] or NOTABLE_SHARE)]
    drawn = [_mark(row) for row in rows if row["affected"] > 0]
    return Figure(
        "data-quality",
        f"What is missing, last {DAYS} days",
        f"{len(notable)} of {len(rows)} indicators are beyond their limit; the largest: "
        f"{notable[0]['meaning']} ({percent(notable[0]['share'])})."
        if notable
        else (
            f"None of {len(rows)} indicators is beyond its limit." if rows else "Nothing was measured yet."
        ),
        Table(
            "rpt_data_quality",
            f"Affected of all, summed over the last {DAYS} days.",
            ("indicator", "unit"),
            (
                Column("meaning", "Indicator", is_published=False),
                Column("affected", "Affected", "number", is_published=False),
                Column("total", "Of", "number", is_published=False),
                Column("unit", "Unit", is_published=False),
                Column("share", "Share", "percent", is_published=False, has_bar=True),
                Column("highest_share", "Limit", "percent", is_published=False),
            ),
            rows,
        ),
        reader.method("rpt_data_quality"),
        intervals(drawn, "share affected", (0, 1)) if drawn else None,
        ("Filled: beyond its limit. These are counts of everything there is, so they have no interval.",),
    )


def _mark(row: Row) -> Interval:
    is_notable = row["share"] > (row["highest_share"] or NOTABLE_SHARE)
    share = min(1.0, max(0.0, row["share"]))
    return Interval(row["meaning"], share, None, None, f"{percent(share)} of {row['unit']}", is_notable)


def _sources(reader: Reader) -> Figure:
    rows = reader.query("""
        select *, coalesce(feed, source) as reporter from marts.rpt_source_watermarks
        order by is_silent desc, watermark_at, reporter
    """)
    silent = [row for row in rows if row["is_silent"]]
    return Figure(
        "sources",
        "Until when each source is complete",
        f"{silent[0]['reporter']} has fallen silent: outcomes it reports are immature since."
        if silent
        else _up_to_date(rows),
        Table(
            "rpt_source_watermarks",
            "Sources and feeds; what comes after its watermark is immature.",
            ("source", "feed"),
            (
                Column("reporter", "Source", is_published=False),
                Column("first_event_at", "First event", "date"),
                Column("last_event_at", "Last event", "date"),
                Column("watermark_at", "Complete until", "date"),
                Column("days_behind", "Days behind", "number"),
                Column("is_silent", "Silent", "yes"),
            ),
            rows,
            is_open=True,
        ),
        reader.method("rpt_source_watermarks"),
    )


def _up_to_date(rows: list[Row]) -> str:
    if not rows:
        return "No source has reported yet."
    return "The one source is up to date." if len(rows) == 1 else f"All {len(rows)} sources are up to date."


def _outcomes(reader: Reader) -> Figure:
    """The outcomes that the reports wait for, those that are known least far first."""
    rows = reader.query("""
        select outcomes.*, coalesce(label, replace(outcome, '_', ' ')) as name
        from marts.rpt_outcome_watermarks as outcomes
        left join marts.dim_micro_conversions on outcome = micro_conversion
        order by watermark_at, outcome_type <> 'macro_conversion', outcome_type, name, outcome
    """)
    last = max((row["watermark_at"] for row in rows), default=None)
    waiting = [row for row in rows if row["watermark_at"] != last]
    shown, notes = first(rows, MOST_OUTCOMES)
    return Figure(
        "outcomes",
        "From and until when each outcome is known",
        _waiting(rows, waiting),
        Table(
            "rpt_outcome_watermarks",
            "An outcome is known as far as the source that reports it and is furthest behind.",
            ("outcome_type", "outcome"),
            (
                Column("name", "Outcome", is_published=False),
                Column("outcome_type", "Type", "words", is_published=False),
                Column("known_from", "Known from", "date"),
                Column("watermark_at", "Known until", "date"),
                Column("earliest_reporter", "Waits for"),
                Column("reporters", "Reported by"),
            ),
            shown,
            Filter(
                "earliest_reporter",
                "Waits for",
                {row["earliest_reporter"]: row["earliest_reporter"] for row in shown},
            ),
        ),
        reader.method("rpt_outcome_watermarks"),
        notes=(
            "What was offered later than its window before that day is immature, and in no rate; nor is what "
            "was offered before an outcome was known. Without a day, it is known from the data's beginning.",
            *notes,
        ),
    )


def _waiting(rows: list[Row], waiting: list[Row]) -> str:
    if not rows:
        return "No outcome was reported yet."
    if not waiting:
        return f"All {len(rows)} outcomes are known until {rows[0]['watermark_at']:%-d %B %Y}."
    return (
        f"{len(waiting)} of {len(rows)} outcomes wait for a source that is behind the others: "
        f"{waiting[0]['earliest_reporter']}, complete until {waiting[0]['watermark_at']:%-d %B %Y}."
    )

"""Which groups people are in, how the groups change, and what their members do."""

from dagster_project.reports.page.charts.intervals import Interval, intervals, upper_end
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first, rate
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, words

ORDER = 16
MARTS = ("rpt_segments", "dim_segments")
MOST_DRAWN, MOST_ROWS, MOST_FOLLOWED = 10, 30, 12


def section(reader: Reader) -> Section:
    rows = reader.query("""
        select reports.*, segments.name, segments.kind
        from marts.rpt_segments as reports
        left join marts.dim_segments as segments using (segment_id)
        order by reports.persons desc nulls last, segment_id
    """)
    return Section(
        "segments",
        "Segments",
        "Known people by what they did and did not do; one person may be in several.",
        [_sizes(reader, rows), _conversion(reader, rows)],
    )


def _sizes(reader: Reader, rows: list[Row]) -> Figure:
    shown, notes = first(rows, MOST_ROWS)
    filled = [row for row in rows if row["persons"]]
    changed = [row for row in filled if _is_shown(row)]
    young = [row for row in filled if row["change_status"] == "data too young"]
    drawn = sorted(filled, key=lambda row: -abs(row["change"]))[:MOST_DRAWN]
    reach = max((abs(end) for row in drawn for end in (row["change_lower"], row["change_upper"])), default=1)
    unknown = [row for row in rows if not row["is_observable"]]
    return Figure(
        "segment-sizes",
        "Change in seven days",
        _finding(filled, changed, len(young)),
        Table(
            "rpt_segments",
            "Members now and seven days ago, by event time.",
            ("segment_id",),
            (
                Column("name", "Segment", is_published=False),
                Column("kind", "Kind", is_published=False),
                Column("persons", "People", "count"),
                Column("entered", "Entered", "count"),
                Column("left_since", "Left", "count"),
                Column("change", "Change", "count"),
                Column("change_status", "Shown"),
                Column("is_observable", "Observable", "yes"),
            ),
            shown,
            Filter("kind", "Kind", {row["kind"]: words(row["kind"]) for row in shown}),
        ),
        reader.method("rpt_segments"),
        intervals([_change(row) for row in drawn], "people", (-reach, reach), format="+~s", reference=0)
        if drawn
        else None,
        (
            "Hollow and dotted: the change may be chance among so many segments, or comes of the data's age.",
            *((f"{len(young)} segments count more days than the data have.",) if young else ()),
            *((f"{len(unknown)} segments need what no source reports.",) if unknown else ()),
            *notes,
        ),
    )


def _finding(filled: list[Row], changed: list[Row], young: int) -> str:
    compared = len(filled) - young
    if not filled:
        return "No known person is in any segment yet."
    if not compared:
        return "The data are too young to tell whether segments grow or shrink."
    if not changed:
        return f"None of {compared} segments is shown to have grown or shrunk in seven days."
    most = max(changed, key=lambda row: abs(row["change"]))
    return (
        f"{len(changed)} of {compared} segments are shown to have grown or shrunk in {most['change_days']}"
        f" days, “{most['name']}” most: {most['change']:+,} to {most['persons']:,} people."
    )


def _is_shown(row: Row) -> bool:
    return row["change_status"] in ("grown", "shrunk")


def _change(row: Row) -> Interval:
    return Interval(
        row["name"],
        row["change"],
        row["change_lower"],
        row["change_upper"],
        f"{row['change']:+,} of {row['persons_before']:,}",
        _is_shown(row),
    )


def _conversion(reader: Reader, rows: list[Row]) -> Figure:
    followed = [row for row in rows if row["followed_persons"] and row["is_mature"]]
    ranked = sorted(followed, key=lambda row: -row["conversion_rate_lower"])
    drawn = [
        Interval(
            row["name"],
            row["conversion_rate"],
            row["conversion_rate_lower"],
            row["conversion_rate_upper"],
            rate(row["conversion_rate"], row["conversion_rate_lower"], row["conversion_rate_upper"]),
        )
        for row in ranked[:MOST_DRAWN]
    ]
    shown, notes = first(ranked, MOST_FOLLOWED)
    return Figure(
        "segment-conversion",
        "What members did in 30 days",
        f"Of “{ranked[0]['name']}” {ranked[0]['converted']:,} of {ranked[0]['followed_persons']:,} people"
        f" converted within {ranked[0]['outcome_days']} days, the surest of {len(ranked)} segments."
        if ranked
        else "No segment had members long enough ago.",
        Table(
            "rpt_segments",
            "Members as of when the days before conversions are known began; they may have left since.",
            ("segment_id",),
            (
                Column("name", "Segment", is_published=False),
                Column("followed_persons", "People", "count"),
                Column("converted", "Converted", "count"),
                Column("conversion_rate", "Rate", "percent", has_bar=True),
                Column("conversion_rate_lower", "from", "percent"),
                Column("conversion_rate_upper", "to", "percent"),
                Column("net_revenue_per_person", "Net revenue each", "money"),
                Column("net_revenue_per_person_lower", "from", "money"),
                Column("net_revenue_per_person_upper", "to", "money"),
            ),
            shown,
        ),
        reader.method("rpt_segments"),
        intervals(drawn, "share that converted", (0, upper_end(drawn))) if drawn else None,
        (
            "It describes who is in a segment, not what mailing them would change.",
            *(f"Net revenue in {row['revenue_currency']}." for row in ranked[:1]),
            *notes,
        ),
    )

"""Whether completing a named sequence goes with more conversions."""

from dagster_project.reports.page.charts.intervals import Interval, times_as_often
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import is_shown, ratio_mark
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, words

ORDER = 34
MARTS = ("rpt_sequences",)
ENDS = (0.125, 8.0)


def section(reader: Reader) -> Section:
    return Section(
        "sequences",
        "Whether sequences pay",
        "How many times as often people convert who completed a sequence in time as comparable people who "
        "entered it and had not by then.",
        [_sequences(reader)],
    )


def _sequences(reader: Reader) -> Figure:
    rows = reader.query("""
        from marts.rpt_sequences order by multiplier desc nulls last, sequence_id, landmark_days
    """)
    primary = [row for row in rows if row["is_primary"]]
    drawn = [row for row in rows if row["multiplier"] is not None]
    decided = [row for row in primary if row["claim_verdict"] != "insufficient"]
    return Figure(
        "sequences",
        "Landmark ratio of completing",
        f"{len(decided)} of {len(primary)} sequences have enough persons for a verdict"
        + (
            ": " + ", ".join(f"{words(row['sequence_id'])} {row['claim_verdict']}" for row in decided)
            if decided
            else ""
        )
        + "."
        if primary
        else "No sequence is declared.",
        Table(
            "rpt_sequences",
            "Completed by the landmark against not yet; a landmark ratio is smaller than a ratio of hazards.",
            ("sequence_id", "landmark_days"),
            (
                Column("sequence_id", "Sequence", "words", is_published=False),
                Column("landmark_days", "Landmark day", "count"),
                Column("completers", "Completed", "count"),
                Column("others", "Not yet", "count"),
                Column("immature_persons", "Not yet mature", "count"),
                Column("multiplier", "Times", "ratio"),
                Column("multiplier_lower", "from", "ratio"),
                Column("multiplier_upper", "to", "ratio"),
                Column("q_value", "q", "p_value"),
                Column("naive_multiplier", "Naive", "ratio"),
                Column("revenue_difference", "Revenue", "money"),
                Column("claim_verdict", "2–3 times"),
                Column("status", "Status"),
            ),
            rows,
        ),
        reader.method("rpt_sequences"),
        times_as_often([_mark(row) for row in drawn], ENDS) if drawn else None,
        ("Diamond: the naive figure, did or did not. Hollow and dotted: not enough persons yet.",),
    )


def _mark(row: Row) -> Interval:
    label = f"{words(row['sequence_id'])}, by day {row['landmark_days']}"
    return ratio_mark(label, row, "multiplier", is_shown(row), row["naive_multiplier"])

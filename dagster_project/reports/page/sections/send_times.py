"""When e-mails are sent, and how many click."""

from dagster_project.reports.page.charts.heat import Cell, heat
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first, is_shown
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import MIN_PERSONS, Row, percent, words

ORDER = 94
MARTS = ("rpt_send_times",)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DRAWN, OUTCOME = "send_hour_of_week", "human_click"
HOURS = 24
LABELS = 52


def section(reader: Reader) -> Section:
    return Section(
        "send-times",
        "When to send",
        "Human clicks by the hour of week at which an e-mail was sent, on the recipient's own clock.",
        [_send_times(reader)],
    )


def _send_times(reader: Reader) -> Figure:
    rows = reader.query(f"""
        from marts.rpt_send_times
        order by
            slice_type <> '{DRAWN}', slice_type, outcome <> '{OUTCOME}', outcome, place_rank,
            sequence, position
    """)
    drawn = [
        row
        for row in rows
        if row["slice_type"] == DRAWN and row["outcome"] == OUTCOME and row["eligible"] >= MIN_PERSONS
    ]
    cells = [_cell(row) for row in {row["position"]: row for row in drawn}.values()]
    hours = sorted({int(cell.column) for cell in cells})
    compared = [row for row in drawn if row["ratio"] is not None]
    decided = [row for row in compared if is_shown(row) and row["ratio"] > 1]
    for row in rows:
        row["choice"] = f"{row['slice_type']} {row['outcome']}"
    shown, notes = first(rows, 36)
    return Figure(
        "send-times-map",
        "Clicks per delivered e-mail, in percent",
        _finding(drawn, compared, decided),
        Table(
            "rpt_send_times",
            "Rates are shrunken; intervals hold for all places of a slice at once.",
            ("slice_type", "sequence", "outcome", "evidence", "position"),
            (
                Column("slice", "When"),
                Column("slice_type", "By", "words", is_published=False),
                Column("sequence", "Sequence"),
                Column("outcome", "Outcome", "words", is_published=False),
                Column("eligible", "n", "count"),
                Column("rate", "Rate", "percent", has_bar=True),
                Column("rate_lower", "from", "percent"),
                Column("rate_upper", "to", "percent"),
                Column("ratio", "Ratio", "ratio"),
                Column("q_value", "q", "p_value"),
                Column("evidence", "Evidence"),
            ),
            shown,
            Filter("choice", "Show", {row["choice"]: _choice(row) for row in shown}),
        ),
        reader.method("rpt_send_times"),
        heat(cells, DAYS, [str(hour) for hour in hours], "hour of day", LABELS) if cells else None,
        (
            f"Shrunken rates; hours with under {MIN_PERSONS} e-mails are left out. As observed, no "
            "experiment.",
            *notes,
        ),
    )


def _choice(row: Row) -> str:
    return f"{words(row['slice_type'])}: {words(row['outcome'])}"


def _finding(drawn: list[Row], compared: list[Row], decided: list[Row]) -> str:
    if decided:
        best = max(decided, key=lambda row: row["ratio_lower"])
        return (
            f"Sent at {best['slice']} e-mails get {best['ratio']:.1f} times as many clicks as at other "
            f"hours; {len(decided)} of {len(compared)} hours are shown to be better."
        )
    if not drawn:
        return "No e-mail was sent to people whose time zone is known."
    best = max(drawn, key=lambda row: row["shrunken_rate"] or 0)
    return (
        f"No hour is shown to be better. Most click when it is sent at {best['slice']} "
        f"({percent(best['shrunken_rate'] or 0)}), which may be chance."
    )


def _cell(row: Row) -> Cell:
    day, hour = divmod(row["position"], HOURS)
    rate = row["shrunken_rate"]
    return Cell(DAYS[day], str(hour), rate, "" if rate is None else f"{100 * rate:.1f}")

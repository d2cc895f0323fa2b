"""Where people stop: the sequences step by step."""

from dagster_project.reports.page.charts.bars import Step, funnel
from dagster_project.reports.page.charts.intervals import stacked
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import NAMED, grouped, rate
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, percent, words

ORDER = 20
MARTS = ("rpt_funnels",)
MOST_SEQUENCES = 6  # of a picture


def section(reader: Reader) -> Section:
    return Section(
        "stops",
        "Where people stop",
        "Each bar is the share of those who entered a sequence that came so far; the line is its interval.",
        [_funnels(reader)],
    )


def _funnels(reader: Reader) -> Figure:
    rows = reader.query(f"""
        select steps.*, {NAMED.format("steps")} as label
        from marts.rpt_funnels as steps
        left join marts.dim_micro_conversions as names using (micro_conversion)
        where person_population = 'known' and entrants + immature_entrants > 0
        order by max(entrants) over (partition by sequence_id) desc, sequence_id, step_number
    """)
    sequences = grouped(rows, "sequence_id")
    required = [
        row for row in rows if row["drop_off"] is not None and not row["is_optional"] and not row["is_entry"]
    ]
    worst = max(required, key=lambda row: row["drop_off"] * row["entrants"], default=None)
    entered = [found for found in sequences.items() if found[1][0]["entrants"]]
    drawn = entered[:MOST_SEQUENCES]
    return Figure(
        "funnels",
        "Sequences, known people",
        _finding(worst, entered),
        Table(
            "rpt_funnels",
            "Steps of each sequence, with how many of its entrants came so far.",
            ("sequence_id", "person_population", "step_number"),
            (
                Column("label", "Step", is_published=False),
                Column("sequence_id", "Sequence", "words", is_published=False),
                Column("is_optional", "Optional", "yes", is_published=False),
                Column("entrants", "Entrants", "count"),
                Column("immature_entrants", "Not yet mature", "count"),
                Column("reached", "Reached", "count"),
                Column("reached_rate", "Share", "percent", has_bar=True),
                Column("reached_lower", "from", "percent"),
                Column("reached_upper", "to", "percent"),
                Column("drop_off", "Drop-off", "percent"),
            ),
            rows,
            Filter("sequence_id", "Sequence", {name: words(name) for name in sequences}),
        ),
        reader.method("rpt_funnels"),
        stacked([funnel([_step(row) for row in steps], _title(name, steps)) for name, steps in drawn])
        if drawn
        else None,
        ("Hatched: too few or too recent, or a step that cannot be seen.",),
    )


def _finding(worst: Row | None, entered: list[tuple[str, list[Row]]]) -> str:
    if worst:
        return (
            f"Most are lost before “{worst['label']}” of the {words(worst['sequence_id'])}: "
            f"{percent(worst['drop_off'])} of those one step earlier go no further."
        )
    if not entered:
        return "No known person has entered a sequence yet."
    name, [begun, *_] = entered[0]
    entrants = f"{begun['entrants']:,} known people"
    return f"{entrants} have entered the {words(name)}; what follows was not seen yet."


def _title(name: str, steps: list[Row]) -> str:
    first = steps[0]
    waiting = f", {first['immature_entrants']:,} too recent" if first["immature_entrants"] else ""
    return f"{words(name).capitalize()}: n = {max(row['entrants'] for row in steps):,}{waiting}"


def _step(row: Row) -> Step:
    is_seen = row["is_observable"] and row["reached_rate"] is not None
    return Step(
        row["label"] + (" (optional)" if row["is_optional"] else ""),
        row["reached_rate"] if is_seen else None,
        row["reached_lower"] if is_seen else None,
        row["reached_upper"] if is_seen else None,
        _text(row) if is_seen else "not observable",
        bool(is_seen and row["is_mature"]),
    )


def _text(row: Row) -> str:
    lost = "" if row["is_entry"] or not row["drop_off"] else f"{percent(row['drop_off'])} lost, "
    return lost + rate(row["reached_rate"], row["reached_lower"], row["reached_upper"])

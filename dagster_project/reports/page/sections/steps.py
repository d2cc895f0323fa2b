"""Which steps matter: the rate of converting after a step against comparable persons without it."""

from dataclasses import replace

from dagster_project.reports.page.charts.intervals import Interval, intervals, times_as_often
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import NAMED, rate_mark, ratio_mark
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, percent

ORDER = 30
MARTS = ("rpt_step_impact",)
# From left to right of the picture; what is beyond is drawn at its end.
ENDS = (0.2, 5.0)
MOST_DRAWN = 24
CONTROL = "a_shuffled_micro_conversion_has_no_effect"
CONFIDENCE = 0.95
VERDICTS = ("matters", "harmful", "distractor", "no relevant effect", "insufficient")


def section(reader: Reader) -> Section:
    return Section(
        "steps",
        "Which steps matter",
        "How many times as often people convert after a step as comparable people who were offered it "
        "and have not taken it. At 1 it makes no difference.",
        [_impact(reader), *_control(reader)],
    )


def _impact(reader: Reader) -> Figure:
    rows = reader.query(f"""
        select steps.*, naive.ratio as naive_ratio, {NAMED.format("steps")} as label
        from marts.rpt_step_impact as steps
        left join marts.rpt_step_impact as naive
            on steps.micro_conversion = naive.micro_conversion and steps.outcome = naive.outcome
            and naive.method = 'naive'
        left join marts.dim_micro_conversions as names on steps.micro_conversion = names.micro_conversion
        where steps.is_primary and steps.outcome = 'conversion'
        order by steps.ratio desc nulls last, steps.micro_conversion
    """)
    compared = [row for row in rows if row["ratio"] is not None]
    decided = [row for row in compared if row["verdict"] != "insufficient"]
    # Those with a verdict first of all; the rest by how many took them.
    drawn = sorted(
        sorted(compared, key=lambda row: (row["verdict"] == "insufficient", -row["completers"]))[:MOST_DRAWN],
        key=lambda row: -row["ratio"],
    )
    matters = [row["label"] for row in decided if row["verdict"] == "matters"]
    return Figure(
        "step-impact",
        "Converting after a step, known people",
        _finding(rows, compared, decided, matters),
        Table(
            "rpt_step_impact",
            "Rate of converting after the step over that of comparable people without it (person-time).",
            ("micro_conversion", "outcome", "method"),
            (
                Column("label", "Step", is_published=False),
                Column("verdict", "Verdict"),
                Column("completers", "With it", "count"),
                Column("others", "Without", "count"),
                Column("ratio", "Times", "ratio"),
                Column("ratio_lower", "from", "ratio"),
                Column("ratio_upper", "to", "ratio"),
                Column("q_value", "q", "p_value"),
                Column("naive_ratio", "Naive", "ratio", is_published=False),
                Column("e_value_of_interval", "E-value", "ratio"),
                Column("persons_needed", "Needed", "count"),
            ),
            rows,
            Filter("verdict", "Verdict", {v: v for v in VERDICTS if any(r["verdict"] == v for r in rows)}),
        ),
        reader.method("rpt_step_impact"),
        times_as_often(
            [
                ratio_mark(
                    row["label"], row, "ratio", row["verdict"] != "insufficient", ghost=row["naive_ratio"]
                )
                for row in drawn
            ],
            ENDS,
        )
        if drawn
        else None,
        (
            "Diamond: the naive figure, all others taken as comparable. Hollow and dotted: not enough "
            "persons yet.",
            f"{len(compared)} of {len(rows)} steps can be compared; {len(drawn)} are drawn.",
        ),
    )


def _control(reader: Reader) -> list[Figure]:
    """Of the check that finds no effect where there is none; nothing where no check was run."""
    if not reader.has("check_outcomes"):
        return []
    rows = reader.query(f"from marts.check_outcomes where check_name = '{CONTROL}'")
    found = next((row for row in rows if row["figure"] is not None), None)
    return [
        Figure(
            "negative-control",
            "Negative control: a step assigned at random",
            f"Of {found['n']} comparisons after a step assigned at random {percent(found['figure'])} show no "
            f"effect; it should be about {percent(CONFIDENCE)}."
            if found
            else "Too few people convert for a step assigned at random to be tried.",
            Table(
                "check_outcomes",
                "Intervals that hold 1, which is the truth, of all.",
                ("check_name",),
                (
                    Column("description", "Check"),
                    Column("outcome", "Outcome"),
                    Column("n", "Comparisons", "count"),
                    Column("figure", "Hold 1", "percent", has_bar=True),
                    Column("lower", "from", "percent"),
                    Column("upper", "to", "percent"),
                    Column("band_lower", "Band from", "percent"),
                ),
                rows,
            ),
            reader.method("check_outcomes"),
            intervals([_control_mark(found)], "share of intervals that hold 1", (0.5, 1)) if found else None,
            ("Band: where it has to be. It shows that chance is accounted for, not that nothing confounds.",),
        )
    ]


def _control_mark(row: Row) -> Interval:
    mark = rate_mark("A step assigned at random", row, "figure", row["outcome"] == "passed")
    return replace(mark, band_lower=row["band_lower"], band_upper=row["band_upper"])


def _finding(rows: list[Row], compared: list[Row], decided: list[Row], matters: list[str]) -> str:
    if not compared:
        return (
            f"None of {len(rows)} steps can be compared yet."
            if rows
            else "No step was offered to anyone yet."
        )
    if not decided:
        return f"Of {len(compared)} steps compared none has enough persons for a verdict yet."
    named = ", ".join(f"“{label}”" for label in matters[:3])
    return (
        f"{len(matters)} of {len(compared)} steps are shown to matter"
        + (f": {named}" + (" and others" if len(matters) > 3 else "") if matters else "")
        + f"; for {len(compared) - len(decided)} there are too few persons."
    )

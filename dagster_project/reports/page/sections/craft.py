"""Which ways of writing an e-mail go with clicks."""

from dagster_project.reports.page.charts.intervals import times_as_often
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first, is_shown, ratio_mark
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import words

ORDER = 92
MARTS = ("rpt_email_craft",)
OUTCOME = "human_click"  # that is drawn
ENDS = (0.25, 4.0)
MOST_DRAWN = 14


def section(reader: Reader) -> Section:
    return Section(
        "email-craft",
        "How e-mails are written",
        "How many times as often people click in e-mails with a feature as in others of their kind and goal.",
        [_craft(reader)],
    )


def _craft(reader: Reader) -> Figure:
    rows = reader.query("""
        from marts.rpt_email_craft
        order by outcome <> 'human_click', outcome, ratio is null, feature, level_from, level
    """)
    for row in rows:
        row["name"] = f"{words(row['feature'])}: {row['level']}"
    compared = [row for row in rows if row["outcome"] == OUTCOME and row["ratio"] is not None]
    decided = [row for row in compared if is_shown(row)]
    unknown = sum(row["ratio"] is None for row in rows if row["outcome"] == OUTCOME)
    shown, notes = first(rows)
    return Figure(
        "craft",
        "Clicks in e-mails with a feature, ratio",
        f"{len(decided)} of {len(compared)} features are shown to make a difference: "
        + ", ".join(f"{row['name']} ({row['ratio']:.1f} times)" for row in decided[:3])
        + "."
        if decided
        else (
            f"None of {len(compared)} features is shown to make a difference to clicks."
            if compared
            else "No feature of e-mails can be compared yet."
        ),
        Table(
            "rpt_email_craft",
            "E-mails with the feature against others of the same kind and goal; an association, no proof.",
            ("feature", "level", "outcome"),
            (
                Column("name", "Feature", is_published=False),
                Column("outcome", "Outcome", "words", is_published=False),
                Column("emails", "E-mails", "count"),
                Column("other_emails", "Others", "count"),
                Column("rate", "Rate", "percent", has_bar=True),
                Column("email_weighted_rate", "Weighted by e-mail", "percent"),
                Column("other_email_weighted_rate", "Of others", "percent"),
                Column("ratio", "Ratio", "ratio"),
                Column("ratio_lower", "from", "ratio"),
                Column("ratio_upper", "to", "ratio"),
                Column("q_value", "q", "p_value"),
                Column("verdict", "Verdict"),
            ),
            shown,
            Filter("outcome", "Outcome", {row["outcome"]: words(row["outcome"]) for row in shown}),
        ),
        reader.method("rpt_email_craft"),
        times_as_often(
            [ratio_mark(row["name"], row, "ratio", is_shown(row)) for row in compared[:MOST_DRAWN]], ENDS
        )
        if compared
        else None,
        (
            "The unit is the e-mail. Hollow and dotted: no difference is shown.",
            *(
                (f"{unknown} features have too few e-mails, or contents that no source gives.",)
                if unknown
                else ()
            ),
            *notes,
        ),
    )

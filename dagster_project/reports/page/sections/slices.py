"""How often each micro-conversion is completed, by slice."""

from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import NAMED
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import EXPOSED, MIN_PERSONS, words

ORDER = 130
MARTS = ("rpt_completion_rates",)
# Of each slice, those of most persons or e-mails, so that no slice is cut for another.
MOST_OVERALL, MOST_OF_SLICE = 20, 5


def section(reader: Reader) -> Section:
    return Section(
        "slices",
        "Look closer",
        "Every micro-conversion over those who could complete it: overall, by kind of campaign, by device, "
        "by mailbox provider. The pictures above show all.",
        [_rates(reader)],
    )


def _rates(reader: Reader) -> Figure:
    rows = reader.query(f"""
        select rates.*, {NAMED.format("rates")} as label, concat(slice_type, '=', slice_value) as slice
        from marts.rpt_completion_rates as rates
        left join marts.dim_micro_conversions as names using (micro_conversion)
        where eligible >= {MIN_PERSONS} and person_population = 'known'
            and slice_type in ('overall', 'campaign_kind', 'device', 'mailbox_provider')
        qualify row_number() over (
            partition by slice_type, slice_value order by eligible desc, rates.micro_conversion
        ) <= case slice_type when 'overall' then {MOST_OVERALL} else {MOST_OF_SLICE} end
        order by slice_type <> 'overall', slice_type, slice_value, rate desc nulls last, micro_conversion
    """)
    for row in rows:
        row["over"] = EXPOSED.get(row["population"]) or EXPOSED.get(row["exposure"]) or words(row["exposure"])
        row["slice_label"] = (
            "all" if row["slice_type"] == "overall" else f"{words(row['slice_type'])}: {row['slice_value']}"
        )
    return Figure(
        "completion",
        "Completion of micro-conversions",
        f"The {MOST_OVERALL} micro-conversions that most persons or e-mails could complete, and "
        f"{MOST_OF_SLICE} of each slice, all with at least {MIN_PERSONS}."
        if rows
        else "No micro-conversion was offered to enough persons yet.",
        Table(
            "rpt_completion_rates",
            "Completed within the window of the first exposure, over mature exposures.",
            ("micro_conversion", "slice_type", "slice_value", "person_population"),
            (
                Column("label", "Micro-conversion", is_published=False),
                Column("slice_label", "Slice", is_published=False),
                Column("over", "Of", is_published=False),
                Column("window_days", "Days", "count"),
                Column("eligible", "n", "count"),
                Column("immature", "Not yet mature", "count"),
                Column("rate", "Rate", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
            ),
            rows,
            Filter("slice", "Show", {row["slice"]: row["slice_label"] for row in rows}, "overall=all"),
            is_open=True,
        ),
        reader.method("rpt_completion_rates"),
    )

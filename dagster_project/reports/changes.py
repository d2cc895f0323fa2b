"""Findings on what changed within a week."""

from collections.abc import Iterator

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import Query, percent, points, words

# A change is named when so few of the changes named are expected to be none.
MAX_Q_VALUE = 0.05


def what_changed(query: Query) -> Iterator[Finding]:
    """The figures that are shown to have changed within a week; where none is, that."""
    rows = query("""
        select changes.*, label from marts.rpt_changes as changes
        left join marts.dim_micro_conversions using (micro_conversion)
        where is_comparable and difference is not null and person_population <> 'device'
        order by q_value, abs(relative_change) desc nulls last, figure, micro_conversion
    """)
    changed = [row for row in rows if row["q_value"] is not None and row["q_value"] <= MAX_Q_VALUE]
    for row in changed:
        named = f"“{row['label']}”" if row["label"] else words(row["figure"]).capitalize()
        is_rate = row["figure"].endswith(("_rate", "_low", "_high"))
        before, now = (
            percent(value) if is_rate else f"{value:,.0f}"
            for value in (row["before_value"], row["now_value"])
        )
        yield Finding(
            "What changed in seven days? (points)" if is_rate else "What changed in seven days?",
            f"{named}: {now} in the week to {row['now_until']:%-d %B}, {before} in the week before.",
            row["now_n"] + row["before_n"],
            points(row["difference_lower"], row["difference_upper"])
            if is_rate
            else f"{row['difference_lower']:+,.0f} to {row['difference_upper']:+,.0f}",
        )
    if rows and not changed:
        nearest = rows[0]
        yield Finding(
            "What changed in seven days?",
            f"Of {len(rows)} figures of the last week none is shown to differ from the week before.",
            nearest["now_n"] + nearest["before_n"],
            "",
        )

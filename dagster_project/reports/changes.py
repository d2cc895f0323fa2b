"""Findings on what changed within a week."""

from collections.abc import Iterator

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import Query, Row, percent, points, short, words

# A change is named when so few of the changes named are expected to be none.
MAX_Q_VALUE = 0.05
POPULATIONS = {"known": " of known people", "device": " of browsers of unknown people", "all": ""}


def what_changed(query: Query) -> Iterator[Finding]:
    """The figures that are shown to have changed within a week; where none is, that."""
    rows = query("""
        select changes.*, label, (select any_value(revenue_currency) from marts.dim_persons) as currency
        from marts.rpt_changes as changes
        left join marts.dim_micro_conversions using (micro_conversion)
        where q_value is not null
        order by q_value, abs(relative_change) desc nulls last, figure, micro_conversion, person_population
    """)
    changed = [row for row in rows if row["q_value"] <= MAX_Q_VALUE]
    for row in changed:
        is_rate = _is_rate(row)
        yield Finding(
            "What changed in seven days? (points)" if is_rate else "What changed in seven days?",
            f"{_named(row)}: {_value(row, 'now')} in the week to {row['now_until']:%-d %B}, "
            f"{_value(row, 'before')} in the week before it (q = {row['q_value']:.2g} over {len(rows)} "
            "figures).",
            row["now_n"] + row["before_n"],
            points(row["difference_lower"], row["difference_upper"])
            if is_rate
            else f"{row['difference_lower']:+,.0f} to {row['difference_upper']:+,.0f}",
            f"{_briefly(row)}: {_value(row, 'now')}, the week before {_value(row, 'before')}",
        )
    if rows and not changed:
        nearest = rows[0]
        yield Finding(
            "What changed in seven days?",
            f"Of {len(rows)} figures of the last week none is shown to differ from the week before.",
            nearest["now_n"] + nearest["before_n"],
            "",
            f"None of {len(rows)} figures is shown to differ from the week before",
        )


def _is_rate(row: Row) -> bool:
    return str(row["figure"]).endswith(("_rate", "_low", "_high"))


def _briefly(row: Row) -> str:
    return f"“{short(row['label'])}”" if row["label"] else words(row["figure"]).capitalize()


def _named(row: Row) -> str:
    """The figure, of whom it is and within how many days."""
    name = f"“{row['label']}”" if row["label"] else words(row["figure"]).capitalize()
    days = row["window_days"]
    if row["figure"] == "net_revenue":
        return f"{name} less refunds within {days} days"
    within = f" within {days} days" if days else ""
    return f"{name}{POPULATIONS[row['person_population']]}{within}"


def _value(row: Row, week: str) -> str:
    value = row[f"{week}_value"]
    if _is_rate(row):
        return percent(value)
    return f"{value:,.0f} {row['currency']}" if row["figure"] == "net_revenue" else f"{value:,.0f}"

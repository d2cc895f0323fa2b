"""Wording, marks and groups that several sections share."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from dagster_project.reports.page.charts.intervals import Interval
from dagster_project.reports.wording import Row, between, percent

# Rows of a table at most: more are for the tables themselves.
MOST_ROWS = 40
# What is shown to hold: so few of all that are named are expected to be chance.
MAX_Q_VALUE = 0.05
NAMED = "coalesce(names.label, {0}.micro_conversion)"


def rate(value: float | None, lower: float | None, upper: float | None) -> str:
    """A rate with its interval, as the label of a mark."""
    if value is None:
        return "not known"
    return percent(value) if lower is None or upper is None else f"{percent(value)} ({between(lower, upper)})"


def ratio(value: float | None, lower: float | None, upper: float | None) -> str:
    if value is None:
        return "not known"
    return f"{value:.2f}" if lower is None or upper is None else f"{value:.2f} ({lower:.2f}–{upper:.2f})"


def is_shown(row: Row) -> bool:
    return row["q_value"] is not None and row["q_value"] <= MAX_Q_VALUE


def ratio_mark(label: str, row: Row, figure: str, is_sure: bool, ghost: float | None = None) -> Interval:
    """The ratio in column `figure` with its interval."""
    found = row[figure], row[f"{figure}_lower"], row[f"{figure}_upper"]
    return Interval(label, *found, ratio(*found), is_sure, ghost)


def rate_mark(label: str, row: Row, figure: str, is_sure: bool = True) -> Interval:
    """The rate in column `figure`, whose interval is `lower` to `upper`."""
    found = row[figure], row["lower"], row["upper"]
    return Interval(label, *found, rate(*found), is_sure)


def grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    """The rows by their value there, in the order in which these come."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def first(rows: Sequence[Row], limit: int = MOST_ROWS) -> tuple[Sequence[Row], tuple[str, ...]]:
    """The first rows, and a note where there are more."""
    if len(rows) <= limit:
        return rows, ()
    return rows[:limit], (f"The first {limit} of {len(rows):,} rows; the published table has all.",)


def people(population: str) -> str:
    return "known people" if population == "known" else "devices of unknown people"

"""Wording that several sections share."""

from collections.abc import Sequence

from dagster_project.reports.wording import Row, between, percent

# Rows of a table at most: more are for the tables themselves.
MOST_ROWS = 40
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


def first(rows: Sequence[Row], limit: int = MOST_ROWS) -> tuple[Sequence[Row], tuple[str, ...]]:
    """The first rows, and a note where there are more."""
    if len(rows) <= limit:
        return rows, ()
    return rows[:limit], (f"The first {limit} of {len(rows):,} rows; the published table has all.",)


def people(population: str) -> str:
    return "known people" if population == "known" else "devices of unknown people"

"""How values are written in tables and labels."""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from dagster_project.reports.wording import duration, percent, words

MISSING = "–"


def _p_value(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _figure(value: float) -> str:
    """Four figures of it, never as a power of ten."""
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) >= 1e-4 else f"{value:.6f}".rstrip("0").rstrip(".")


def _date(value: date | datetime) -> str:
    return f"{value:%Y-%m-%d}"


KINDS: Mapping[str, Callable[[Any], str]] = {
    "text": str,
    "written": str,  # figures of different kinds, as words already
    "words": words,
    "count": lambda value: f"{value:,.0f}",
    "number": lambda value: f"{value:,.1f}",
    "figure": _figure,
    "ratio": lambda value: f"{value:.2f}",
    "percent": percent,
    "points": lambda value: f"{100 * value:+.1f}",
    "money": lambda value: f"{value:,.2f}",
    "mean": lambda value: f"{value:,.3f}",
    "difference": lambda value: f"{value:+,.3f}",
    "p_value": _p_value,
    "duration": duration,
    "date": _date,
    "year": str,
    "yes": lambda value: "yes" if value else "no",
}
# Written flush left; all others are numbers.
TEXTS = {"text", "words", "yes"}


def written(value: Any, kind: str) -> str:
    """`value` in words or figures; what is unknown is a dash, never 0."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    return KINDS[kind](value)


def exact(value: Any) -> str:
    """The value to six figures, by which a cell can be compared with the table."""
    return (
        f"{float(value):.6g}" if isinstance(value, int | float) or hasattr(value, "as_tuple") else str(value)
    )

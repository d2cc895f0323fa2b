"""A row per thing: its name, an estimate with its interval, and both in figures."""

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme
from dagster_project.reports.page.charts.layout import Layout, Picture
from dagster_project.reports.page.charts.specification import (
    Specification,
    layered,
    under_one_another,
)

# Of a name that stay in one line, and what a second line and marks below the name take.
LETTERS = 34
LINE, BELOW = 10, 20
VALUES = 126  # right of a name above its marks


@dataclass(frozen=True)
class Interval:
    """What is not `is_sure` (immature, insufficient) is drawn hollow and dashed.

    `ghost` is a figure to compare with; `band` is where the estimate should be.
    """

    label: str
    estimate: float | None
    lower: float | None
    upper: float | None
    text: str
    is_sure: bool = True
    ghost: float | None = None
    band_lower: float | None = None
    band_upper: float | None = None


@dataclass(frozen=True)
class Axis:
    """Of the estimates. Those beyond `domain` are drawn at its end."""

    title: str
    domain: tuple[float, float]
    format: str = ".0%"
    ticks: Sequence[float] | None = None
    reference: float | None = None
    is_log: bool = False


def intervals(
    rows: Sequence[Interval],
    title: str,
    domain: tuple[float, float],
    *,
    format: str = ".0%",
    ticks: Sequence[float] | None = None,
    reference: float | None = None,
    is_log: bool = False,
    heading: str = "",
) -> Picture:
    """Estimates beyond `domain` are drawn at its end."""
    axis = Axis(title, domain, format, ticks, reference, is_log)
    return lambda layout: _picture(rows, axis, heading, layout)


def times_as_often(rows: Sequence[Interval], ends: tuple[float, float] = (0.2, 5.0)) -> Picture:
    """Ratios on a logarithmic axis, with a line at no difference."""
    ticks = [tick for tick in (0.125, 0.25, 0.5, 1, 2, 4, 8) if ends[0] <= tick <= ends[1]]
    return intervals(
        rows, "times as often (logarithmic)", ends, format="~r", ticks=ticks, reference=1, is_log=True
    )


def stacked(pictures: Sequence[Picture]) -> Picture:
    """Pictures under one another, each with its own scale."""
    return lambda layout: under_one_another([picture(layout) for picture in pictures], spacing=20)


def _picture(rows: Sequence[Interval], axis: Axis, heading: str, layout: Layout) -> Specification:
    values = [asdict(row) | {"row": number} | _lines(row.label) for number, row in enumerate(rows)]
    below = BELOW if layout.is_narrow else 0
    row_height = theme.ROW + LINE * any(value["is_long"] for value in values) + below
    # The rows stand with the whole: every step of making a layer copies what it holds.
    base = alt.Chart().encode(y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0.1)))
    # The names keep the upper part of a row, the marks the lower one.
    marks_at = (row_height - theme.ROW) / 2 if layout.is_narrow else 0
    names_at = -below / 2
    layers = [*_marks(base, axis, marks_at, layout), *_texts(base, names_at, layout)]
    if axis.reference is not None:
        line = alt.Chart(alt.Data(values=[{"at": axis.reference}]))
        layers.insert(0, line.mark_rule(color=theme.MUTED, strokeWidth=1).encode(x=_x("at:Q", axis, layout)))
    height = max(1, len(rows)) * row_height
    return layered(*layers, values=values, width=layout.width, height=height, title=heading)


def _x(field: str, axis: Axis, layout: Layout) -> Any:
    start, end = layout.labels, layout.width - layout.values
    shown = alt.Axis(title=axis.title, format=axis.format, titleAnchor="start", titleX=start, labelFlush=True)
    shown.values, shown.tickCount = (alt.Undefined, 5) if axis.ticks is None else (axis.ticks, alt.Undefined)
    kind = "log" if axis.is_log else "linear"
    scale = alt.Scale(domain=axis.domain, range=[start, end], clamp=True, nice=False, type=kind)
    return alt.X(field, scale=scale, axis=shown)


def _marks(base: Any, axis: Axis, at: float, layout: Layout) -> list[Any]:
    return [
        base.transform_filter("isValid(datum.band_lower)")
        .mark_bar(color=theme.BAND, height=16, yOffset=at)
        .encode(x=_x("band_lower:Q", axis, layout), x2=alt.X2("band_upper:Q")),
        base.transform_filter("isValid(datum.lower)")
        .mark_rule(strokeWidth=2, strokeCap="round", yOffset=at)
        .encode(
            x=_x("lower:Q", axis, layout),
            x2=alt.X2("upper:Q"),
            stroke=_by_certainty(),
            strokeDash=alt.StrokeDashValue(**theme.when("datum.is_sure", [1, 0], [2, 4])),
        ),
        base.transform_filter("isValid(datum.ghost)")
        .mark_point(shape="diamond", color=theme.GHOST, size=48, strokeWidth=1.5, filled=False, yOffset=at)
        .encode(x=_x("ghost:Q", axis, layout)),
        base.transform_filter("isValid(datum.estimate)")
        .mark_point(size=64, strokeWidth=2, opacity=1, yOffset=at)
        .encode(
            x=_x("estimate:Q", axis, layout),
            stroke=_by_certainty(),
            fill=alt.FillValue(**theme.when("datum.is_sure", theme.ACCENT, theme.PAPER)),
        ),
    ]


def _texts(base: Any, at: float, layout: Layout) -> list[Any]:
    limit, values = (
        (layout.width - VALUES - 8, VALUES) if layout.is_narrow else (layout.labels - 32, layout.values - 8)
    )
    return [
        *(
            base.transform_filter(f"datum.is_long == {is_long}")
            .mark_text(align="left", baseline="middle", limit=limit, dy=at + dy, lineHeight=14)
            .encode(x=alt.XValue(0), text=alt.Text("lines:N"))
            for is_long, dy in (("false", 0), ("true", -7))
        ),
        base.mark_text(align="right", baseline="middle", limit=values, color=theme.MUTED, dy=at).encode(
            x=alt.XValue(layout.width), text=alt.Text("text:N")
        ),
    ]


def _lines(label: str) -> dict[str, Any]:
    """The name in one line, or in two."""
    lines = textwrap.wrap(label, LETTERS, max_lines=2, placeholder=" …") or [""]
    return {"lines": lines if len(lines) > 1 else lines[0], "is_long": len(lines) > 1}


def _by_certainty() -> Any:
    return alt.StrokeValue(**theme.when("datum.is_sure", theme.ACCENT, theme.MUTED))


def upper_end(rows: Sequence[Interval], least: float = 0.05) -> float:
    """A round end for an axis that begins at 0 and holds every interval and band."""
    highest = max(
        (v for row in rows for v in (row.upper, row.band_upper, row.estimate, row.ghost) if v), default=0
    )
    for end in (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0):
        if max(least, highest) <= end:
            return end
    return highest

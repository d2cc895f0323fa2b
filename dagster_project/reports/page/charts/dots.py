"""A row per thing with a mark for each of several ways to count it."""

import math
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

SHAPES = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "triangle-down",
    "cross",
    "triangle-left",
    "triangle-right",
)
MARK = {"stroke": theme.ACCENT, "fill": theme.PAPER, "size": 34, "strokeWidth": 1.5, "opacity": 1}


@dataclass(frozen=True)
class Dot:
    label: str
    row: int
    series: str
    value: float
    lower: float | None
    upper: float | None


def dots(drawn: Sequence[Dot], title: str) -> Picture:
    """Series differ by shape, which a key above the picture names."""
    series = list(dict.fromkeys(dot.series for dot in drawn))
    return lambda layout: under_one_another(
        [_key(series, layout), _picture(drawn, series, title, layout)], spacing=12
    )


def _picture(drawn: Sequence[Dot], series: Sequence[str], title: str, layout: Layout) -> Specification:
    # Of a row, the part above its marks: room for its name in a narrow layout.
    above = 0.3 if layout.is_narrow else 0.15
    lane = (0.85 - above) / max(1, len(series))
    values = [
        asdict(dot) | {"at": dot.row + above + lane * (series.index(dot.series) + 0.5)} for dot in drawn
    ]
    rows = 1 + max(dot.row for dot in drawn)
    highest = max(dot.upper if dot.upper is not None else dot.value for dot in drawn)
    lowest = min(0.0, *(dot.lower if dot.lower is not None else dot.value for dot in drawn))
    start = layout.labels
    x_scale = alt.Scale(domain=[lowest, highest], range=[start, layout.width], nice=True)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[rows, 0]), axis=None)
    axis = alt.Axis(title=title, titleAnchor="start", titleX=start, tickCount=6)
    name_at = 0.15 if layout.is_narrow else 0.5
    names = [
        {"label": dot.label, "at": dot.row + name_at} for dot in {dot.row: dot for dot in drawn}.values()
    ]
    base = alt.Chart()
    return layered(
        base.transform_filter("isValid(datum.lower)")
        .mark_rule(color=theme.GHOST, opacity=0.55)
        .encode(x=alt.X("lower:Q", scale=x_scale, axis=axis), x2=alt.X2("upper:Q"), y=y),
        base.mark_point(**MARK).encode(
            x=alt.X("value:Q", scale=x_scale, axis=axis), y=y, shape=_shape(series)
        ),
        alt.Chart(alt.Data(values=names))
        .mark_text(align="left", baseline="middle", limit=(start or layout.width) - 32)
        .encode(x=alt.XValue(0), y=y, text=alt.Text("label:N")),
        values=values,
        width=layout.width,
        height=rows * (80 if layout.is_narrow else 64),
    )


def _shape(series: Sequence[str]) -> Any:
    scale = alt.Scale(domain=list(series), range=list(SHAPES[: len(series)]))
    return alt.Shape("series:N", legend=None, scale=scale)


def _key(series: Sequence[str], layout: Layout) -> Specification:
    """The shapes by name, four in a line."""
    across = 2 if layout.is_narrow else 4
    values = [
        {"series": name, "x": 6 + number % across * layout.width / across, "line": number // across}
        for number, name in enumerate(series)
    ]
    x_scale = alt.Scale(domain=[0, layout.width], range=[0, layout.width])
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("x:Q", axis=None, scale=x_scale), y=alt.Y("line:O", axis=None)
    )
    return layered(
        base.mark_point(**MARK).encode(shape=_shape(series)),
        base.mark_text(align="left", baseline="middle", dx=10, color=theme.MUTED).encode(
            text=alt.Text("series:N")
        ),
        width=layout.width,
        height=math.ceil(len(series) / across) * 18,
    )

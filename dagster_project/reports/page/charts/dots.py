"""A row per thing with a mark for each of several ways to count it."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme

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


@dataclass(frozen=True)
class Dot:
    label: str
    row: int
    series: str
    value: float
    lower: float | None
    upper: float | None


def dots(drawn: Sequence[Dot], title: str) -> Any:
    """Series differ by shape, which a key above the picture names."""
    series = list(dict.fromkeys(dot.series for dot in drawn))
    lane = 0.7 / max(1, len(series))
    values = [asdict(dot) | {"at": dot.row + 0.15 + lane * (series.index(dot.series) + 0.5)} for dot in drawn]
    rows = 1 + max(dot.row for dot in drawn)
    highest = max(dot.upper if dot.upper is not None else dot.value for dot in drawn)
    lowest = min(0.0, *(dot.lower if dot.lower is not None else dot.value for dot in drawn))
    start = theme.LABELS
    x_scale = alt.Scale(domain=[lowest, highest], range=[start, theme.WIDTH], nice=True)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[rows, 0]), axis=None)
    axis = alt.Axis(title=title, titleAnchor="start", titleX=start, tickCount=6)
    shape = alt.Shape(
        "series:N", legend=None, scale=alt.Scale(domain=series, range=list(SHAPES[: len(series)]))
    )
    base = alt.Chart(alt.Data(values=values))
    names = [{"label": dot.label, "at": dot.row + 0.5} for dot in {dot.row: dot for dot in drawn}.values()]
    picture = alt.layer(
        base.transform_filter("isValid(datum.lower)")
        .mark_rule(color=theme.GHOST, opacity=0.55)
        .encode(x=alt.X("lower:Q", scale=x_scale, axis=axis), x2="upper:Q", y=y),
        base.mark_point(stroke=theme.ACCENT, fill=theme.PAPER, size=34, strokeWidth=1.5, opacity=1).encode(
            x=alt.X("value:Q", scale=x_scale, axis=axis), y=y, shape=shape
        ),
        alt.Chart(alt.Data(values=names))
        .mark_text(align="left", baseline="middle", limit=start - 32)
        .encode(x=alt.XValue(0), y=y, text="label:N"),
        width=theme.WIDTH,
        height=rows * 64,
    )
    return alt.vconcat(_key(series), picture, spacing=12)


def _key(series: Sequence[str]) -> Any:
    """The shapes by name, four in a line."""
    across, lines = 4, math.ceil(len(series) / 4)
    values = [
        {"series": name, "x": 6 + number % across * theme.WIDTH / across, "line": number // across}
        for number, name in enumerate(series)
    ]
    place = {
        "x": alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, theme.WIDTH], range=[0, theme.WIDTH])),
        "y": alt.Y("line:O", axis=None),
    }
    base = alt.Chart(alt.Data(values=values)).encode(**place)
    return alt.layer(
        base.mark_point(stroke=theme.ACCENT, fill=theme.PAPER, size=34, strokeWidth=1.5, opacity=1).encode(
            shape=alt.Shape(
                "series:N",
                legend=None,
                scale=alt.Scale(domain=list(series), range=list(SHAPES[: len(series)])),
            )
        ),
        base.mark_text(align="left", baseline="middle", dx=10, color=theme.MUTED).encode(text="series:N"),
        width=theme.WIDTH,
        height=lines * 18,
    )

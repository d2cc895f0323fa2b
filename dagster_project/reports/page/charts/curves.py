"""Shares that grow with time, a labelled line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme

LABELS = 290  # at the right end of the lines
DASHES = ([1, 0], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4])


@dataclass(frozen=True)
class Curve:
    label: str
    points: Sequence[tuple[int, float]]  # day, share
    median_day: float | None


def curves(drawn: Sequence[Curve], title: str, height: int = 300) -> Any:
    """Lines differ by dashes and names; a triangle marks the median of those who get there."""
    last = max((day for curve in drawn for day, _ in curve.points), default=1)
    highest = max((share for curve in drawn for _, share in curve.points), default=0.0)
    values = [
        {"curve": curve.label, "day": day, "share": round(share, 4)}
        for curve in drawn
        for day, share in curve.points
    ]
    names = [curve.label for curve in drawn]
    x = alt.X(
        "day:Q",
        scale=alt.Scale(domain=[0, last], range=[36, theme.WIDTH - LABELS]),
        axis=alt.Axis(title=title, titleAnchor="start", grid=False, tickCount=6, titleX=36),
    )
    top = min(1.0, highest * 1.1) or 1.0
    upwards = alt.Scale(domain=[0, top])
    y = alt.Y(
        "share:Q",
        scale=upwards,
        axis=alt.Axis(title=None, format=".0%", tickCount=5, offset=-36),
    )
    colour = alt.Color(
        "curve:N", legend=None, scale=alt.Scale(domain=names, range=list(theme.SERIES[: len(names)]))
    )
    dash = alt.StrokeDash(
        "curve:N", legend=None, scale=alt.Scale(domain=names, range=list(DASHES[: len(names)]))
    )
    lines = alt.Chart(alt.Data(values=values)).mark_line(strokeWidth=2, interpolate="step-after")
    labels = alt.Chart(alt.Data(values=_labels(drawn, top, height)))
    return alt.layer(
        lines.encode(x, y, colour, dash),
        labels.mark_text(align="left", baseline="middle", dx=8, limit=LABELS - 40).encode(
            x=alt.XValue(theme.WIDTH - LABELS), y=alt.Y("at:Q", scale=upwards), text="label:N", color=colour
        ),
        alt.Chart(alt.Data(values=_medians(drawn)))
        .mark_point(shape="triangle-up", filled=True, size=70, opacity=1)
        .encode(x=x, y=y, color=colour),
        width=theme.WIDTH,
        height=height,
    )


def _labels(drawn: Sequence[Curve], top: float, height: int) -> list[dict[str, Any]]:
    """At the height of each line's end, moved apart where two would cover each other."""
    least = top * 16 / height
    placed: list[dict[str, Any]] = []
    for curve in sorted(drawn, key=lambda curve: curve.points[-1][1]):
        at = curve.points[-1][1]
        if placed:
            at = max(at, placed[-1]["at"] + least)
        placed.append({"curve": curve.label, "at": at, "label": curve.label})
    return placed


def _medians(drawn: Sequence[Curve]) -> list[dict[str, Any]]:
    found = []
    for curve in drawn:
        if curve.median_day is not None:
            share = max((s for day, s in curve.points if day <= curve.median_day), default=0.0)
            found.append({"curve": curve.label, "day": round(curve.median_day, 2), "share": share})
    return found

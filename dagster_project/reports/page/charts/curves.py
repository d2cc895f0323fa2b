"""Shares that grow with time, a labelled line each."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme
from dagster_project.reports.page.charts.layout import Layout, Picture
from dagster_project.reports.page.charts.specification import (
    Specification,
    layered,
    under_one_another,
)

LABELS = 290  # at the right end of the lines
AXIS = 36
HEIGHT = 300
LETTERS = 46  # of a name below a narrow picture
DASHES = ([1, 0], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4])


@dataclass(frozen=True)
class Curve:
    label: str
    points: Sequence[tuple[int, float]]  # day, share
    median_day: float | None


def curves(drawn: Sequence[Curve], title: str) -> Picture:
    """Lines differ by dashes and names; a triangle marks the median of those who get there."""
    return lambda layout: _narrow(drawn, title, layout) if layout.is_narrow else _wide(drawn, title, layout)


def _wide(drawn: Sequence[Curve], title: str, layout: Layout) -> Specification:
    """Each line has its name at its end."""
    end = layout.width - LABELS
    top = _top(drawn)
    labels = alt.Chart(alt.Data(values=_labels(drawn, top))).mark_text(
        align="left", baseline="middle", dx=8, limit=LABELS - 40
    )
    return layered(
        *_lines(drawn, title, end),
        labels.encode(
            x=alt.XValue(end),
            y=alt.Y("at:Q", scale=alt.Scale(domain=[0, top])),
            text=alt.Text("label:N"),
            color=_colour(drawn),
        ),
        width=layout.width,
        height=HEIGHT,
    )


def _narrow(drawn: Sequence[Curve], title: str, layout: Layout) -> Specification:
    """The names stand below, each after a piece of its line."""
    picture = layered(*_lines(drawn, title, layout.width), width=layout.width, height=HEIGHT)
    ranked = sorted(drawn, key=lambda curve: -curve.points[-1][1])
    values = [
        {"curve": curve.label, "row": row, "lines": textwrap.wrap(curve.label, LETTERS, max_lines=2)}
        for row, curve in enumerate(ranked)
    ]
    base = alt.Chart(alt.Data(values=values)).encode(y=alt.Y("row:O", axis=None), color=_colour(drawn))
    names = layered(
        base.mark_rule(strokeWidth=2).encode(x=alt.XValue(0), x2=alt.X2Value(26), strokeDash=_dash(drawn)),
        base.mark_text(align="left", baseline="middle", lineHeight=14).encode(
            x=alt.XValue(34), text=alt.Text("lines:N")
        ),
        width=layout.width,
        height=len(drawn) * 36,
    )
    return under_one_another([picture, names], spacing=14, resolve={"scale": {"color": "independent"}})


def _lines(drawn: Sequence[Curve], title: str, end: float) -> list[Any]:
    last = max((day for curve in drawn for day, _ in curve.points), default=1)
    x = alt.X(
        "day:Q",
        scale=alt.Scale(domain=[0, last], range=[AXIS, end]),
        axis=alt.Axis(title=title, titleAnchor="start", grid=False, tickCount=6, titleX=AXIS),
    )
    y = alt.Y(
        "share:Q",
        scale=alt.Scale(domain=[0, _top(drawn)]),
        axis=alt.Axis(title=None, format=".0%", tickCount=5, offset=-AXIS),
    )
    values = [
        {"curve": curve.label, "day": day, "share": round(share, 4)}
        for curve in drawn
        for day, share in curve.points
    ]
    return [
        alt.Chart(alt.Data(values=values))
        .mark_line(strokeWidth=2, interpolate="step-after")
        .encode(x, y, _colour(drawn), _dash(drawn)),
        alt.Chart(alt.Data(values=_medians(drawn)))
        .mark_point(shape="triangle-up", filled=True, size=70, opacity=1)
        .encode(x=x, y=y, color=_colour(drawn)),
    ]


def _colour(drawn: Sequence[Curve]) -> Any:
    names = [curve.label for curve in drawn]
    return alt.Color(
        "curve:N", legend=None, scale=alt.Scale(domain=names, range=list(theme.SERIES[: len(names)]))
    )


def _dash(drawn: Sequence[Curve]) -> Any:
    names = [curve.label for curve in drawn]
    return alt.StrokeDash(
        "curve:N", legend=None, scale=alt.Scale(domain=names, range=list(DASHES[: len(names)]))
    )


def _top(drawn: Sequence[Curve]) -> float:
    highest = max((share for curve in drawn for _, share in curve.points), default=0.0)
    return min(1.0, highest * 1.1) or 1.0


def _labels(drawn: Sequence[Curve], top: float) -> list[dict[str, Any]]:
    """At the height of each line's end, moved apart where two would cover each other."""
    least = top * 16 / HEIGHT
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

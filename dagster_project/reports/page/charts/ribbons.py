"""Flows between two columns of boxes, as wide as they are many."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme

GAP = 0.048  # of the height, between two boxes
POINTS = 16  # of which a ribbon's curve is made
BOX = 10


@dataclass(frozen=True)
class Flow:
    origin: str
    target: str
    count: int


@dataclass
class _Box:
    name: str
    total: int
    top: float
    height: float
    used: float = 0.0

    def take(self, share: float) -> tuple[float, float]:
        start = self.top + self.used
        self.used += share
        return start, start + share


def ribbons(flows: Sequence[Flow], order: Sequence[str], titles: tuple[str, str], height: int = 340) -> Any:
    """Boxes from top to bottom in `order`; a flow is coloured by where it begins."""
    total = sum(flow.count for flow in flows)
    origins = _boxes(order, {name: sum(f.count for f in flows if f.origin == name) for name in order}, total)
    targets = _boxes(order, {name: sum(f.count for f in flows if f.target == name) for name in order}, total)
    unit = (1 - GAP * (len(order) - 1)) / max(1, total)
    left, right = 150 + BOX, theme.WIDTH - 150 - BOX
    curve: list[dict[str, Any]] = []
    ranked = sorted(flows, key=lambda flow: (order.index(flow.origin), order.index(flow.target)))
    ends = {id(flow): origins[flow.origin].take(flow.count * unit) for flow in ranked}
    for flow in sorted(flows, key=lambda flow: (order.index(flow.target), order.index(flow.origin))):
        begin, end = ends[id(flow)], targets[flow.target].take(flow.count * unit)
        for point in range(POINTS + 1):
            way = point / POINTS
            bend = (1 - math.cos(math.pi * way)) / 2
            curve.append(
                {
                    "flow": f"{flow.origin} {flow.target}",
                    "origin": flow.origin,
                    "x": round(left + way * (right - left), 1),
                    "top": round(begin[0] + bend * (end[0] - begin[0]), 4),
                    "bottom": round(begin[1] + bend * (end[1] - begin[1]), 4),
                }
            )
    boxes = [
        {"x": x, "x2": x + BOX, "label_x": label_x, "side": side, "name": box.name, "top": box.top}
        | {"bottom": box.top + box.height, "middle": box.top + box.height / 2}
        | {"label": f"{box.name} {box.total:,}"}
        for side, column, x, label_x in (
            ("left", origins, left - BOX, left - BOX - 8),
            ("right", targets, right, right + BOX + 8),
        )
        for box in column.values()
        if box.total
    ]
    across = alt.Scale(domain=[0, theme.WIDTH], range=[0, theme.WIDTH])
    down = alt.Scale(domain=[0, 1], range=[0, height])
    colours = alt.Color(
        "origin:N", legend=None, scale=alt.Scale(domain=list(order), range=list(_colours(len(order))))
    )
    x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("top:Q", scale=down, axis=None)
    areas = (
        alt.Chart(alt.Data(values=curve)).mark_area(opacity=0.38).encode(x, y, alt.Y2("bottom:Q"), colours)
    ).encode(detail="flow:N")
    shown = alt.Chart(alt.Data(values=boxes))
    bars = shown.mark_rect(color=theme.INK, opacity=0.75).encode(x=x, x2="x2:Q", y=y, y2="bottom:Q")
    labels = [
        shown.transform_filter(f"datum.side == '{side}'")
        .mark_text(align=align, baseline="middle", limit=140)
        .encode(
            x=alt.X("label_x:Q", scale=across, axis=None), y=alt.Y("middle:Q", scale=down), text="label:N"
        )
        for side, align in (("left", "right"), ("right", "left"))
    ]
    heads = [
        alt.Chart(alt.Data(values=[{"label": title}]))
        .mark_text(align=align, baseline="bottom", color=theme.MUTED)
        .encode(x=alt.XValue(position), y=alt.YValue(-10), text="label:N")
        for title, align, position in ((titles[0], "right", left), (titles[1], "left", right))
    ]
    return alt.layer(areas, bars, *labels, *heads, width=theme.WIDTH, height=height)


def _boxes(order: Sequence[str], totals: dict[str, int], total: int) -> dict[str, _Box]:
    unit, top, boxes = (1 - GAP * (len(order) - 1)) / max(1, total), 0.0, {}
    for name in order:
        boxes[name] = _Box(name, totals[name], top, totals[name] * unit)
        if totals[name]:
            top += totals[name] * unit + GAP
    return boxes


def _colours(count: int) -> Sequence[str]:
    return [theme.SERIES[number % len(theme.SERIES)] for number in range(count)]

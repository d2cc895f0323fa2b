"""Flows between columns of boxes, as wide as they are many."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme
from dagster_project.reports.page.charts.layout import Layout, Picture
from dagster_project.reports.page.charts.specification import Specification, layered

GAP = 0.048  # of the height, between two boxes
POINTS = 4  # of which a ribbon's curve is made
BOX = 10
SIDE = 150  # for the names at the ends of a wide picture
HEIGHT = 340
MOST_NARROW = 3  # columns on a phone
LETTER = 5.5  # pixels that a letter takes
FAINT = "var(--faint)"


@dataclass(frozen=True)
class Flow:
    """From a box of column number `column` to one of the next."""

    origin: str
    target: str
    count: int
    column: int = 0


@dataclass
class _Box:
    name: str
    total: int
    top: float
    height: float
    left: float = 0.0  # of the height that flows out of it, or into it, have taken
    right: float = 0.0


def ribbons(
    flows: Sequence[Flow],
    orders: Sequence[Sequence[str]],
    titles: Sequence[str],
    muted: Sequence[str] = (),
) -> Picture:
    """Boxes of each column from top to bottom in its order; a flow has the colour of where it begins.

    A flow into or out of one of `muted` is grey. A phone shows the first three columns.
    """
    merged = _merged(flows)
    columns = _columns(merged, orders)

    def picture(layout: Layout) -> Specification:
        shown = MOST_NARROW if layout.is_narrow else len(columns)
        drawn = [flow for flow in merged if flow.column + 1 < shown]
        return _picture(drawn, columns[:shown], titles[:shown], set(muted), layout)

    return picture


def _merged(flows: Sequence[Flow]) -> list[Flow]:
    """One flow between two boxes."""
    totals: dict[tuple[str, str, int], int] = {}
    for flow in flows:
        key = flow.origin, flow.target, flow.column
        totals[key] = totals.get(key, 0) + flow.count
    return [Flow(origin, target, count, column) for (origin, target, column), count in totals.items()]


def _columns(flows: Sequence[Flow], orders: Sequence[Sequence[str]]) -> list[dict[str, _Box]]:
    totals = [{name: _total(flows, number, name) for name in order} for number, order in enumerate(orders)]
    most = max(sum(column.values()) for column in totals)
    boxes = max(sum(1 for total in column.values() if total) for column in totals)
    unit = (1 - GAP * (boxes - 1)) / max(1, most)
    return [_boxes(column, unit) for column in totals]


def _total(flows: Sequence[Flow], column: int, name: str) -> int:
    out = sum(flow.count for flow in flows if (flow.column, flow.origin) == (column, name))
    into = sum(flow.count for flow in flows if (flow.column + 1, flow.target) == (column, name))
    return max(out, into)


def _boxes(totals: Mapping[str, int], unit: float) -> dict[str, _Box]:
    top, boxes = 0.0, {}
    for name, total in totals.items():
        boxes[name] = _Box(name, total, top, total * unit)
        top += (total * unit + GAP) if total else 0
    return boxes


def _places(count: int, layout: Layout) -> list[float]:
    """The left edges of the boxes."""
    side = 0 if layout.is_narrow else SIDE
    step = (layout.width - 2 * side - BOX) / max(1, count - 1)
    return [side + number * step for number in range(count)]


def _picture(
    flows: Sequence[Flow],
    columns: Sequence[Mapping[str, _Box]],
    titles: Sequence[str],
    muted: set[str],
    layout: Layout,
) -> Specification:
    places = _places(len(columns), layout)
    across = alt.Scale(domain=[0, layout.width], range=[0, layout.width])
    down = alt.Scale(domain=[0, 1], range=[0, HEIGHT])
    x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("top:Q", scale=down, axis=None)
    boxes = [
        {"x": place, "x2": place + BOX, "top": box.top, "bottom": box.top + box.height}
        for place, column in zip(places, columns, strict=True)
        for box in column.values()
        if box.total
    ]
    colours = alt.Color("colour:N", legend=None, scale=None)
    areas = alt.Chart(alt.Data(values=_curves(flows, columns, places, muted))).mark_area(
        opacity=0.38, interpolate="monotone"
    )
    return layered(
        areas.encode(x, y, alt.Y2("bottom:Q"), colours).encode(detail=alt.Detail("flow:N")),
        alt.Chart(alt.Data(values=boxes))
        .mark_rect(color=theme.INK, opacity=0.75)
        .encode(x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("bottom:Q")),
        *_texts(columns, places, titles, layout, across, down),
        width=layout.width,
        height=HEIGHT,
    )


def _curves(
    flows: Sequence[Flow], columns: Sequence[Mapping[str, _Box]], places: Sequence[float], muted: set[str]
) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = []
    for number, (before, after) in enumerate(pairwise(columns)):
        for box in before.values():
            box.right = 0.0
        for box in after.values():
            box.left = 0.0
        origins, targets = list(before), list(after)
        own = [flow for flow in flows if flow.column == number and flow.count]
        # Leaving in the order of where they go, arriving in the order of where they come from.
        begins = {}
        for flow in sorted(own, key=lambda f: (origins.index(f.origin), targets.index(f.target))):
            box = before[flow.origin]
            begins[flow] = box.top + box.right
            box.right += flow.count * _unit(box)
        for flow in sorted(own, key=lambda f: (targets.index(f.target), origins.index(f.origin))):
            box = after[flow.target]
            ends, width = box.top + box.left, flow.count * _unit(box)
            box.left += width
            colour = (
                FAINT if muted & {flow.origin, flow.target} else _colours(origins)[origins.index(flow.origin)]
            )
            points += _curve(
                f"{number} {flow.origin} {flow.target}",
                colour,
                (places[number] + BOX, places[number + 1]),
                (begins[flow], ends),
                width,
            )
    return points


def _unit(box: _Box) -> float:
    return box.height / max(1, box.total)


def _curve(
    name: str, colour: str, across: tuple[float, float], down: tuple[float, float], width: float
) -> list[dict[str, Any]]:
    curve = []
    for point in range(POINTS + 1):
        way = point / POINTS
        top = down[0] + (1 - math.cos(math.pi * way)) / 2 * (down[1] - down[0])
        curve.append(
            {
                "flow": name,
                "colour": colour,
                "x": round(across[0] + way * (across[1] - across[0]), 1),
                "top": round(top, 4),
                "bottom": round(top + width, 4),
            }
        )
    return curve


def _texts(
    columns: Sequence[Mapping[str, _Box]],
    places: Sequence[float],
    titles: Sequence[str],
    layout: Layout,
    across: Any,
    down: Any,
) -> list[Any]:
    """Names next to the boxes; on a phone upon the ribbons. The count first, lest it be cut off."""
    last = len(columns) - 1
    groups: dict[tuple[str, float], list[dict[str, Any]]] = {}
    heads: list[Any] = []
    room = places[1] - places[0] - BOX - 12 if len(places) > 1 else layout.width
    for number, (place, column, title) in enumerate(zip(places, columns, titles, strict=True)):
        is_right_aligned = number == (last if layout.is_narrow else 0)
        align = "right" if is_right_aligned else "left"
        at = place - 8 if is_right_aligned else place + BOX + 8
        limit = _room(number, last, room, layout)
        for box in column.values():
            if box.total:
                label = f"{box.total:,} {box.name}"
                lines = wrap(label, int(limit / LETTER), max_lines=2, placeholder=" …")
                groups.setdefault((align, limit), []).append(
                    {"x": at, "middle": box.top + box.height / 2, "lines": lines}
                )
        edge = place + BOX if is_right_aligned else place
        heads.append(
            alt.Chart(alt.Data(values=[{"label": title}]))
            .mark_text(align=align, baseline="bottom", color=theme.MUTED)
            .encode(x=alt.XValue(edge), y=alt.YValue(-10), text=alt.Text("label:N"))
        )
    labels = [
        alt.Chart(alt.Data(values=values))
        .mark_text(align=align, baseline="middle", limit=limit, lineHeight=13)
        .encode(
            x=alt.X("x:Q", scale=across, axis=None),
            y=alt.Y("middle:Q", scale=down),
            text=alt.Text("lines:N"),
        )
        for (align, limit), values in groups.items()
    ]
    return [*labels, *heads]


def _room(number: int, last: int, room: float, layout: Layout) -> float:
    """For a name. Those of a phone's last two columns share what is between them."""
    if layout.is_narrow:
        return room / 2 if number >= last - 1 else room
    return SIDE - 10 if number in (0, last) else room


def _colours(names: Sequence[str]) -> Sequence[str]:
    return [theme.SERIES[number % len(theme.SERIES)] for number in range(len(names))]

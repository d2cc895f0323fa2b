"""Funnels: a bar per step with its interval, and what is lost before it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import altair as alt

from dagster_project.reports.page.charts import theme
from dagster_project.reports.page.charts.layout import Layout, Picture
from dagster_project.reports.page.charts.specification import Specification, layered

VALUES = 190
BELOW = 20  # a bar's height under its name


@dataclass(frozen=True)
class Step:
    label: str
    rate: float | None
    lower: float | None
    upper: float | None
    text: str
    is_sure: bool = True


def funnel(steps: Sequence[Step], title: str) -> Picture:
    """Bars from 0 to the share that came so far. A step that cannot be seen has a dashed outline."""
    return lambda layout: _picture(steps, title, layout)


def _picture(steps: Sequence[Step], title: str, layout: Layout) -> Specification:
    start = layout.labels
    end = layout.width - (0 if layout.is_narrow else VALUES)
    limit = layout.width - VALUES if layout.is_narrow else start - 32
    below = BELOW if layout.is_narrow else 0
    at = below / 2
    scale = alt.Scale(domain=[0, 1], range=[start, end])
    values = [asdict(step) | {"row": number, "rate": step.rate or 0} for number, step in enumerate(steps)]
    base = alt.Chart().encode(y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0.1)))
    layers = [
        base.mark_bar(height=16, strokeWidth=1, yOffset=at).encode(
            x=alt.X("rate:Q", scale=scale, axis=None),
            x2=alt.X2Datum(0),
            fill=alt.FillValue(**theme.when("datum.is_sure", theme.ACCENT, "url(#hatch)")),
        ),
        base.transform_filter("isValid(datum.lower)")
        .mark_rule(strokeWidth=1.5, color=theme.INK, yOffset=at)
        .encode(x=alt.X("lower:Q", scale=scale), x2=alt.X2("upper:Q")),
        base.mark_text(align="left", baseline="middle", limit=limit, dy=-at).encode(
            x=alt.XValue(0), text=alt.Text("label:N")
        ),
        base.mark_text(align="right", baseline="middle", color=theme.MUTED, limit=VALUES - 8, dy=-at).encode(
            x=alt.XValue(layout.width), text=alt.Text("text:N")
        ),
    ]
    height = len(steps) * (theme.ROW + below)
    return layered(*layers, values=values, width=layout.width, height=height, title=title)

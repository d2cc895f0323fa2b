"""Funnels: a bar per step with its interval, and what is lost before it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme

VALUES = 190


@dataclass(frozen=True)
class Step:
    label: str
    rate: float | None
    lower: float | None
    upper: float | None
    text: str
    is_sure: bool = True


def funnel(steps: Sequence[Step], title: str) -> Any:
    """Bars from 0 to the share that came so far. A step that cannot be seen has a dashed outline."""
    start, end = theme.LABELS, theme.WIDTH - VALUES
    scale = alt.Scale(domain=[0, 1], range=[start, end])
    values = [asdict(step) | {"row": number, "rate": step.rate or 0} for number, step in enumerate(steps)]
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0.1))
    )
    x = alt.X("rate:Q", scale=scale, axis=None)
    layers = [
        base.mark_bar(height=16, strokeWidth=1).encode(
            x=x,
            x2=alt.X2Datum(0),
            fill=alt.FillValue(**theme.when("datum.is_sure", theme.ACCENT, "url(#hatch)")),
        ),
        base.transform_filter("isValid(datum.lower)")
        .mark_rule(strokeWidth=1.5, color=theme.INK)
        .encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q"),
        base.mark_text(align="left", baseline="middle", limit=start - 32).encode(
            x=alt.XValue(0), text="label:N"
        ),
        base.mark_text(align="right", baseline="middle", color=theme.MUTED, limit=VALUES - 8).encode(
            x=alt.XValue(theme.WIDTH), text="text:N"
        ),
    ]
    return alt.layer(*layers, width=theme.WIDTH, height=len(steps) * theme.ROW, title=title)

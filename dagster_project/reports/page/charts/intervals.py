"""A row per thing: its name, an estimate with its interval, and both in figures."""

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme

# Of a name that stay in one line.
LETTERS = 34


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
) -> Any:
    """Estimates beyond `domain` are drawn at its end."""
    start, end = theme.LABELS, theme.WIDTH - theme.VALUES
    scale = alt.Scale(
        domain=domain, range=[start, end], clamp=True, nice=False, type="log" if is_log else "linear"
    )
    axis = alt.Axis(title=title, format=format, titleAnchor="start", titleX=start, labelFlush=True)
    axis.values, axis.tickCount = (alt.Undefined, 5) if ticks is None else (list(ticks), alt.Undefined)
    values = [asdict(row) | {"row": number} | _lines(row.label) for number, row in enumerate(rows)]
    row_height = theme.ROW + 10 * any(value["is_long"] for value in values)
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0.1))
    )
    x = alt.X("estimate:Q", scale=scale, axis=axis)
    layers = [
        base.transform_filter("isValid(datum.band_lower)")
        .mark_bar(color=theme.BAND, height=16)
        .encode(x=alt.X("band_lower:Q", scale=scale, axis=axis), x2="band_upper:Q"),
        base.transform_filter("isValid(datum.lower)")
        .mark_rule(strokeWidth=2, strokeCap="round")
        .encode(
            x=alt.X("lower:Q", scale=scale, axis=axis),
            x2="upper:Q",
            stroke=_by_certainty(),
            strokeDash=alt.StrokeDashValue(**theme.when("datum.is_sure", [1, 0], [2, 4])),
        ),
        base.transform_filter("isValid(datum.ghost)")
        .mark_point(shape="diamond", color=theme.GHOST, size=48, strokeWidth=1.5, filled=False)
        .encode(x=alt.X("ghost:Q", scale=scale, axis=axis)),
        base.transform_filter("isValid(datum.estimate)")
        .mark_point(size=64, strokeWidth=2, opacity=1)
        .encode(
            x=x,
            stroke=_by_certainty(),
            fill=alt.FillValue(**theme.when("datum.is_sure", theme.ACCENT, theme.PAPER)),
        ),
        *_names(base, start - 32),
        base.mark_text(align="right", baseline="middle", limit=theme.VALUES - 8, color=theme.MUTED).encode(
            x=alt.XValue(theme.WIDTH), text="text:N"
        ),
    ]
    if reference is not None:
        line = alt.Chart(alt.Data(values=[{"at": reference}])).mark_rule(color=theme.MUTED, strokeWidth=1)
        layers.insert(0, line.encode(x=alt.X("at:Q", scale=scale, axis=axis)))
    height = max(1, len(rows)) * row_height
    titled = {"title": heading} if heading else {}
    return alt.layer(*layers, width=theme.WIDTH, height=height, **titled)


def stacked(pictures: Sequence[Any]) -> Any:
    """Pictures under one another, each with its own scale."""
    return alt.vconcat(*pictures, spacing=20)


def _lines(label: str) -> dict[str, Any]:
    """The name in one line, or in two."""
    lines = textwrap.wrap(label, LETTERS, max_lines=2, placeholder=" …") or [""]
    return {"lines": lines if len(lines) > 1 else lines[0], "is_long": len(lines) > 1}


def _names(base: Any, limit: float) -> list[Any]:
    return [
        base.transform_filter(f"datum.is_long == {is_long}")
        .mark_text(align="left", baseline="middle", limit=limit, dy=dy, lineHeight=14)
        .encode(x=alt.XValue(0), text="lines:N")
        for is_long, dy in (("false", 0), ("true", -7))
    ]


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

"""A map of rates: a row and a column each, darker where they are higher, each with its figure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import altair as alt

from dagster_project.reports.page.charts import theme

CLASSES = 5


@dataclass(frozen=True)
class Cell:
    row: str
    column: str
    rate: float | None
    text: str
    is_forecast: bool = False


def heat(
    cells: Sequence[Cell], rows: Sequence[str], columns: Sequence[str], title: str, left: int = 136
) -> Any:
    """Cells of what is yet to come are hatched over."""
    highest = max((cell.rate or 0 for cell in cells), default=0) or 1
    values = [asdict(cell) | {"shade": _shade(cell, highest)} for cell in cells]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "column:O",
            sort=list(columns),
            scale=alt.Scale(range=[left, theme.WIDTH], padding=0.04),
            axis=alt.Axis(title=title, orient="top", labelAngle=0, titleAnchor="start", titleX=left),
        ),
        y=alt.Y(
            "row:O", sort=list(rows), scale=alt.Scale(padding=0.06), axis=alt.Axis(title=None, offset=-left)
        ),
    )
    fills = [f"var(--heat-{number})" for number in range(1, CLASSES + 1)]
    classes = list(range(1, CLASSES + 1))
    return alt.layer(
        base.mark_rect().encode(
            color=alt.Color("shade:O", legend=None, scale=alt.Scale(domain=classes, range=fills))
        ),
        base.transform_filter("datum.is_forecast").mark_rect(fill="url(#hatch)"),
        base.mark_text(fontSize=11).encode(
            text="text:N",
            color=alt.ColorValue(**theme.when("datum.shade > 3", theme.PAPER, theme.INK)),
        ),
        width=theme.WIDTH,
        height=max(1, len(rows)) * theme.ROW,
    )


def _shade(cell: Cell, highest: float) -> int:
    return min(CLASSES, 1 + int(CLASSES * (cell.rate or 0) / highest))

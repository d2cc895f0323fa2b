"""A map of rates: a row and a column each, darker where they are higher, each with its figure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import altair as alt

from dagster_project.reports.page.charts import theme
from dagster_project.reports.page.charts.layout import Layout, Picture
from dagster_project.reports.page.charts.specification import Specification, layered

CLASSES = 5
MOST_NARROW = 13  # columns whose figures are legible on a phone


@dataclass(frozen=True)
class Cell:
    row: str
    column: str
    rate: float | None
    text: str
    is_forecast: bool = False


@dataclass(frozen=True)
class _Map:
    rows: Sequence[str]
    columns: Sequence[str]
    title: str
    left: int

    def turned(self) -> "_Map":
        return _Map(self.columns, self.rows, "", 28)


def heat(
    cells: Sequence[Cell], rows: Sequence[str], columns: Sequence[str], title: str, left: int = 136
) -> Picture:
    """Cells of what is yet to come are hatched over. Many columns are rows in a narrow layout."""
    drawn = _Map(rows, columns, title, left)
    return lambda layout: (
        _picture([_turned(cell) for cell in cells], drawn.turned(), layout)
        if layout.is_narrow and len(columns) > MOST_NARROW
        else _picture(cells, drawn, layout)
    )


def _turned(cell: Cell) -> Cell:
    return Cell(cell.column, cell.row, cell.rate, cell.text, cell.is_forecast)


def _picture(cells: Sequence[Cell], drawn: _Map, layout: Layout) -> Specification:
    left = min(drawn.left, 106) if layout.is_narrow else drawn.left
    size = 10 if layout.is_narrow else 11
    highest = max((cell.rate or 0 for cell in cells), default=0) or 1
    values = [asdict(cell) | {"shade": _shade(cell, highest)} for cell in cells]
    across = alt.Axis(title=drawn.title or None, orient="top", labelAngle=0, titleAnchor="start", titleX=left)
    base = alt.Chart().encode(
        x=alt.X(
            "column:O",
            sort=list(drawn.columns),
            scale=alt.Scale(range=[left, layout.width], padding=0.04),
            axis=across,
        ),
        y=alt.Y(
            "row:O",
            sort=list(drawn.rows),
            scale=alt.Scale(padding=0.06),
            axis=alt.Axis(title=None, offset=-left, labelFontSize=size + 1),
        ),
    )
    fills = [f"var(--heat-{number})" for number in range(1, CLASSES + 1)]
    classes = list(range(1, CLASSES + 1))
    return layered(
        base.mark_rect().encode(
            color=alt.Color("shade:O", legend=None, scale=alt.Scale(domain=classes, range=fills))
        ),
        base.transform_filter("datum.is_forecast").mark_rect(fill="url(#hatch)"),
        base.mark_text(fontSize=size).encode(
            text=alt.Text("text:N"),
            color=alt.ColorValue(**theme.when("datum.shade > 3", theme.PAPER, theme.INK)),
        ),
        values=values,
        width=layout.width,
        height=max(1, len(drawn.rows)) * theme.ROW,
    )


def _shade(cell: Cell, highest: float) -> int:
    return min(CLASSES, 1 + int(CLASSES * (cell.rate or 0) / highest))

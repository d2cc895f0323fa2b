"""The two layouts that a picture is drawn in: for a desktop, and for a phone, whose letters stay legible."""

from collections.abc import Callable
from dataclasses import dataclass

from dagster_project.reports.page.charts.specification import Specification


@dataclass(frozen=True)
class Layout:
    """`labels` and `values` are the columns left and right of the marks; a narrow one has both above them."""

    name: str
    width: int
    labels: int
    values: int

    @property
    def is_narrow(self) -> bool:
        return self.labels == 0


WIDE = Layout("wide", 720, 244, 138)
NARROW = Layout("narrow", 344, 0, 0)
LAYOUTS = (WIDE, NARROW)
# What a section gives: the Vega-Lite specification for a layout.
Picture = Callable[[Layout], Specification]

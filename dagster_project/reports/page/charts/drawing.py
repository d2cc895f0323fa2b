"""A chart as inline SVGs, drawn while the page is made: readers' browsers run no chart library."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import vl_convert
from altair.utils.schemapi import debug_mode

from dagster_project.reports.page.charts.layout import LAYOUTS, Picture
from dagster_project.reports.page.charts.shrinking import shrunk
from dagster_project.reports.page.charts.specification import Specification
from dagster_project.reports.page.charts.theme import CONFIG

# Beyond 16 bits: Vega shortens a long text in the middle of one, upon which vl-convert 1.9 fails.
ASTRAL = re.compile("[\U00010000-\U0010ffff]")
SHORTEST_LIMIT = 56  # pixels that a name has in any picture
PIXELS, MORE_PIXELS = 11, 7  # a letter, and what such a character is wider, at most


def draw(picture: Picture, label: str) -> str:
    """The picture in each layout, of which a browser shows the one that fits."""
    # Altair would check every object of a chart against its schema: half of the time.
    with debug_mode(False):
        return "".join(_drawn(picture(layout), layout.name, label) for layout in LAYOUTS)


def _drawn(specification: Specification, name: str, label: str) -> str:
    """Under one accessible name; its marks are hidden: its table has the same figures."""
    spec = _uncut(specification)
    svg = shrunk(vl_convert.vegalite_to_svg(spec, config=CONFIG, allowed_base_urls=[]))
    marks = ET.Element("g", {"aria-hidden": "true"})
    marks.extend(svg)
    svg[:] = [marks]
    svg.attrib |= {"class": name, "role": "img", "aria-label": label}
    return ET.tostring(svg, encoding="unicode").replace(" />", "/>")


def _uncut(value: Any) -> Any:
    """The same specification, with a box for each such character of a text that may be shortened."""
    if isinstance(value, dict):
        return {key: _uncut(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_uncut(item) for item in value]
    if isinstance(value, str) and (found := len(ASTRAL.findall(value))):
        width = PIXELS * len(value) + MORE_PIXELS * found
        return ASTRAL.sub("\u25a1", value) if width > SHORTEST_LIMIT else value
    return value

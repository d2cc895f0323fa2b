"""A chart as an inline SVG, drawn while the page is made: readers' browsers run no chart library."""

import html
import re
from typing import Any

import vl_convert

from dagster_project.reports.page.charts.theme import CONFIG

# Attributes that hold coordinates, and those of their numbers that are finer than anyone sees.
MEASURES = re.compile(r' (?:d|transform|x|y|x1|y1|x2|y2|width|height)="[^"]*"')
# Attributes that the page's own style sets or that are not visible.
IDLE = re.compile(
    r'<path class="(?:back|fore)ground"[^>]*/>'
    r'| (?:xmlns:xlink|role|class|aria-[a-z]+|font-family)="[^"]*"'
    r'| (?:pointer-events="none"|opacity="1"|font-size="12px"|stroke-width="1")'
)
LONG = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")

# Beyond 16 bits: Vega shortens a long text in the middle of one, upon which vl-convert 1.9 fails.
ASTRAL = re.compile("[\U00010000-\U0010ffff]")
SHORTEST_LIMIT = 212  # pixels that a name has in any picture
PIXELS, MORE_PIXELS = 11, 7  # a letter, and what such a character is wider, at most


def draw(chart: Any, label: str) -> str:
    """The picture under one accessible name; its marks are hidden: its table has the same figures."""
    spec = _uncut(chart.to_dict(validate=False))
    svg = vl_convert.vegalite_to_svg(spec, config=CONFIG, allowed_base_urls=[])
    svg = IDLE.sub("", svg)
    svg = MEASURES.sub(lambda found: LONG.sub(lambda number: f"{float(number[0]):.1f}", found[0]), svg)
    start = svg.index(">") + 1
    opening = re.sub(r' (?:version|width|height)="[^"]*"', "", svg[:start])
    named = f'{opening[:-1]} role="img" aria-label="{html.escape(label)}">'
    return f'{named}<g aria-hidden="true">{svg[start:].removesuffix("</svg>")}</g></svg>'


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

"""A chart as an inline SVG, drawn while the page is made: readers' browsers run no chart library."""

import html
import re
from typing import Any

import vl_convert

from dagster_project.reports.page.charts.theme import CONFIG

# Attributes that hold coordinates, and those of their numbers that are finer than anyone sees.
MEASURES = re.compile(r' (?:d|transform|x|y|x1|y1|x2|y2|width|height)="[^"]*"')
# What the page's own style says, or nobody sees.
IDLE = re.compile(
    r'<path class="(?:back|fore)ground"[^>]*/>'
    r'| (?:xmlns:xlink|role|class|aria-[a-z]+|font-family)="[^"]*"'
    r'| (?:pointer-events="none"|opacity="1"|font-size="12px"|stroke-width="1")'
)
LONG = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")


def draw(chart: Any, name: str, label: str) -> str:
    """The picture under one accessible name; its marks are hidden, as the table beside it says what they do.

    Ids get the figure's name in front, since those of two pictures would be the same.
    """
    svg = vl_convert.vegalite_to_svg(chart.to_dict(validate=False), config=CONFIG, allowed_base_urls=[])
    svg = re.sub(r'\bid="([\w-]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#(clip|gradient)", rf"url(#{name}-\1", svg)
    svg = IDLE.sub("", svg)
    svg = MEASURES.sub(lambda found: LONG.sub(lambda number: f"{float(number[0]):.1f}", found[0]), svg)
    start = svg.index(">") + 1
    opening = re.sub(r' (?:version|width|height)="[^"]*"', "", svg[:start])
    named = f'{opening[:-1]} role="img" aria-label="{html.escape(label)}">'
    return f'{named}<g aria-hidden="true">{svg[start:].removesuffix("</svg>")}</g></svg>'

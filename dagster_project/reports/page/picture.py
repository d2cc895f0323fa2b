"""The first screen as a picture, for where no page can be shown: the catalogue of assets."""

import html
import textwrap
from collections.abc import Sequence

import vl_convert

from dagster_project.reports.page.elements import Verdict

WIDTH, MARGIN, LINE = 960, 40, 22
LETTERS = 105  # in a line of text
PAPER, INK, MUTED, ACCENT = "#ffffff", "#1c2220", "#58625e", "#0b6b55"


def first_screen(verdicts: Sequence[Verdict]) -> bytes:
    """The verdicts as a PNG."""
    lines: list[str] = []
    y = MARGIN + 24
    lines.append(_line("What to do next", y, 30, INK, 700))
    y += 18
    for verdict in verdicts:
        y += 34
        lines.append(_line(verdict.question, y, 13, ACCENT, 600))
        for text in textwrap.wrap(verdict.sentence, LETTERS):
            y += LINE
            lines.append(_line(text, y, 16, INK))
        interval = f"   95 % interval {verdict.interval}" if verdict.interval else ""
        y += LINE
        lines.append(_line(f"n = {verdict.n:,}{interval}", y, 13, MUTED))
    if not verdicts:
        y += 34
        lines.append(_line("Nothing can be decided yet.", y, 16, INK))
    height = y + MARGIN
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}">'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{"".join(lines)}</svg>'
    )
    return bytes(vl_convert.svg_to_png(svg))


def _line(text: str, y: int, size: int, colour: str, weight: int = 400) -> str:
    shown = html.escape("".join(c for c in text if c.isprintable()))
    return (
        f'<text x="{MARGIN}" y="{y}" font-family="sans-serif" font-size="{size}" font-weight="{weight}" '
        f'fill="{colour}">{shown}</text>'
    )

"""Small charts of text, in Markdown, which Dagster's UI renders where it shows an outcome's description.

A drawing library would cost each run's start two seconds of import.
"""

import math
import re
from collections.abc import Sequence

WIDTH = 30
BLOCKS = "▁▂▃▄▅▆▇█"
LONGEST_TABLE = 15
NONE = "none"
# What Markdown reads as markup wherever it stands, and at the beginning of a line.
_MARKUP = re.compile(r"[\\`*\[\]<>~&|]|(?<![^\W_])_|_(?![^\W_])")
_BLOCK = re.compile(r"^([-+](?=\s|$)|[-=]{2}|#|\d+(?=[.)](?:\s|$)))")
# What becomes a link without any markup; an invisible character between its parts keeps it from that.
_LINK = re.compile(r"(https?:)(?=//)|(www)(?=\.)|(@)", re.I)
_WORD_JOINER = "\u2060"


class Drawing(str):
    """A chart in Markdown."""

    __slots__ = ()


def plain(text: object) -> str:
    """Markdown that shows a text as it stands, in one line.

    Names come from strangers: a campaign's may be an image to load from elsewhere, or break a table.
    """
    line = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", str(text)).split())
    escaped = _MARKUP.sub(r"\\\g<0>", _LINK.sub(lambda found: found.group() + _WORD_JOINER, line))
    return _BLOCK.sub(lambda found: found[1] + "\\" if found[1].isdigit() else "\\" + found[1], escaped)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table, its first column words and the others numbers; NONE without rows.

    Texts are shown as they stand, drawings as they are drawn.
    """
    if not rows:
        return NONE
    shown = [
        [str(cell) if isinstance(cell, Drawing) else plain(cell) for cell in row]
        for row in rows[:LONGEST_TABLE]
    ]
    lines = [head, ["---", *("---:" for _ in head[1:])], *shown]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return text if len(rows) <= LONGEST_TABLE else f"{text}\n\nand {len(rows) - LONGEST_TABLE} more"


def interval(figure: float, bounds: tuple[float, float], band: tuple[float, float]) -> Drawing:
    """The interval `=` with its figure `●` over the band `[ ]`, from nothing to a bit over the largest."""
    top = max(figure, bounds[1], band[1]) * 1.1 or 1.0
    at = [min(round(value / top * (WIDTH - 1)), WIDTH - 1) for value in (*bounds, *band, figure)]
    cells = ["·"] * WIDTH
    cells[at[0] : at[1] + 1] = ["="] * (at[1] - at[0] + 1)
    cells[at[2]], cells[at[3]] = "[", "]"
    cells[at[4]] = "●"
    return Drawing(f"`{''.join(cells)}`")


def sparkline(values: Sequence[float]) -> Drawing:
    """One block per value, as high as its share of the largest."""
    top = max(values, default=0) or 1
    return Drawing("`" + "".join(BLOCKS[round(value / top * (len(BLOCKS) - 1))] for value in values) + "`")


def deviation(share: float, tolerance: float) -> Drawing:
    """How far to which side of equal `│`, on a scale of three tolerances to either."""
    half = WIDTH // 2
    reach = max(-half, min(half, round(share / (3 * tolerance or 1) * half)))
    cells = ["·"] * (WIDTH + 1)
    for place in range(min(half, half + reach), max(half, half + reach) + 1):
        cells[place] = "="
    cells[half] = "│"  # the ASCII one would end the table's cell
    return Drawing(f"`{''.join(cells)}`")


def share(value: float) -> Drawing:
    """A bar of a share from 0 to 1; whatever is more than nothing shows."""
    filled = min(WIDTH, math.ceil(value * WIDTH))
    return Drawing(f"`{'=' * filled}{'·' * (WIDTH - filled)}`")

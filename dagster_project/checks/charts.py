"""Small charts of text, which the UI, a terminal and an alert show alike.

A drawing library would cost each run's start two seconds of import.
"""

import math
from collections.abc import Sequence

WIDTH = 30
BLOCKS = "▁▂▃▄▅▆▇█"
LONGEST_TABLE = 15


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table, its first column words and the others numbers; `none` without rows."""
    if not rows:
        return "none"
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows[:LONGEST_TABLE]]
    text = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
    return text if len(rows) <= LONGEST_TABLE else f"{text}\n\nand {len(rows) - LONGEST_TABLE} more"


def interval(figure: float, bounds: tuple[float, float], band: tuple[float, float]) -> str:
    """The interval `=` with its figure `●` over the band `[ ]`, from nothing to a bit over the largest."""
    top = max(figure, bounds[1], band[1]) * 1.1 or 1.0
    at = [min(round(value / top * (WIDTH - 1)), WIDTH - 1) for value in (*bounds, *band, figure)]
    cells = ["·"] * WIDTH
    cells[at[0] : at[1] + 1] = ["="] * (at[1] - at[0] + 1)
    cells[at[2]], cells[at[3]] = "[", "]"
    cells[at[4]] = "●"
    return f"`{''.join(cells)}`"


def sparkline(values: Sequence[float]) -> str:
    """One block per value, as high as its share of the largest."""
    top = max(values, default=0) or 1
    return "`" + "".join(BLOCKS[round(value / top * (len(BLOCKS) - 1))] for value in values) + "`"


def deviation(share: float, tolerance: float) -> str:
    """How far to which side of equal `|`, on a scale of three tolerances to either."""
    half = WIDTH // 2
    reach = max(-half, min(half, round(share / (3 * tolerance or 1) * half)))
    cells = ["·"] * (WIDTH + 1)
    for place in range(min(half, half + reach), max(half, half + reach) + 1):
        cells[place] = "="
    cells[half] = "|"
    return f"`{''.join(cells)}`"


def share(value: float) -> str:
    """A bar of a share from 0 to 1; whatever is more than nothing shows."""
    filled = min(WIDTH, math.ceil(value * WIDTH))
    return f"`{'=' * filled}{'·' * (WIDTH - filled)}`"

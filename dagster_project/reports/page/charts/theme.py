"""Measures and colours that every picture shares.

Colours are the page's own variables, so that a picture follows it into dark mode and onto paper without being
drawn again.
"""

from typing import Any

ROW = 26

INK, MUTED, FAINT, LINE = "var(--ink)", "var(--muted)", "var(--faint)", "var(--line)"
ACCENT, GHOST, PAPER, BAND = "var(--accent)", "var(--ghost)", "var(--paper)", "var(--band)"
# Lines differ by dashes and names too: never by colour alone.
SERIES = ("var(--accent)", "var(--series-2)", "var(--series-3)", "var(--series-4)", "var(--series-5)")


def when(test: str, value: Any, otherwise: Any) -> dict[str, Any]:
    """Arguments of a channel: `value` where the test holds of a mark.

    Channels are made as what they are (`StrokeValue(**when(…))`): of a plain `alt.condition` or `alt.value`
    Altair tries every schema that might be meant, which takes half of all the time of a page.
    """
    return {"value": otherwise, "condition": {"test": test, "value": value}}


CONFIG: dict[str, Any] = {
    "background": None,
    "aria": False,
    "font": "sans-serif",
    "view": {"stroke": None},
    "padding": {"left": 0, "right": 0, "top": 4, "bottom": 4},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "domainColor": LINE,
        "tickColor": LINE,
        "gridColor": LINE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelPadding": 6,
        "domain": False,
        "ticks": False,
    },
    "header": {"labelColor": INK, "titleColor": INK},
    "legend": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "symbolStrokeColor": ACCENT,
        "symbolBaseStrokeColor": ACCENT,
    },
    "title": {"color": INK, "fontSize": 13, "fontWeight": 600, "anchor": "start", "offset": 8},
    "text": {"color": INK, "fontSize": 12},
}

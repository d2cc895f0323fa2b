"""Charts as a Markdown renderer shows them: names as they stand, whatever a stranger called something."""

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dagster_project.checks.charts import _WORD_JOINER, Drawing, deviation, interval, plain, share, table

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What GitHub's dialect, which Dagster's UI renders, makes a link in a text without markup.
LINKED = re.compile(r"https?://|www\.|[-.\w+]@[-\w]", re.I)
NAMES = [
    "a|b",
    "|",
    "||",
    "a\\|b",
    "\\",
    "ends in \\",
    "![](http://evil.example/pixel.png)",
    "[x](http://evil.example)",
    "[x]: http://evil.example",
    "<http://evil.example>",
    "http://evil.example",
    "HTTPS://evil.example",
    "www.evil.example",
    "jane@example.com",
    "`code`",
    "a`b`",
    "``` fence",
    "<img src=x onerror=alert(1)>",
    "<b>x</b>",
    "<!-- -->",
    "&lt;b&gt; &#124; &amp;",
    "*bold* **bolder**",
    "_it_ __it__ a_b a__b _",
    "~~gone~~ ~~~",
    "# heading",
    "1. list",
    "2) list",
    "- list",
    "+ list",
    "> quote",
    "---",
    "===",
    "two\nlines",
    "| a row |\r\n| of a table |",
    "tab\tand\x0b\x1b[31m",
    "line\u2028separator",
    "õis 字 👍",
]


def _inline(markdown: str) -> list[Token]:
    return [token for token in MARKDOWN.parse(markdown) if token.type == "inline"]


def _text(token: Token) -> str:
    """What is shown; AssertionError for anything but text."""
    assert {child.type for child in token.children or ()} <= {"text", "text_special"}
    return "".join(child.content for child in token.children or ())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_stands(name: str) -> None:
    chart = table(["", "n"], [(name, 1), ("other", share(0.5))])
    cells = _inline(chart)
    assert len(cells) == 6, "two columns, three rows"
    in_cell = _text(cells[2])
    [paragraph] = _inline(plain(name))
    shown = " ".join(re.sub(r"[\x00-\x1f]", " ", name).split())
    for text in (in_cell, _text(paragraph)):
        assert text.replace(_WORD_JOINER, "") == shown
        assert not LINKED.search(text)
    assert MARKDOWN.parse(plain(name))[0].type == "paragraph_open"


@pytest.mark.parametrize("drawing", [share(0.2), deviation(0.5, 0.1), interval(0.3, (0.2, 0.4), (0.1, 0.5))])
def test_a_drawing_is_one_cell_of_code(drawing: Drawing) -> None:
    cells = _inline(table(["", "chart"], [("a", drawing)]))
    assert len(cells) == 4
    [code] = cells[3].children or ()
    assert (code.type, f"`{code.content}`") == ("code_inline", drawing)

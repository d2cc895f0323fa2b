"""The examples of the Markdown files: code blocks with their info string, and commands in running text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"`((?:make|\.venv/bin/|\.ci/|python3? )[^`\n]+)`")


@dataclass(frozen=True)
class Example:
    """One code block. `about` is what follows the language: the file that rows belong to, for example."""

    document: str
    line: int
    language: str
    about: str
    code: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def examples(language: str | None = None, about: str | None = None) -> list[Example]:
    """All code blocks, or those of a language and a subject."""
    return [
        example
        for example in _examples()
        if language in (None, example.language) and about in (None, example.about)
    ]


def _examples() -> Iterator[Example]:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for found in _FENCE.finditer(text):
            yield Example(
                str(document.relative_to(ROOT)),
                text.count("\n", 0, found.start()) + 1,
                found[2],
                found[3].strip(),
                dedent(found[4]),
            )


def commands() -> list[tuple[str, str]]:
    """Each command line of shell blocks and of running text, with the document it is in."""
    found = [
        (str(example), line.partition("  #")[0].strip())
        for example in examples("sh")
        for line in example.code.splitlines()
        if line.strip()
    ]
    found += [
        (str(document.relative_to(ROOT)), span)
        for document in DOCUMENTS
        for span in _COMMAND.findall(document.read_text(encoding="utf-8"))
    ]
    return sorted({(line, where) for where, line in found})

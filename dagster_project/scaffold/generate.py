"""Fills in a folder of templates: `NAME` and `TOPIC` in paths, `$name` and the like in contents."""

import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).parent
NEW, ADDED = ".template", ".append"
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class FilesExistError(Exception):
    """Files to be written are there already; nothing was written. The message is a sentence for a person."""


def generate(kind: str, root: Path, values: Mapping[str, str]) -> list[Path]:
    """Write the templates of `kind` (source, mart) below `root`; `values` are the words to fill in.

    What ends in `.append` is added to a file that is there. Returns the paths written, relative to `root`.
    Raises FilesExistError rather than overwrite.
    """
    folder = TEMPLATES / kind
    templates = {
        _target(path.relative_to(folder), values): path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (NEW, ADDED)
    }
    new = [target for target, path in templates.items() if path.suffix == NEW]
    if existing := [str(target) for target in new if (root / target).exists()]:
        raise FilesExistError(
            f"Nothing was written, since {' and '.join(existing)} exist already: choose another name or "
            "remove them."
        )
    for target, template in templates.items():
        text = Template(template.read_text(encoding="utf-8")).substitute(values)
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        with (root / target).open("w" if target in new else "a", encoding="utf-8") as file:
            file.write(_with_sorted_imports(text))
    return list(templates)


def _target(template: Path, values: Mapping[str, str]) -> Path:
    text = str(template.with_suffix(""))
    for word, value in values.items():
        text = text.replace(word.upper(), value)
    return Path(text)


def _with_sorted_imports(text: str) -> str:
    """Where a source's own package sorts among the imports follows from its name."""
    lines: list[str] = []
    for is_import, block in groupby(text.splitlines(), lambda line: line.startswith("from dagster_project.")):
        run = list(block)
        lines += sorted(run, key=lambda line: line.split()[1]) if is_import else run
    return "\n".join(lines) + "\n"

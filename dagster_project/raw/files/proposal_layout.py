"""Where the records of a file of unknown layout are: below lines of a title, or in a list of a document."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from dagster_project.raw.files.csv_reading import DELIMITERS
from dagster_project.raw.files.proposal_doubts import VALUE

# A document, or an answer of several pages, in which the records are.
MOST_DOCUMENTS = 5
MOST_STEPS = 3


def table_in(lines: Sequence[str]) -> tuple[int, str] | None:
    """How many lines stand before the header, and the delimiter; None where no lines have as many cells.

    Of several tables the longest: tools write a table of one row about the report before its own.
    """
    found = [
        (rows, cells, -start, sign) for sign in DELIMITERS for start, cells, rows in _tables(lines, sign)
    ]
    if not found:
        return None
    _, _, start, sign = max(found)
    return -start, sign


def _tables(lines: Sequence[str], sign: str) -> Iterator[tuple[int, int, int]]:
    """Per row that may be a header: the line it starts at, its cells, and the rows below with as many."""
    rows = list(_rows(lines, sign))
    for number, (start, cells) in enumerate(rows):
        if len(cells) < 2 or any(_is_value(cell) for cell in cells):
            continue
        below = 0
        for _, others in rows[number + 1 :]:
            if len(others) != len(cells):
                break
            below += 1
        if below:
            yield start, len(cells), below


def _rows(lines: Sequence[str], sign: str) -> Iterator[tuple[int, list[str]]]:
    quoting: Literal[0] = csv.QUOTE_MINIMAL
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=sign, quoting=quoting)
    start = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a quote or a NUL that a table of this delimiter has not
            cells = []
        yield start, cells
        start = reader.line_num


def _is_value(cell: str) -> bool:
    text = cell.strip().strip("=\"'")
    return bool(VALUE.fullmatch(text)) or text.replace(" ", "").isdecimal()


def list_in(records: Sequence[Any]) -> str | None:
    """The path of the longest list of objects in a document; None where the records themselves are events."""
    if len(records) > MOST_DOCUMENTS:
        return None
    lengths: dict[str, int] = {}
    for record in records:
        for path, length in _lists(record):
            lengths[path] = lengths.get(path, 0) + length
    longest = max(lengths, key=lengths.__getitem__, default=None)
    return longest if longest is not None and lengths[longest] > len(records) else None


def _lists(value: Any, before: str = "", depth: int = 0) -> Iterator[tuple[str, int]]:
    if not isinstance(value, dict) or depth > MOST_STEPS:
        return
    for key, inner in value.items():
        if isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner):
            yield f"{before}{key}", len(inner)
        yield from _lists(inner, f"{before}{key}.", depth + 1)


def element_of(record: Any, path: str) -> Any:
    """The first element of the list at `path`; None where there is none."""
    for step in path.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    return record[0] if isinstance(record, list) and record else None

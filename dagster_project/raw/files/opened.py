"""An event file as DuckDB reads it, and the error of one that cannot be read."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from dagster_project.raw.errors import WarehouseError
from dagster_project.sources.core.redaction import without_addresses


@dataclass(frozen=True)
class OpenedFile:
    """`relation` has the text columns `columns`; `properties` and `record` are SQL over it.

    `names` are all columns of the file, or of JSON lines those of the first; None where they are not known.

    `defect` is SQL that is true for a row that can be read but cannot be an event, with the reason. With
    `has_rejects`, rows that DuckDB rejects while it reads `relation` go to temp table `_rejected`. With
    `has_nul`, texts may contain NUL characters. `is_too_deep` is SQL that is true for a row whose properties
    are nested too deeply, or None where none can be. `every_row` is a relation with the rows that the feed's
    rules leave out too, or None where there is no such rule; `requirements` are of a file without rows.
    `is_number` is SQL that is true where the revenue is a number of the file's, not a text; None where all
    are texts. With `has_lines` there is text below the header, which has so many `breaks` of
    lines and its cells between `delimiter`. `without_rows` is SQL of the number of records that give no row.
    """

    relation: str
    columns: tuple[str, ...]
    properties: str
    record: str
    has_rejects: bool
    has_nul: bool
    names: Collection[str] | None = ()
    defect: tuple[str, str] | None = None
    is_too_deep: str | None = None
    every_row: str | None = None
    requirements: tuple[tuple[str, str], ...] = ()
    is_number: str | None = None
    has_lines: bool = False
    breaks: int = 0
    delimiter: str | None = None
    without_rows: str | None = None


MOST_NAMED = 12
# What a name of a column hardly has, and a person's row does: it is not repeated.
VALUE = re.compile(r"@|\d{5}|\d{4}-\d\d-\d\d|\d[./]\d{1,2}[./]\d")


def names_said(names: Collection[str] | None, wanted: str) -> str:
    """What columns a file has, for the sentence that it lacks one; the most alike alone, if there is one."""
    if any(VALUE.search(name) for name in names or ()):
        return " (its first line has values where a header has names)"
    plain = {name.casefold().strip(): name for name in sorted(names or ())}
    if alike := get_close_matches(wanted.casefold(), plain, n=1, cutoff=0.75):
        return f" (it has {without_addresses(plain[alike[0]])})"
    shown = [without_addresses(name) for name in list(names or ())[:MOST_NAMED]]
    return f" (it has {', '.join(shown)}{', …' if len(names or ()) > MOST_NAMED else ''})" if shown else ""


class UnreadableFileError(WarehouseError):
    """The file as a whole is not of its format."""


class MixedLineEndsError(UnreadableFileError):
    """Some lines end in CR LF and others in LF, which the engine does not read."""

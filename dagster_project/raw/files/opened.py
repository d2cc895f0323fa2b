"""An event file as DuckDB reads it, and the error of one that cannot be read."""

from collections.abc import Collection
from dataclasses import dataclass

from dagster_project.raw.errors import WarehouseError


@dataclass(frozen=True)
class OpenedFile:
    """`relation` has the text columns `columns`; `properties` and `record` are SQL over it.

    `names` are all columns of the file, or of JSON those of its first lines.

    `defect` is SQL that is true for a row that can be read but cannot be an event, with the reason. With
    `has_rejects`, rows that DuckDB rejects while it reads `relation` go to temp table `_rejected`. With
    `has_nul`, texts may contain NUL characters. `is_too_deep` is SQL that is true for a row whose properties
    are nested too deeply, or None where none can be.
    """

    relation: str
    columns: tuple[str, ...]
    properties: str
    record: str
    has_rejects: bool
    has_nul: bool
    names: Collection[str] = ()
    defect: tuple[str, str] | None = None
    is_too_deep: str | None = None


class UnreadableFileError(WarehouseError):
    """The file as a whole is not of its format."""

"""Opening one landed event file in DuckDB: a relation of text columns, and the rows that cannot be read."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from dagster_project.sources.event_files import Feed
from dagster_project.warehouse.errors import WarehouseError
from dagster_project.warehouse.sql import literal, quoted

LONGEST_LINE = 16 << 20  # bytes


@dataclass(frozen=True)
class OpenedFile:
    """`relation` gives the text columns `columns`; `properties` and `record` are SQL over it.

    Rows that DuckDB refuses while `relation` is read go to temp table `_rejected` when `has_rejects`.
    """

    relation: str
    columns: tuple[str, ...]
    properties: str
    record: str
    has_rejects: bool


class UnreadableFileError(WarehouseError):
    """The file as a whole is not of its format."""


def open_file(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> OpenedFile | None:
    """The file at `path`, or None when it holds nothing; raises UnreadableFileError."""
    if path.stat().st_size == 0:
        return None
    try:
        match feed.format:
            case "csv":
                return _csv(connection, feed, path)
            case "jsonl":
                return _json_lines(feed, path)
            case _:
                return _parquet(connection, feed, path)
    except duckdb.Error as error:
        raise UnreadableFileError(f"the file is not {feed.format}: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """What DuckDB says, without its advice."""
    return str(error).splitlines()[0][:300]


def _csv(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> OpenedFile:
    options = f"header = true, all_varchar = true, compression = {literal(_compression(path))}"
    columns = _describe(connection, f"read_csv({literal(str(path))}, {options}, ignore_errors = true)")
    relation = (
        f"read_csv({literal(str(path))}, {options}, store_rejects = true, rejects_table = '_rejected', "
        "rejects_scan = '_rejected_scans')"
    )
    return OpenedFile(relation, columns, _unmapped(feed, columns), _as_json(columns), has_rejects=True)


def _parquet(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> OpenedFile:
    scan = f"read_parquet({literal(str(path))})"
    columns = _describe(connection, scan)
    # properties keep numbers as numbers: they are built below the casts
    kept = [column for column in columns if column in feed.columns.values()]
    texts = ", ".join(f"{quoted(column)}::varchar as {quoted(column)}" for column in kept)
    relation = (
        f"(select {texts + ', ' if texts else ''}{_unmapped(feed, columns)} as _properties from {scan})"
    )
    record = f"json_merge_patch({_as_json(tuple(kept))}, coalesce(_properties, '{{}}'))"
    return OpenedFile(relation, tuple(kept), "_properties", record, has_rejects=False)


def _json_lines(feed: Feed, path: Path) -> OpenedFile:
    columns = tuple(dict.fromkeys(feed.columns.values()))
    structure = literal(msgspec.json.encode(dict.fromkeys(columns, "VARCHAR")).decode())
    without = literal(msgspec.json.encode(dict.fromkeys(columns)).decode())
    # a line that is no object has no fields, so that it is found to be no event, and its text is kept
    relation = f"""(
        select unnest(json_transform(if(_is_object, _line, '{{}}'), {structure})), _line, _is_object
        from (
            select _line, json_valid(_line) and json_type(_line) = 'OBJECT' as _is_object
            from read_csv({literal(str(path))}, auto_detect = false, delim = '', quote = '', escape = '',
                header = false, columns = {{'_line': 'VARCHAR'}}, compression = {literal(_compression(path))},
                max_line_size = {LONGEST_LINE}, strict_mode = false, store_rejects = true,
                rejects_table = '_rejected', rejects_scan = '_rejected_scans')
        )
        where trim(_line, e' \\t\\r') <> ''
    )"""
    properties = f"nullif(json_merge_patch(if(_is_object, _line, '{{}}'), {without})::varchar, '{{}}')"
    return OpenedFile(relation, columns, properties, "_line", has_rejects=True)


def _compression(path: Path) -> str:
    return {".gz": "gzip", ".zst": "zstd"}.get(path.suffix, "none")


def _describe(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    return tuple(name for name, *_ in connection.execute(f"describe select * from {relation}").fetchall())


def _unmapped(feed: Feed, columns: tuple[str, ...]) -> str:
    left = tuple(column for column in columns if column not in feed.columns.values())
    return _as_json(left) if left else "null::json"


def _as_json(columns: tuple[str, ...]) -> str:
    return "json_object(" + ", ".join(f"{literal(c)}, {quoted(c)}" for c in columns) + ")"

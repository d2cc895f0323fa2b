"""Opening one landed event file in DuckDB: a relation of text columns, and the rows that cannot be read."""

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import zstandard

from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.event_files import Feed

MAX_LINE_BYTES = 16 << 20  # bytes
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class OpenedFile:
    """`relation` has the text columns `columns`; `properties` and `record` are SQL over it.

    `defect` is SQL that is true for a row that can be read but cannot be an event, with the reason. With
    `has_rejects`, rows that DuckDB rejects while it reads `relation` go to temp table `_rejected`.
    """

    relation: str
    columns: tuple[str, ...]
    properties: str
    record: str
    has_rejects: bool
    defect: tuple[str, str] | None = None


class UnreadableFileError(WarehouseError):
    """The file as a whole is not of its format."""


def open_file(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> OpenedFile | None:
    """The file at `path`, or None when it is empty; raises UnreadableFileError."""
    if path.stat().st_size == 0:
        return None
    try:
        match feed.format:
            case "csv":
                opened = _csv(feed, path)
            case "jsonl":
                opened = _json_lines(feed, path)
            case _:
                opened = _parquet(connection, feed, path)
    except duckdb.Error as error:
        raise UnreadableFileError(f"the file is not {feed.format}: {first_line(error)}") from error
    if not set(opened.columns) & set(feed.columns.values()):
        raise UnreadableFileError(f"the file has none of the columns {', '.join(feed.columns.values())}")
    return opened


def first_line(error: Exception) -> str:
    """DuckDB's message without its advice."""
    return str(error).splitlines()[0][:300]


def _csv(feed: Feed, path: Path) -> OpenedFile:
    """Delimiter and names come from the header line: one bad row makes DuckDB's sniffer drop the quoting."""
    delimiter, columns = _header(path)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    relation = (
        f"read_csv({literal(str(path))}, auto_detect = false, header = true, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{types}}}, compression = {literal(_compression(path))}, "
        "store_rejects = true, rejects_table = '_rejected', rejects_scan = '_rejected_scans')"
    )
    return OpenedFile(relation, columns, _unmapped(feed, columns), _as_json(columns), has_rejects=True)


def _header(path: Path) -> tuple[str, tuple[str, ...]]:
    """The delimiter, which is the most frequent one of the first line, and the names, made unique."""
    openers: dict[str, Callable[..., Any]] = {"gzip": gzip.open, "zstd": zstandard.open}
    try:
        with openers.get(_compression(path), open)(path, "rb") as handle:
            line = io.BufferedReader(handle).readline(MAX_LINE_BYTES).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError, zstandard.ZstdError) as error:
        raise UnreadableFileError(
            f"the file is not UTF-8 text with the compression that its name says: {error}"
        ) from error
    delimiter = max(DELIMITERS, key=line.count)
    names = next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    unique: list[str] = []
    for position, name in enumerate(names, start=1):
        plain = name.strip() or f"column_{position}"
        taken = {other.lower() for other in unique}
        unique.append(plain if plain.lower() not in taken else f"{plain}_{position}")
    return delimiter, tuple(unique)


def _parquet(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> OpenedFile:
    scan = f"read_parquet({literal(str(path))})"
    columns = _describe(connection, scan)
    # properties keep numbers as numbers, so they are built before the casts
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
    # a line that is not an object has no fields; `defect` quarantines it with its text
    relation = f"""(
        select unnest(json_transform(if(_is_object, _line, '{{}}'), {structure})), _line, _is_object
        from (
            select _line, case when json_valid(_line) then json_type(_line) = 'OBJECT' else false end
                as _is_object
            from read_csv({literal(str(path))}, auto_detect = false, delim = '', quote = '', escape = '',
                header = false, columns = {{'_line': 'VARCHAR'}}, compression = {literal(_compression(path))},
                max_line_size = {MAX_LINE_BYTES}, strict_mode = false, store_rejects = true,
                rejects_table = '_rejected', rejects_scan = '_rejected_scans')
        )
        where trim(_line, e' \\t\\r') <> ''
    )"""
    properties = f"nullif(json_merge_patch(if(_is_object, _line, '{{}}'), {without})::varchar, '{{}}')"
    defect = ("not _is_object", "the line is not a JSON object")
    return OpenedFile(relation, columns, properties, "_line", has_rejects=True, defect=defect)


def _compression(path: Path) -> str:
    return {".gz": "gzip", ".zst": "zstd"}.get(path.suffix, "none")


def _describe(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    return tuple(name for name, *_ in connection.execute(f"describe select * from {relation}").fetchall())


def _unmapped(feed: Feed, columns: tuple[str, ...]) -> str:
    left = tuple(column for column in columns if column not in feed.columns.values())
    return _as_json(left) if left else "null::json"


def _as_json(columns: tuple[str, ...]) -> str:
    return "json_object(" + ", ".join(f"{literal(c)}, {quoted(c)}" for c in columns) + ")"

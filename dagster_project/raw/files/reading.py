"""Opening one landed event file in DuckDB: a relation of text columns, and the rows that cannot be read."""

import csv
import re
from collections.abc import Iterable, Sequence
from itertools import dropwhile
from pathlib import Path

import duckdb
import msgspec

from dagster_project.raw.files.inspection import (
    ADVICE,
    MAX_DEPTH,
    MAX_LINE_BYTES,
    PAIRS,
    PASSES,
    Inspection,
    inspect,
    refuse_inflated,
)
from dagster_project.raw.files.opened import OpenedFile, UnreadableFileError
from dagster_project.raw.sql import count, literal, quoted
from dagster_project.sources.core.redaction import without_addresses
from dagster_project.sources.event_files import Feed

DELIMITERS = (",", ";", "\t", "|")
MIXED_LINE_ENDS = "some of its lines end in CR and others in LF or CR LF"
# The line with which spreadsheets name the delimiter, before the header.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


def open_file(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> OpenedFile | None:
    """The file at `path`, or None when it is empty; raises UnreadableFileError."""
    if path.stat().st_size == 0:
        return None
    try:
        match feed.format:
            case "parquet":
                opened = _parquet(connection, feed, path)
            case format_:
                inspection = inspect(path, format_)
                if not any(inspection.lines):
                    return None
                read = _csv if format_ == "csv" else _json_lines
                opened = read(feed, path, inspection)
    except duckdb.Error as error:
        raise UnreadableFileError(f"the file is not {feed.format}: {first_line(error)}; {ADVICE}") from error
    if not set(opened.columns) & set(feed.columns.values()):
        raise UnreadableFileError(
            f"the file has none of the columns {', '.join(feed.columns.values())}; correct the file or the "
            "columns of its feed"
        )
    return opened


def first_line(error: Exception) -> str:
    """DuckDB's message without its advice."""
    if "state machine" in str(error):  # of its parser, which cannot say more
        return MIXED_LINE_ENDS
    return without_addresses(str(error).splitlines()[0])[:300]


def _csv(feed: Feed, path: Path, inspection: Inspection) -> OpenedFile:
    """Delimiter and names come from the header line: one bad row makes DuckDB's sniffer drop the quoting."""
    lines = list(dropwhile(lambda line: not line.strip(), inspection.lines))
    named = SEPARATOR_LINE.fullmatch(lines[0].strip(" "))
    header = _header(lines[1:] if named else lines)
    skipped = len(inspection.lines) - len(lines) + bool(named)
    header_lines = range(skipped, skipped + 1 + header.count("\n"))
    if inspection.undecodable & set(header_lines):  # of rows, each is quarantined alone
        raise UnreadableFileError("the first line is not UTF-8 text; export the file as UTF-8")
    delimiter = named[1] if named else max(DELIMITERS, key=header.count)
    columns = _names(header, delimiter)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    relation = (
        f"read_csv({literal(str(path))}, auto_detect = false, header = true, skip = {skipped}, "
        f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', columns = {{{types}}}, "
        f"compression = {literal(inspection.compression)}, "
        "store_rejects = true, rejects_table = '_rejected', rejects_scan = '_rejected_scans')"
    )
    properties, record = _unmapped(feed, columns), _as_json(columns)
    return OpenedFile(
        relation, columns, properties, record, has_rejects=True, has_nul=inspection.has_nul, names=columns
    )


def _header(lines: Sequence[str]) -> str:
    """The first line, with those that follow it while a quote is open."""
    for lines_read in range(1, len(lines) + 1):
        header = "\n".join(lines[:lines_read])
        if header.count('"') % 2 == 0:
            return header
    return lines[0] if lines else ""


def _names(header: str, delimiter: str) -> tuple[str, ...]:
    """The header's names, made unique."""
    try:
        if "\0" in header:
            raise csv.Error("it has a NUL character")
        if "\r" in header and '"' not in header:
            raise csv.Error(MIXED_LINE_ENDS)
        names = next(csv.reader([f"{line}\n" for line in header.split("\n")], delimiter=delimiter), [])
    except csv.Error as error:
        raise UnreadableFileError(
            f"the first line is not a CSV header ({error}); correct its quotes and its line end"
        ) from error
    unique: list[str] = []
    for position, name in enumerate(names, start=1):
        plain = name.strip() or f"column_{position}"
        taken = {other.lower() for other in unique}
        unique.append(plain if plain.lower() not in taken else f"{plain}_{position}")
    return tuple(unique)


def _parquet(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> OpenedFile:
    scan = f"read_parquet({literal(str(path))})"
    columns = _column_types(connection, scan)
    # a value that is repeated takes no room in the file, and a byte at least in a table
    size = count(
        connection,
        f"""
        select greatest(
            (select sum(total_uncompressed_size) from parquet_metadata({literal(str(path))})),
            (select sum(num_rows) * {len(columns)} from parquet_file_metadata({literal(str(path))})),
            0
        )
        """,
    )
    refuse_inflated(size, path.stat().st_size)
    # properties keep numbers as numbers, so they are built before the casts
    kept = [column for column in columns if column in feed.columns.values()]
    texts = ", ".join(f"{_as_text(column, columns[column])} as {quoted(column)}" for column in kept)
    relation = (
        f"(select {texts + ', ' if texts else ''}{_unmapped(feed, columns)} as _properties from {scan})"
    )
    record = f"json_merge_patch({_as_json(tuple(kept))}, coalesce(_properties, '{{}}'))"
    return OpenedFile(
        relation, tuple(kept), "_properties", record, has_rejects=False, has_nul=True, names=columns
    )


def _json_lines(feed: Feed, path: Path, inspection: Inspection) -> OpenedFile:
    columns = tuple(dict.fromkeys(feed.columns.values()))
    structure = literal(msgspec.json.encode(dict.fromkeys(columns, "VARCHAR")).decode())
    without = literal(msgspec.json.encode(dict.fromkeys((*columns, *feed.exclude))).decode())
    # a line that is not an object has no fields; `defect` quarantines it with its text
    relation = f"""(
        select unnest(json_transform(if(_is_object, _line, '{{}}'), {structure})), _line, _is_object
        from (
            select _line, case when json_valid(_line) then json_type(_line) = 'OBJECT' else false end
                as _is_object
            from read_csv({literal(str(path))}, auto_detect = false, delim = '', quote = '', escape = '',
                header = false, columns = {{'_line': 'VARCHAR'}},
                compression = {literal(inspection.compression)}, max_line_size = {MAX_LINE_BYTES},
                strict_mode = false, store_rejects = true,
                rejects_table = '_rejected', rejects_scan = '_rejected_scans')
        )
        where trim(_line, e' \\t\\r') <> ''
    )"""
    properties = _without_nulls(f"json_merge_patch(if(_is_object, _line, '{{}}'), {without})", "_line")
    defect = ("not _is_object", "the line is not a JSON object")
    return OpenedFile(
        relation,
        columns,
        properties,
        "_line",
        has_rejects=True,
        has_nul=inspection.has_nul,
        names={name for line in inspection.lines for name in _members(line)},
        defect=defect,
        is_too_deep=_is_too_deep("_line") if inspection.is_deep else None,
    )


def _members(line: str) -> Iterable[str]:
    """The names of a JSON object's members; none of another line."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return ()
    return found if isinstance(found, dict) else ()


def _column_types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    rows = connection.execute(f"describe select * from {relation}").fetchall()
    return {name: type_ for name, type_, *_ in rows}


def _as_text(column: str, type_: str) -> str:
    """SQL of a column as text; an object or list as JSON writes it."""
    is_nested = type_.startswith(("STRUCT", "MAP", "UNION")) or type_.endswith("]")
    return f"to_json({quoted(column)})::varchar" if is_nested else f"{quoted(column)}::varchar"


def _unmapped(feed: Feed, columns: Iterable[str]) -> str:
    """SQL of the columns for `properties`, by name, so that another order of columns is the same row."""
    left = tuple(sorted(set(columns) - set(feed.columns.values()) - set(feed.exclude)))
    return _without_nulls(_as_json(left), None) if left else "null::json"


def _without_nulls(json: str, text: str | None) -> str:
    """SQL of `json` without members that are null: a column that a file lacks is equal to an empty one.

    Only where `text`, the source of `json`, may have a null, because merging costs as much as reading.
    """
    merged = f"nullif(json_merge_patch('{{}}', {json})::varchar, '{{}}')"
    if text is None:
        return merged
    return f"case when contains({text}, 'null') then {merged} else nullif(({json})::varchar, '{{}}') end"


def _is_too_deep(text: str) -> str:
    """SQL that is true for JSON whose brackets, without closed pairs, open more often than MAX_DEPTH."""
    brackets = f"regexp_replace({text}, '[^][{{}}]', '', 'g')"
    for pair in PAIRS * PASSES:
        brackets = f"replace({brackets}, {literal(pair.decode())}, '')"
    return f"regexp_matches({brackets}, '[[{{]{{{MAX_DEPTH}}}')"


def _as_json(columns: tuple[str, ...]) -> str:
    return "json_object(" + ", ".join(f"{literal(c)}, {quoted(c)}" for c in columns) + ")"

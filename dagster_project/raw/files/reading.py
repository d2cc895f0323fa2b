"""Opening one landed event file in DuckDB: a relation of text columns, and the rows that cannot be read."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb

from dagster_project.raw.files.csv_reading import MIXED_LINE_ENDS, MOST_BEFORE_HEADER, open_csv
from dagster_project.raw.files.inspection import ADVICE, inspect, refuse_inflated
from dagster_project.raw.files.json_reading import open_json, open_json_lines, open_nested_parquet
from dagster_project.raw.files.opened import (
    MixedLineEndsError,
    OpenedFile,
    UnreadableFileError,
    names_said,
)
from dagster_project.raw.files.prepared import prepared
from dagster_project.raw.files.properties import as_json, flat_properties
from dagster_project.raw.files.row_rules import (
    combined,
    condition,
    file_columns,
    filled,
    is_number,
    requirements,
)
from dagster_project.raw.sql import count, literal, quoted
from dagster_project.sources.core.redaction import without_addresses
from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.file_format import path_parts

READERS = {"csv": open_csv, "json": open_json, "jsonl": open_json_lines}
NUMBER = re.compile("U?(TINY|SMALL|BIG|HUGE)?INT|DECIMAL|DOUBLE|FLOAT", re.ASCII)
# Of a double, the numbers up to here are all different.
EXACT_DOUBLES = 1 << 53


@contextmanager
def readable(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> Iterator[OpenedFile | None]:
    """The file at `path` for the block, by way of a copy where it cannot be read as it is.

    None when it is empty; raises UnreadableFileError.
    """
    with ExitStack() as stack:
        try:
            opened = open_file(connection, feed, stack.enter_context(prepared(feed, path)))
        except MixedLineEndsError:
            copy = stack.enter_context(prepared(feed, path, has_mixed_ends=True))
            opened = open_file(connection, feed, copy)
        yield opened


def open_file(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> OpenedFile | None:
    """The file at `path`, or None when it is empty; raises UnreadableFileError."""
    if path.stat().st_size == 0:
        return None
    try:
        if feed.format == "parquet":
            opened = _parquet(connection, feed, path)
        else:
            rules = feed.file_format
            skipped = rules.skip if rules.header is None else MOST_BEFORE_HEADER
            inspection = inspect(path, feed.format, skipped, rules.quote)
            if not any(inspection.lines):
                return None
            if inspection.has_mixed_ends:
                raise MixedLineEndsError(MIXED_LINE_ENDS)
            opened = READERS[feed.format](feed, path, inspection)
    except duckdb.Error as error:
        raise UnreadableFileError(f"the file is not {feed.format}: {first_line(error)}; {ADVICE}") from error
    if not set(opened.columns) & set(feed.columns.values()):
        said = names_said(opened.names, feed.columns["occurred_at"])
        raise UnreadableFileError(
            f"the file has none of the columns {', '.join(feed.columns.values())}{said}; correct the file or "
            "the columns of its feed"
        )
    return opened


def first_line(error: Exception) -> str:
    """DuckDB's message without its advice."""
    if "state machine" in str(error):  # of its parser, which cannot say more
        return MIXED_LINE_ENDS
    return without_addresses(str(error).splitlines()[0])[:300]


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
    is_nested = any(name not in columns and path_parts(name) for name in file_columns(feed))
    has_label = any(name in feed.file_format.combined for name in feed.property_columns.values())
    if feed.file_format.explode or is_nested or has_label:
        return open_nested_parquet(feed, scan)
    # properties keep numbers as numbers, so they are built before the casts
    kept = [column for column in columns if column in file_columns(feed)]
    texts = ", ".join(f"{_as_text(column, columns[column])} as {quoted(column)}" for column in kept)
    relation = (
        f"(select {texts + ', ' if texts else ''}{flat_properties(feed, columns)} as _properties from {scan})"
    )
    record = f"json_merge_patch({as_json(tuple(kept))}, coalesce(_properties, '{{}}'))"
    every, with_labels = combined(feed, filled(feed, relation, kept), kept)
    rows = condition(feed, kept)
    return OpenedFile(
        f"(select * from {every} where {rows})" if rows else every,
        with_labels,
        "_properties",
        record,
        has_rejects=False,
        has_nul=True,
        names=columns,
        every_row=every if rows else None,
        requirements=requirements(feed, every),
        is_number=is_number(feed, {name: "true" for name in kept if NUMBER.match(columns[name])}),
    )


def _column_types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    rows = connection.execute(f"describe select * from {relation}").fetchall()
    return {name: type_ for name, type_, *_ in rows}


def _as_text(column: str, type_: str) -> str:
    """SQL of a column as text; an object or list as JSON writes it, a whole double without its fraction."""
    is_nested = type_.startswith(("STRUCT", "MAP", "UNION")) or type_.endswith("]")
    if is_nested:
        return f"to_json({quoted(column)})::varchar"
    if type_ in ("DOUBLE", "FLOAT"):
        is_whole = f"abs({quoted(column)}) < {EXACT_DOUBLES} and {quoted(column)} = trunc({quoted(column)})"
        return (
            f"case when {is_whole} then cast({quoted(column)} as bigint)::varchar "
            f"else {quoted(column)}::varchar end"
        )
    return f"{quoted(column)}::varchar"

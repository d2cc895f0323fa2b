"""The slow path of a load: quarantine invalid records with a reason and return the valid ones.

Runs only on a partition that the fast path could not load. It reads raw lines, so that any byte sequence can
be read.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from dagster_project.raw.addresses import masked
from dagster_project.raw.sql import literal
from dagster_project.raw.streams.shape import Shape

MAX_LINE_BYTES = 64 << 20  # a longer record stops the load with DuckDB's message


def quarantine_invalid_records(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    stream: str,
    shape: Shape,
    files: Sequence[str],
    now: datetime,
) -> str:
    """Quarantine the invalid records of `files`; returns the relation of the others, as the fast path reads.

    Expects temp table `_batch`; runs inside the caller's transaction.
    """
    _read_lines(connection, files)
    _validate(connection, shape)
    connection.execute(
        f"""
        insert into raw._quarantine
        select $source, $stream, _batch._partition, _batch._landed_file, {masked("invalid._reason")},
            {masked("invalid._line")}, $now::timestamptz
        from (
            select _file, _line, _reason from _validated where _reason is not null
            union all
            select _file, csv_line, 'the record is not UTF-8' from _undecodable
        ) as invalid
        join _batch on invalid._file = _batch._file
        """,
        {"source": source, "stream": stream, "now": now},
    )
    return "_valid"


def _read_lines(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    """Temp tables `_lines` (file, line) and `_undecodable` (lines that are not UTF-8)."""
    names = ", ".join(literal(file) for file in files)
    for table in ("_rejected", "_rejected_scans"):
        connection.execute(f"drop table if exists {table}")
    connection.execute(f"""
        create or replace temp table _lines as
        select _file, _line
        from read_csv([{names}], auto_detect = false, delim = '', quote = '', escape = '', header = false,
            new_line = '\\n', columns = {{'_line': 'VARCHAR'}}, compression = 'zstd', filename = '_file',
            max_line_size = {MAX_LINE_BYTES}, store_rejects = true, rejects_table = '_rejected',
            rejects_scan = '_rejected_scans')
    """)
    connection.execute("""
        create or replace temp table _undecodable as
        select scans.file_path as _file, rejected.csv_line
        from _rejected as rejected
        join _rejected_scans as scans on rejected.scan_id = scans.scan_id and rejected.file_id = scans.file_id
    """)


def _validate(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Temp table `_validated`: every line with its fields as columns and the first reason it is invalid."""
    containers = " ".join(
        f"when coalesce(json_type(_line, {literal(path)}), 'NULL') not in ('NULL', '{wanted}') "
        f"then {literal(f'{path} should be {wanted} and is ')} || json_type(_line, {literal(path)})"
        for path, wanted in shape.containers.items()
    )
    casts = " ".join(
        f"when {value.is_invalid} then {literal(f'{value.column.name} is not a {value.column.type}: ')} "
        f"|| left({masked(f'({value.text})::varchar')}, 100)"
        for value in shape.values
        if value.is_invalid
    )
    impossible = " ".join(
        f"when {value.time.is_implausible(value.uncertain)} "
        f"then {literal(f'{value.column.name} is not a plausible time: ')} || left({masked(value.text)}, 100)"
        for value in shape.values
        if value.time and value.time.is_own_time
    )
    connection.execute("""
        create or replace temp table _parsed as
        select _file, _line, case
            when not json_valid(_line) then 'the record is not valid JSON'
            when json_type(_line) <> 'OBJECT' then 'the record is not a JSON object but ' || json_type(_line)
        end as _parse_error,
        from _lines
    """)
    connection.execute(
        f"""
        create or replace temp table _validated as
        with shaped as (
            select
                _file,
                _line,
                _parse_error,
                unnest(json_transform(case when _parse_error is null then _line else '{{}}' end, $structure)),
            from _parsed
        )
        select
            shaped.*,
            case
                when _parse_error is not null then _parse_error {containers} {casts} {impossible}
            end as _reason,
        from shaped
        join _batch on shaped._file = _batch._file
        """,
        {"structure": shape.structure},
    )
    connection.execute("create or replace temp view _valid as select * from _validated where _reason is null")

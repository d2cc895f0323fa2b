"""The slow path: find the records that do not fit, quarantine them with a reason, and hand on the rest.

Runs only on a partition that the fast path refused. It reads raw lines, so that any byte sequence gets
through.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from dagster_project.raw.sql import literal, masked, masked_record
from dagster_project.raw.streams.shape import Shape

LONGEST_LINE = 64 << 20  # bytes; a longer record stops the load with DuckDB's own message


def set_misfits_apart(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    stream: str,
    shape: Shape,
    files: Sequence[str],
    now: datetime,
) -> str:
    """Quarantine the misfits of `files`; returns the relation of all other records, in the fast path's shape.

    Expects temp table `_batch`; runs inside the caller's transaction.
    """
    _read_lines(connection, files)
    _judge(connection, shape)
    connection.execute(
        f"""
        insert into raw._quarantine
        select $source, $stream, _batch._partition, _batch._landed_file, {masked("judged._reason")},
            {masked_record("judged._line")}, $now::timestamptz
        from (
            select _file, _line, _reason from _judged where _reason is not null
            union all
            select _file, csv_line, 'the record is not UTF-8' from _unreadable
        ) as judged
        join _batch on judged._file = _batch._file
        """,
        {"source": source, "stream": stream, "now": now},
    )
    return "_fitting"


def _read_lines(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    """Temp tables `_lines` (file, line) and `_unreadable` (lines that are no UTF-8)."""
    names = ", ".join(literal(file) for file in files)
    for table in ("_rejected", "_rejected_scans"):
        connection.execute(f"drop table if exists {table}")
    connection.execute(f"""
        create or replace temp table _lines as
        select _file, _line
        from read_csv([{names}], auto_detect = false, delim = '', quote = '', escape = '', header = false,
            new_line = '\\n', columns = {{'_line': 'VARCHAR'}}, compression = 'zstd', filename = '_file',
            max_line_size = {LONGEST_LINE}, store_rejects = true, rejects_table = '_rejected',
            rejects_scan = '_rejected_scans')
    """)
    connection.execute("""
        create or replace temp table _unreadable as
        select scans.file_path as _file, rejected.csv_line
        from _rejected as rejected
        join _rejected_scans as scans on rejected.scan_id = scans.scan_id and rejected.file_id = scans.file_id
    """)


def _judge(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Temp table `_judged`: every line with the first reason against it, and its fields as columns."""
    containers = " ".join(
        f"when coalesce(json_type(_line, {literal(path)}), 'NULL') not in ('NULL', '{wanted}') "
        f"then {literal(f'{path} should be {wanted} and is ')} || json_type(_line, {literal(path)})"
        for path, wanted in shape.containers.items()
    )
    casts = " ".join(
        f"when {value.misfits} then {literal(f'{value.column.name} is no {value.column.type}: ')} "
        f"|| left(({value.text})::varchar, 100)"
        for value in shape.values
        if value.misfits
    )
    connection.execute("""
        create or replace temp table _sound as
        select _file, _line, case
            when not json_valid(_line) then 'the record is not valid JSON'
            when json_type(_line) <> 'OBJECT' then 'the record is no JSON object but ' || json_type(_line)
        end as _unsound,
        from _lines
    """)
    connection.execute(
        f"""
        create or replace temp table _judged as
        with shaped as (
            select
                _file,
                _line,
                _unsound,
                unnest(json_transform(case when _unsound is null then _line else '{{}}' end, $structure)),
            from _sound
        )
        select *, case when _unsound is not null then _unsound {containers} {casts} end as _reason
        from shaped
        """,
        {"structure": shape.structure},
    )
    connection.execute("create or replace temp view _fitting as select * from _judged where _reason is null")

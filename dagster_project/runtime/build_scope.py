"""Which build the marts need: none, an incremental or a full one. The one place where this is decided.

`raw._builds` has one row: the last build. A pipeline run writes it, unfinished, before dbt starts, marks it
when dbt has built everything, and again when the marts are published. dbt marks it unfinished when it builds
something that no run asked for. Whatever was interrupted is therefore followed by a full build.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import duckdb

from dagster_project.raw.sql import transaction

# dbt reads the scope of its build here (macros/incremental/build_scope.sql); without it a build is full.
SCOPE_VARIABLE = "MILEPOST_BUILD_SCOPE"


class BuildScope(StrEnum):
    """What a build covers."""

    NONE = "none"
    INCREMENTAL = "incremental"  # the rows of some partition changed; how they are computed did not
    FULL = "full"  # another project, or no previous build to start from


@dataclass(frozen=True)
class BuildRecord:
    """One build: digests of the raw rows and of the project, and how far it came."""

    rows: str
    project: str
    begun_at: datetime
    built_at: datetime | None = None
    published_at: datetime | None = None


def required_scope(last: BuildRecord | None, rows: str, project: str) -> BuildScope:
    """The scope a run needs when it finds these rows and this project after the build `last`."""
    if last is None or last.built_at is None or last.project != project:
        return BuildScope.FULL
    if last.published_at is None or last.rows != rows:
        return BuildScope.INCREMENTAL
    return BuildScope.NONE


def rows_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Changes when a partition's content does, when one comes or goes, or a file hides another's rows."""
    [(digest,)] = connection.execute("""
        select sha256(coalesce(string_agg(load, chr(10) order by load), ''))
        from (
            select json_array(source, stream, partition, content_sha256, repeats, loaded)::varchar as load
            from raw._loads
        )
    """).fetchall()
    return str(digest)


def feed_settings(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What the models are told of the feeds, a line each: another setting can change any person."""
    lines = connection.execute("select json_array(feed, setting, value)::varchar from raw._feed_settings")
    return sorted(line for (line,) in lines.fetchall())


def rates_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Changes with the exchange rates of the file: they decide about orders of any day."""
    [(digest,)] = connection.execute("""
        select sha256(coalesce(string_agg(rate, chr(10) order by rate), ''))
        from (
            select json_array(rate_date, base_currency, currency, rate)::varchar as rate
            from raw._exchange_rates
        )
    """).fetchall()
    return str(digest)


def project_digest(folders: Iterable[Path], remarks: Iterable[str]) -> str:
    """Changes when a file of `folders` is added, removed or edited, or a remark changes.

    Bytecode, which Python itself writes there, does not count.
    """
    digest = hashlib.sha256("\n".join(remarks).encode())
    for folder in folders:
        for path in sorted(folder.rglob("*") if folder.is_dir() else [folder]):
            if path.is_file() and path.suffix != ".pyc":
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"\n{path.relative_to(folder.parent).as_posix()} {content}".encode())
    return digest.hexdigest()


def last_build(connection: duckdb.DuckDBPyConnection) -> BuildRecord | None:
    """The last build that was begun, or None."""
    found = connection.execute(
        "select rows_sha256, project_sha256, begun_at, built_at, published_at from raw._builds"
    ).fetchall()
    return BuildRecord(*found[0]) if found else None


def missing_tables(connection: duckdb.DuckDBPyConnection, tables: Iterable[tuple[str, str]]) -> list[str]:
    """Those of `tables` (schema and name) that the warehouse does not have."""
    found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    return sorted(".".join(table) for table in set(tables) - set(found))


def record(connection: duckdb.DuckDBPyConnection, build: BuildRecord) -> None:
    """Put `build` in the place of the last one."""
    with transaction(connection):
        connection.execute("delete from raw._builds")
        connection.execute(
            "insert into raw._builds values (?, ?, ?, ?, ?)",
            [build.rows, build.project, build.begun_at, build.built_at, build.published_at],
        )


def mark_published(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Readers have the last build, if it was finished."""
    connection.execute("update raw._builds set published_at = ? where built_at is not null", [now])

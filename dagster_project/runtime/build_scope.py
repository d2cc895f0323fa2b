"""What the marts were last built from: whether a run has everything to build, what changed, or nothing.

`raw._builds` has one row. It is put there, unfinished, before a build, marked when it is built and again when
it is published: killed at any point, the next run does at least what was left undone.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import duckdb

from dagster_project.raw.sql import transaction


class Due(StrEnum):
    """What the marts need."""

    NOTHING = "nothing"
    CHANGES = "changes"  # the rows of some partition are others; how they are computed is not
    EVERYTHING = "everything"  # another project, or a last build that did not end well


@dataclass(frozen=True)
class Build:
    """One build: digests of the raw rows and of the project, and how far it came."""

    rows: str
    project: str
    begun_at: datetime
    built_at: datetime | None = None
    published_at: datetime | None = None


def due(last: Build | None, rows: str, project: str) -> Due:
    """What a run owes that finds these rows and this project."""
    if last is None or last.built_at is None or last.project != project:
        return Due.EVERYTHING
    if last.published_at is None or last.rows != rows:
        return Due.CHANGES
    return Due.NOTHING


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


def project_digest(folders: Iterable[Path], remarks: Iterable[str]) -> str:
    """Changes when a file of `folders` came, went or says something else, or a remark does.

    What a tool writes there itself (bytecode) does not count.
    """
    digest = hashlib.sha256("\n".join(remarks).encode())
    for folder in folders:
        for path in sorted(folder.rglob("*") if folder.is_dir() else [folder]):
            if path.is_file() and path.suffix != ".pyc":
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"\n{path.relative_to(folder.parent).as_posix()} {content}".encode())
    return digest.hexdigest()


def last_build(connection: duckdb.DuckDBPyConnection) -> Build | None:
    """The last build that was begun, or None."""
    found = connection.execute(
        "select rows_sha256, project_sha256, begun_at, built_at, published_at from raw._builds"
    ).fetchall()
    return Build(*found[0]) if found else None


def record(connection: duckdb.DuckDBPyConnection, build: Build) -> None:
    """Put `build` in the place of the last one."""
    with transaction(connection):
        connection.execute("delete from raw._builds")
        connection.execute(
            "insert into raw._builds values (?, ?, ?, ?, ?)",
            [build.rows, build.project, build.begun_at, build.built_at, build.published_at],
        )


def note_published(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Readers have the last build, if it was one."""
    connection.execute("update raw._builds set published_at = ? where built_at is not null", [now])

"""Marts that are too large for the published file: masked and verified part by part, and read through views.

Such a mart lies in Parquet files. Each is masked by the definitions that mask the others, into a folder next
to the published file, whose views read it: a reader sees every mart in one file, and copies nothing. Parts
are masked apart, on as many machines as there are: whether a text is the digest of a known address is looked
up once for all of them.
"""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.landing.private import share
from dagster_project.publishing.digests import (
    KNOWN,
    column_with_digest,
    find_contact_digests,
    mask_digests,
    possible_digests,
)
from dagster_project.publishing.draft import SCHEMA, table_name
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.verification import column_with_address, holds_address, holds_digest
from dagster_project.raw.sql import literal, quoted

FOLDER_NAME = "events"
# Does a function on every item, somewhere, and returns the results in their order.
Runner = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


@dataclass(frozen=True)
class Part:
    """One Parquet file of a mart, with what it is masked with; `columns` are name to type."""

    mart: str
    source: Path
    target: Path
    columns: Mapping[str, str]
    mask_key: str = field(repr=False)
    known: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class LargeMart:
    """Where the files of a mart lie, and its columns, name to type."""

    name: str
    folder: Path
    columns: Mapping[str, str]


def write_large_marts(
    warehouse: duckdb.DuckDBPyConnection, marts: Sequence[LargeMart], folder: Path, run: Runner
) -> dict[str, int]:
    """Write the masked files of every mart to the new `folder`; returns the rows of each.

    Raises PublishingRefused when a column holds an e-mail address or the digest of a known one.
    """
    [(key,)] = warehouse.execute("select id_key from pii.digest_keys").fetchall()
    folder.mkdir()
    parts = []
    for mart in marts:
        (folder / mart.name).mkdir()
        parts += [
            Part(mart.name, path, folder / mart.name / f"part-{number:05d}.parquet", mart.columns, key)
            for number, path in enumerate(sorted(mart.folder.glob("*.parquet")))
        ]
    found = {digest for digests in run(digests_of, parts) for digest in digests}
    known = _known(warehouse, found)
    rows = {mart.name: 0 for mart in marts}
    given = [Part(p.mart, p.source, p.target, p.columns, p.mask_key, known) for p in parts]
    for part, (written, refusal) in zip(given, run(write_part, given), strict=True):
        if refusal:
            raise PublishingRefused(refusal)
        rows[part.mart] += written
    for path in (folder, *folder.rglob("*")):
        share(path)
    return rows


def create_views(
    warehouse: duckdb.DuckDBPyConnection, draft: Path, folder: Path, marts: Sequence[str]
) -> None:
    """Views in the draft over the files in `folder`, with the comments that the warehouse has."""
    comments = dict(
        warehouse.execute(
            "select view_name, comment from duckdb_views() "
            "where schema_name = ? and database_name = current_database()",
            [SCHEMA],
        ).fetchall()
    )
    columns = warehouse.execute(
        """
        select table_name, column_name, comment from duckdb_columns()
        where schema_name = ? and database_name = current_database() and comment is not null
        """,
        [SCHEMA],
    ).fetchall()
    with duckdb.connect(str(draft)) as connection:
        for mart in marts:
            files = literal(str(folder / mart / "*.parquet"))
            connection.execute(f"create view {table_name(mart)} as select * from read_parquet({files})")
            if comments.get(mart):
                connection.execute(f"comment on view {table_name(mart)} is {literal(comments[mart])}")
        for mart, column, comment in columns:
            if mart in marts:
                connection.execute(
                    f"comment on column {table_name(mart)}.{quoted(column)} is {literal(comment)}"
                )


def folders_read(published: Path) -> set[str]:
    """Names of the folders that the views of a published file read; none without a file."""
    if not published.exists():
        return set()
    with duckdb.connect(str(published), read_only=True) as connection:
        views = connection.execute("select sql from duckdb_views() where not internal").fetchall()
    return {name for (sql,) in views for name in re.findall(rf"{FOLDER_NAME}-[0-9a-f]+", sql)}


def digests_of(part: Part) -> set[str]:
    """What of a part may be the digest of a known address."""
    with _opened(part) as connection:
        return possible_digests(connection, table_name(part.mart))


def write_part(part: Part) -> tuple[int, str]:
    """Mask a part and write it; returns its rows, and why it must not be published."""
    with _opened(part) as connection:
        table = table_name(part.mart)
        mask_digests(connection, [table])
        if column := column_with_address(connection, part.mart):
            return 0, holds_address(part.mart, column)
        if found := column_with_digest(connection, [table]):
            return 0, holds_digest(part.mart, found[1])
        unfinished = part.target.with_name(f".{part.target.name}")
        connection.execute(f"copy {table} to {literal(str(unfinished))} (format parquet, compression zstd)")
        unfinished.replace(part.target)
        [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
        return rows, ""


def _known(warehouse: duckdb.DuckDBPyConnection, found: set[str]) -> tuple[str, ...]:
    """Those of `found` that are digests of known addresses."""
    if not found:
        return ()
    find_contact_digests(warehouse)
    known = warehouse.execute(
        f"select distinct digest from {KNOWN} where digest in (select unnest(?)) order by 1", [sorted(found)]
    ).fetchall()
    return tuple(digest for (digest,) in known)


@contextmanager
def _opened(part: Part) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of its own with the part as the mart, and the key of masks."""
    with tempfile.TemporaryDirectory(prefix="milepost-") as folder:
        connection = duckdb.connect(f"{folder}/part.duckdb")
        try:
            connection.execute("set timezone = 'UTC'")
            connection.execute("set threads = 1")
            connection.execute(f"create schema {SCHEMA}; create schema pii")
            connection.execute("create table pii.digest_keys as select ? as id_key", [part.mask_key])
            connection.execute(
                f"create or replace temp table {KNOWN} as select unnest(?::varchar[]) as digest",
                [list(part.known)],
            )
            casts = ", ".join(
                f"cast({quoted(name)} as {type_}) as {quoted(name)}" for name, type_ in part.columns.items()
            )
            rows = f"select {casts} from read_parquet({literal(str(part.source))})"
            connection.execute(f"create table {table_name(part.mart)} as {rows}")
            yield connection
        finally:
            connection.close()

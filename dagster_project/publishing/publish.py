"""Publishing: the marts, copied to a file of their own, verified, then put where readers look.

Readers open `milepost.duckdb` and `parquet/` while this runs: both are replaced whole by a rename, so a
reader has either the old state or the new one and nobody waits for anybody.
"""

import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

SCHEMA = "marts"
FILE_NAME = "milepost.duckdb"
PARQUET_NAME = "parquet"
# DuckDB 2.0's own default cannot be opened by the 1.x clients that most BI drivers bundle.
STORAGE_VERSION = "v1.4.0"
# Both as written and as it stands in a URL's query.
ADDRESS_PATTERN = r"[A-Za-z0-9._+\-]+(@|%40)[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+"


class PublishingRefused(Exception):
    """The new state must not reach readers. One sentence; the last published state is untouched."""


@dataclass(frozen=True)
class Publication:
    """What readers now see: the file, the folder of Parquet files, rows by table."""

    path: Path
    parquet: Path
    rows: Mapping[str, int]
    size_bytes: int
    seconds: float


def publish(warehouse: duckdb.DuckDBPyConnection, published: Path, marts: Sequence[str]) -> Publication:
    """Copy the tables `marts` of an open warehouse to `published`, replacing what stood there.

    What else stands in schema `marts`, a table whose model is gone say, is nobody's to vouch for and stays.
    Raises PublishingRefused when a mart is missing, a copy differs in its rows, a text column holds an e-mail
    address, or the folder cannot be written.
    """
    try:
        return _publish(warehouse, published, marts)
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise PublishingRefused(
            f"Nothing was published, since {published} cannot be written ({reason}); free space there or "
            "make it a directory this user may write, then run again."
        ) from error


def _publish(warehouse: duckdb.DuckDBPyConnection, published: Path, marts: Sequence[str]) -> Publication:
    started = time.monotonic()
    published.mkdir(parents=True, exist_ok=True)
    token = uuid.uuid4().hex[:12]
    draft = published / f".{FILE_NAME}.{token}"
    draft_parquet = published / f".{PARQUET_NAME}-{token}"
    try:
        rows = _copy(warehouse, draft, marts)
        _verify(draft, rows)
        _write_parquet(draft, draft_parquet, rows)
        _put_file(draft, published / FILE_NAME)
        _put_folder(draft_parquet, published / PARQUET_NAME)
    finally:
        for leftover in (draft, _wal(draft)):
            with suppress(OSError):  # what kept the draft from being written may keep it from being removed
                leftover.unlink(missing_ok=True)
    path = published / FILE_NAME
    return Publication(path, published / PARQUET_NAME, rows, path.stat().st_size, time.monotonic() - started)


def _copy(warehouse: duckdb.DuckDBPyConnection, draft: Path, marts: Sequence[str]) -> dict[str, int]:
    """Copy every mart, with its comments, and return the rows the warehouse has."""
    [(database,)] = warehouse.execute("select current_database()").fetchall()
    built = warehouse.execute(
        "select table_name from information_schema.tables where table_catalog = ? and table_schema = ?",
        [database, SCHEMA],
    ).fetchall()
    if missing := sorted(set(marts) - {name for (name,) in built}):
        raise PublishingRefused(
            f"Nothing was published, since {len(missing)} of the {len(marts)} marts are not built "
            f"({', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}); build all of them first."
        )
    warehouse.execute(f"attach '{_quoted(draft)}' as draft (storage_version '{STORAGE_VERSION}')")
    try:
        # One transaction: a commit of its own for each table and comment takes a third longer.
        warehouse.execute("begin")
        warehouse.execute(f"create schema draft.{SCHEMA}")
        rows = {}
        for table in marts:
            source = f'"{database}".{SCHEMA}."{table}"'
            warehouse.execute(f'create table draft.{SCHEMA}."{table}" as from {source}')
            [(rows[table],)] = warehouse.execute(f"select count(*) from {source}").fetchall()
        _copy_comments(warehouse, database)
        warehouse.execute("commit")
        warehouse.execute("checkpoint draft")
    except BaseException:
        with suppress(duckdb.TransactionException):  # none is open once it was committed
            warehouse.execute("rollback")
        raise
    finally:
        warehouse.execute("detach draft")
    if _wal(draft).exists():
        raise PublishingRefused(f"The draft {draft.name} kept a write-ahead log after its checkpoint.")
    return rows


def _copy_comments(warehouse: duckdb.DuckDBPyConnection, database: str) -> None:
    """`create table as` drops comments; BI tools show them as descriptions."""
    comments = warehouse.execute(
        """
        with copied as (
            select table_name from duckdb_tables() where database_name = 'draft' and schema_name = 'marts'
        )
        select format('table draft.marts."{}"', table_name), comment
        from duckdb_tables() join copied using (table_name)
        where database_name = $database and schema_name = 'marts' and comment is not null
        union all
        select format('column draft.marts."{}"."{}"', table_name, column_name), comment
        from duckdb_columns() join copied using (table_name)
        where database_name = $database and schema_name = 'marts' and comment is not null
        """,
        {"database": database},
    ).fetchall()
    for subject, comment in comments:
        warehouse.execute(f"comment on {subject} is '{comment.replace(chr(39), chr(39) * 2)}'")


def _verify(draft: Path, rows: Mapping[str, int]) -> None:
    """Open the finished draft as a reader would, count it again and look for addresses."""

    def verify(reader: duckdb.DuckDBPyConnection, table: str) -> None:
        [(count,)] = reader.execute(f'select count(*) from {SCHEMA}."{table}"').fetchall()
        if count != rows[table]:
            raise PublishingRefused(f"{SCHEMA}.{table} has {rows[table]} rows, its copy {count}.")
        if column := _column_with_address(reader, table):
            raise PublishingRefused(
                f"{SCHEMA}.{table}.{column} holds an e-mail address; mask it in staging and build again."
            )

    _for_each(draft, rows, verify)


def _for_each(
    draft: Path, tables: Iterable[str], work: Callable[[duckdb.DuckDBPyConnection, str], None]
) -> None:
    """Do `work` on every table, two at a time: most are too small for DuckDB to use two cores on one.

    Raises what the first table in order raised.
    """
    with duckdb.connect(str(draft), read_only=True) as reader, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda table: work(reader.cursor(), table), tables))


def _column_with_address(reader: duckdb.DuckDBPyConnection, table: str) -> str | None:
    """The first column in which an e-mail address stands. Nested values are searched in their text form."""
    columns = [
        name
        for name, kind, *_ in reader.execute(f'describe {SCHEMA}."{table}"').fetchall()
        if any(text in kind for text in ("VARCHAR", "JSON", "ENUM", "STRUCT", "MAP"))
    ]
    if not columns:
        return None
    # `contains` is an order of magnitude cheaper than the pattern and rules out nearly every value.
    tests = ", ".join(
        f"""coalesce(bool_or((contains("{c}"::varchar, '@') or contains("{c}"::varchar, '%40'))
        and regexp_matches("{c}"::varchar, '{ADDRESS_PATTERN}')), false)"""
        for c in columns
    )
    [found] = reader.execute(f'select {tests} from {SCHEMA}."{table}"').fetchall()
    return next((column for column, hit in zip(columns, found, strict=True) if hit), None)


def _write_parquet(draft: Path, folder: Path, tables: Iterable[str]) -> None:
    def write(reader: duckdb.DuckDBPyConnection, table: str) -> None:
        target = folder / f"{table}.parquet"
        reader.execute(f"copy {SCHEMA}.\"{table}\" to '{_quoted(target)}' (format parquet, compression zstd)")
        _sync(target)

    folder.mkdir()
    _for_each(draft, tables, write)
    _sync(folder)


def _put_file(draft: Path, target: Path) -> None:
    _sync(draft)
    # A log left beside the target belongs to another file's contents and would make the new one unopenable.
    _wal(target).unlink(missing_ok=True)
    draft.replace(target)
    _sync(target.parent)


def _put_folder(draft: Path, target: Path) -> None:
    """Point the link `target` at `draft`. A folder cannot be renamed over another, a link can."""
    kept = draft.with_name(draft.name.lstrip("."))
    draft.rename(kept)
    previous = target.resolve() if target.is_symlink() else None
    link = draft.with_name(f"{draft.name}-link")
    link.symlink_to(kept.name)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    link.replace(target)
    _sync(target.parent)
    # The generation before stays for readers that are half-way through its files.
    for folder in target.parent.glob(f"{PARQUET_NAME}-*"):
        if folder.resolve() not in {previous, kept.resolve()}:
            shutil.rmtree(folder)
    for folder in target.parent.glob(f".{PARQUET_NAME}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

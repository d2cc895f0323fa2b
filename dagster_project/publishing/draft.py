"""The draft: the marts copied to a file of their own, which readers do not see yet."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from dagster_project.publishing.digests import find_contact_digests, mask_digests
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.raw.sql import count, literal, quoted, transaction

SCHEMA = "marts"
# DuckDB 2.0's own default cannot be opened by the 1.x clients that most BI drivers bundle.
STORAGE_VERSION = "v1.4.0"


def copy_marts(warehouse: duckdb.DuckDBPyConnection, draft: Path, marts: Sequence[str]) -> dict[str, int]:
    """Copy every mart, with its comments and masked digests, and return the rows that the warehouse has.

    Raises PublishingRefused when a mart is not built.
    """
    [(database,)] = warehouse.execute("select current_database()").fetchall()
    _refuse_missing(warehouse, database, marts)
    warehouse.execute(f"attach {literal(str(draft))} as draft (storage_version '{STORAGE_VERSION}')")
    try:
        rows = {}
        # One transaction: a commit of its own for each table and comment takes a third longer.
        with transaction(warehouse):
            warehouse.execute(f"create schema draft.{SCHEMA}")
            find_contact_digests(warehouse)
            for mart in marts:
                source = f"{quoted(database)}.{table_name(mart)}"
                warehouse.execute(f"create table draft.{table_name(mart)} as from {source}")
                rows[mart] = count(warehouse, f"select count(*) from {source}")
            mask_digests(warehouse, [f"draft.{table_name(mart)}" for mart in marts])
            _copy_comments(warehouse, database)
        warehouse.execute("checkpoint draft")
    finally:
        warehouse.execute("detach draft")
    if wal(draft).exists():
        raise PublishingRefused(
            f"Nothing was published, since the draft {draft.name} kept its write-ahead log; publish again."
        )
    return rows


def _refuse_missing(warehouse: duckdb.DuckDBPyConnection, database: str, marts: Sequence[str]) -> None:
    built = warehouse.execute(
        "select table_name from information_schema.tables where table_catalog = ? and table_schema = ?",
        [database, SCHEMA],
    ).fetchall()
    if missing := sorted(set(marts) - {name for (name,) in built}):
        raise PublishingRefused(
            f"Nothing was published, since {len(missing)} of the {len(marts)} marts are not built "
            f"({', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}); build all of them first."
        )


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
        warehouse.execute(f"comment on {subject} is {literal(comment)}")


def for_each_table(
    draft: Path, tables: Iterable[str], work: Callable[[duckdb.DuckDBPyConnection, str], None]
) -> None:
    """Do `work` on every table, two at a time: most are too small for DuckDB to use two cores on one.

    Raises what the first table in order raised.
    """
    with duckdb.connect(str(draft), read_only=True) as reader, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda table: work(reader.cursor(), table), tables))


def table_name(mart: str) -> str:
    """The mart as SQL, in its schema."""
    return f"{SCHEMA}.{quoted(mart)}"


def sweep(folder: Path, names: Iterable[str]) -> None:
    """Remove every draft of `names` from `folder`: of killed publications, as this one holds the folder."""
    for name in names:
        for left_over in folder.glob(f".{name}[.-]*"):
            if left_over.is_dir() and not left_over.is_symlink():
                shutil.rmtree(left_over)
            else:
                left_over.unlink()


def wal(path: Path) -> Path:
    """DuckDB's write-ahead log of the file."""
    return path.with_name(f"{path.name}.wal")

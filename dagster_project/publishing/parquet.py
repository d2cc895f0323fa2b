"""One Parquet file per mart, in a folder that is replaced as a whole."""

import shutil
from collections.abc import Container, Iterable
from pathlib import Path

import duckdb

from dagster_project.landing.durable import sync_directory, sync_file
from dagster_project.landing.private import share
from dagster_project.publishing.draft import for_each_table, table_name
from dagster_project.raw.sql import literal

FOLDER_NAME = "parquet"


def write_parquet(draft: Path, folder: Path, marts: Iterable[str]) -> None:
    """Write every mart of the draft to the new `folder`."""

    def write(reader: duckdb.DuckDBPyConnection, mart: str) -> None:
        target = folder / f"{mart}.parquet"
        reader.execute(
            f"copy {table_name(mart)} to {literal(str(target))} (format parquet, compression zstd)"
        )
        share(target)
        sync_file(target)

    folder.mkdir()
    for_each_table(draft, marts, write)
    share(folder)
    sync_directory(folder)


def put_folder(draft: Path, target: Path, in_use: Container[str] = ()) -> None:
    """Point the link `target` at `draft`. A folder cannot be renamed over another, a link can.

    Earlier generations go, but for the last one and those whose names are `in_use`.
    """
    kept = draft.with_name(draft.name.lstrip("."))
    draft.rename(kept)
    previous = target.resolve() if target.is_symlink() else None
    link = draft.with_name(f"{draft.name}-link")
    link.symlink_to(kept.name)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    link.replace(target)
    sync_directory(target.parent)
    # The previous generation stays for readers that are in the middle of its files.
    for folder in target.parent.glob(f"{target.name}-*"):
        if folder.resolve() not in {previous, kept.resolve()} and folder.name not in in_use:
            shutil.rmtree(folder)

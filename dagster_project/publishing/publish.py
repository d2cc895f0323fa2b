"""Publishing: the marts, copied to a file of their own, verified, then put where readers look.

Readers open `milepost.duckdb` and `parquet/` while this runs: both are replaced whole by a rename, so a
reader has either the old state or the new one, and neither side waits for the other.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.landing.durable import sync_directory, sync_file
from dagster_project.publishing.draft import copy_marts, wal
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.parquet import FOLDER_NAME, put_folder, write_parquet
from dagster_project.publishing.verification import verify

FILE_NAME = "milepost.duckdb"


@dataclass(frozen=True)
class Publication:
    """What readers now see: the file, the folder of Parquet files, rows by table."""

    path: Path
    parquet: Path
    rows: Mapping[str, int]
    size_bytes: int
    seconds: float


def publish(warehouse: duckdb.DuckDBPyConnection, published: Path, marts: Sequence[str]) -> Publication:
    """Copy the tables `marts` of an open warehouse to `published`, replacing what was published before.

    Other tables of schema `marts`, such as one whose model was removed, are not published. Raises
    PublishingRefused when a mart is missing, a copy differs in its rows, a text column holds an e-mail
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
    path, draft = published / FILE_NAME, published / f".{FILE_NAME}.{token}"
    parquet, draft_parquet = published / FOLDER_NAME, published / f".{FOLDER_NAME}-{token}"
    try:
        rows = copy_marts(warehouse, draft, marts)
        verify(draft, rows)
        write_parquet(draft, draft_parquet, rows)
        _put_file(draft, path)
        put_folder(draft_parquet, parquet)
    finally:
        for leftover in (draft, wal(draft)):
            with suppress(OSError):  # what kept the draft from being written may keep it from being removed
                leftover.unlink(missing_ok=True)
    return Publication(path, parquet, rows, path.stat().st_size, time.monotonic() - started)


def _put_file(draft: Path, target: Path) -> None:
    sync_file(draft)
    # A log left next to the target belongs to another file's contents and would make the new one unopenable.
    wal(target).unlink(missing_ok=True)
    draft.replace(target)
    sync_directory(target.parent)

"""Publishing: the marts, copied to a file of their own, verified, then put where readers look.

Readers open `milepost.duckdb` and `parquet/` while this runs: both are replaced whole by a rename, so a
reader has either the old state or the new one, and neither side waits for the other.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.landing.durable import sync_directory, sync_file
from dagster_project.landing.private import share
from dagster_project.publishing.draft import copy_marts, sweep, wal
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.parquet import FOLDER_NAME, put_folder, write_parquet
from dagster_project.publishing.verification import verify, verify_digests

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
    PublishingRefused when a mart is missing, a copy differs in its rows, a column holds an e-mail address or
    the digest of a known one, the folder cannot be written, or another process is publishing there.
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
    if not published.exists():
        published.mkdir(parents=True)
        share(published)
    with _held(published) as is_held:
        if is_held:
            sweep(published, (FILE_NAME, FOLDER_NAME))
        return _replace(warehouse, published, marts, started)


@contextmanager
def _held(published: Path) -> Iterator[bool]:
    """Whether this process alone publishes there, so that every draft it finds is a killed one's.

    The lock is the folder's own: it ends with the process, and leaves no file. False where the file system
    has none (NFS locks no folder). Raises PublishingRefused when another process is publishing there.
    """
    folder = os.open(published, os.O_RDONLY)
    try:
        is_held = True
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PublishingRefused(
                f"Nothing was published, since another run is publishing to {published}; wait for it to end, "
                "then run again."
            ) from None
        except OSError:
            is_held = False
        yield is_held
    finally:
        os.close(folder)


def _replace(
    warehouse: duckdb.DuckDBPyConnection, published: Path, marts: Sequence[str], started: float
) -> Publication:
    token = uuid.uuid4().hex[:12]
    path, draft = published / FILE_NAME, published / f".{FILE_NAME}.{token}"
    parquet, draft_parquet = published / FOLDER_NAME, published / f".{FOLDER_NAME}-{token}"
    try:
        rows = copy_marts(warehouse, draft, marts)
        verify(draft, rows)
        verify_digests(warehouse, draft, rows)
        write_parquet(draft, draft_parquet, rows)
        _put_file(draft, path)
        put_folder(draft_parquet, parquet)
    finally:
        for leftover in (draft, wal(draft)):
            with suppress(OSError):  # what kept the draft from being written may keep it from being removed
                leftover.unlink(missing_ok=True)
    return Publication(path, parquet, rows, path.stat().st_size, time.monotonic() - started)


def _put_file(draft: Path, target: Path) -> None:
    share(draft)
    sync_file(draft)
    # A log left next to the target belongs to another file's contents and would make the new one unopenable.
    wal(target).unlink(missing_ok=True)
    draft.replace(target)
    sync_directory(target.parent)

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
from dagster_project.publishing.large import FOLDER_NAME as LARGE_FOLDER_NAME
from dagster_project.publishing.large import LargeMart, Runner, create_views, folders_read, write_large_marts
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


@dataclass(frozen=True)
class Large:
    """Marts that are not copied into the file, and who masks their parts."""

    marts: Sequence[LargeMart] = ()
    run: Runner = lambda function, items: [function(item) for item in items]


NO_LARGE = Large()


def publish(
    warehouse: duckdb.DuckDBPyConnection, published: Path, marts: Sequence[str], large: Large = NO_LARGE
) -> Publication:
    """Copy the tables `marts` of an open warehouse to `published`, replacing what was published before.

    Those of `large` become views over Parquet files in folder `events`. Other tables of schema `marts`, such
    as one whose model was removed, are not published. Raises PublishingRefused when a mart is missing, a copy
    differs in its rows, a column holds an e-mail address or the digest of a known one, the folder cannot be
    written, or another process is publishing there.
    """
    try:
        return _publish(warehouse, published, marts, large)
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise PublishingRefused(
            f"Nothing was published, since {published} cannot be written ({reason}); free space there or "
            "make it a directory this user may write, then run again."
        ) from error


def _publish(
    warehouse: duckdb.DuckDBPyConnection, published: Path, marts: Sequence[str], large: Large
) -> Publication:
    started = time.monotonic()
    if not published.exists():
        published.mkdir(parents=True)
        share(published)
    with _held(published) as is_held:
        if is_held:
            sweep(published, (FILE_NAME, FOLDER_NAME, LARGE_FOLDER_NAME))
        return _replace(warehouse, published, marts, large, started)


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
    warehouse: duckdb.DuckDBPyConnection,
    published: Path,
    marts: Sequence[str],
    large: Large,
    started: float,
) -> Publication:
    token = uuid.uuid4().hex[:12]
    path, draft = published / FILE_NAME, published / f".{FILE_NAME}.{token}"
    parquet, draft_parquet = published / FOLDER_NAME, published / f".{FOLDER_NAME}-{token}"
    try:
        apart = {mart.name for mart in large.marts}
        rows = copy_marts(warehouse, draft, [mart for mart in marts if mart not in apart])
        verify(draft, rows)
        verify_digests(warehouse, draft, rows)
        write_parquet(draft, draft_parquet, rows)
        if large.marts:
            rows |= _put_large_marts(warehouse, published, draft, large, token)
        _put_file(draft, path)
        put_folder(draft_parquet, parquet)
    finally:
        for leftover in (draft, wal(draft)):
            with suppress(OSError):  # what kept the draft from being written may keep it from being removed
                leftover.unlink(missing_ok=True)
    return Publication(path, parquet, rows, path.stat().st_size, time.monotonic() - started)


def _put_large_marts(
    warehouse: duckdb.DuckDBPyConnection, published: Path, draft: Path, large: Large, token: str
) -> dict[str, int]:
    """Put their files in place before the file whose views read them; those of the last file stay."""
    folder = published / f"{LARGE_FOLDER_NAME}-{token}"
    unfinished = folder.with_name(f".{folder.name}")
    rows = write_large_marts(warehouse, large.marts, unfinished, large.run)
    # What is published now reads its own, also if a run was killed after it had put another in place.
    put_folder(unfinished, published / LARGE_FOLDER_NAME, folders_read(published / FILE_NAME))
    create_views(warehouse, draft, folder, [mart.name for mart in large.marts])
    return rows


def _put_file(draft: Path, target: Path) -> None:
    share(draft)
    sync_file(draft)
    # A log left next to the target belongs to another file's contents and would make the new one unopenable.
    wal(target).unlink(missing_ok=True)
    draft.replace(target)
    sync_directory(target.parent)

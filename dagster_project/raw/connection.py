"""Opening the warehouse for writing: the only place besides dbt."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from dagster_project.landing.private import keep_private, make_private
from dagster_project.raw.errors import WarehouseBusyError, WarehouseError
from dagster_project.raw.secret import settle_keys
from dagster_project.settings import Settings

WAIT_SECONDS = 60.0

# Tuned for loading with DuckDB 2.0.0. Measure again with another version, and drop what no longer gains.
ENGINE_SETTINGS = {
    # Compress each row group while it is in the CPU cache: 8 % less CPU of a load than with the default of 5.
    "write_buffer_row_group_count": "1",
    # Reuse the memory of written blocks: 24 % fewer page faults and 2 % less CPU of a load.
    "block_allocator_memory": "'128MB'",
    # Leave merging row groups to the next build's checkpoint, once, instead of the end of every load: 14 %
    # less wall time of a load.
    "max_vacuum_tasks": "0",
}


@contextmanager
def connect(
    settings: Settings, wait_seconds: float = WAIT_SECONDS, accepts_salt: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse, in UTC, and close it at the end, so that other processes can open it.

    Raises WarehouseBusyError when another run still holds it after `wait_seconds` or another program has the
    file open, and WarehouseError when it cannot be written, is damaged, the disk is full, or it was built
    with another installation secret or, unless `accepts_salt`, salt of contact keys.
    """
    path = settings.warehouse
    lock = _lock(path, wait_seconds)
    try:
        connection = _open(path)
        try:
            settle_keys(connection, settings, accepts_salt)
            yield connection
        except duckdb.Error as error:
            _raise_if_disk_full(path, error)
            _raise_if_damaged(path, error)
            raise
        finally:
            _close(path, connection)
    finally:
        lock.release()


def _lock(path: Path, wait_seconds: float) -> FileLock:
    try:
        keep_private(path.parent)
        # shared by threads: a concurrent load may open the warehouse, the pull's thread closes it
        lock = FileLock(path.with_name(path.name + ".lock"), timeout=wait_seconds, thread_local=False)
        lock.acquire()
    except Timeout:
        raise WarehouseBusyError(
            f"Another Milepost run has held the warehouse {path} for {wait_seconds:g} seconds; wait for it "
            "to end, then run again."
        ) from None
    except OSError as error:
        raise WarehouseError(
            f"The folder {path.parent} cannot be written ({error.strerror or error}); make it a directory "
            "that this user may write, or set MILEPOST_HOME to another folder."
        ) from error
    return lock


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path))
        make_private(path)
        # Rows that a killed process spilled, addresses among them: DuckDB removes them at its next spill.
        shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)
        connection.execute("set timezone = 'UTC'")
        for setting, value in ENGINE_SETTINGS.items():
            connection.execute(f"set {setting} = {value}")
    except duckdb.Error as error:
        text = str(error)
        if "Could not set lock" in text or "Conflicting lock" in text:
            raise WarehouseBusyError(
                f"Another program has the warehouse {path} open; close it (read the published copy instead, "
                "which is never locked), then run again."
            ) from error
        _raise_if_disk_full(path, error)
        if "Cannot open file" in text or "Permission denied" in text or "read-only" in text:
            raise WarehouseError(
                f"The warehouse {path} cannot be opened for writing; check that it is a file that this user "
                "may write."
            ) from error
        raise _damaged(path, error) from error
    return connection


def _close(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.close()
    except duckdb.Error as error:  # the last checkpoint can fill the disk
        _raise_if_disk_full(path, error)
        _raise_if_damaged(path, error)
        raise


def _raise_if_damaged(path: Path, error: duckdb.Error) -> None:
    """A file can be opened that lacks blocks; DuckDB notices when it reads them."""
    text = str(error)
    is_cut = "Could not read enough bytes" in text and str(path) in text
    if is_cut or "Corrupt database file" in text:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: duckdb.Error) -> WarehouseError:
    first_line = str(error).splitlines()[0]
    return WarehouseError(
        f"The warehouse {path} is not a readable DuckDB file ({first_line}); move it away and "
        "reload it from the landing zone."
    )


def _raise_if_disk_full(path: Path, error: duckdb.Error) -> None:
    text = str(error)
    if "No space left" in text or "File too large" in text or "Disk quota" in text:
        raise WarehouseError(
            f"No space is left for the warehouse {path}; free some or set MILEPOST_HOME to a folder on a "
            "larger disk, then run again (committed data is kept)."
        ) from error

"""Verifying landed files by their checksums before anything is written to the warehouse."""

import hashlib
from collections.abc import Container, Iterable
from pathlib import Path

import duckdb

from dagster_project.landing import Entry, LandingError, read_manifest
from dagster_project.landing.manifest import recovery
from dagster_project.raw import ledger
from dagster_project.raw.small_files import InPlace

REPLACED_KINDS = ("snapshot", "file")


def verify_files(root: Path, entries: Iterable[Entry], just_landed: Container[str] = ()) -> None:
    """Compare every file of `entries` with its checksum; LandingError names the first that differs.

    Of entries in `just_landed` (checksums of those that this process wrote) only the file size is compared.
    """
    for entry in entries:
        is_fresh = entry.sha256 in just_landed
        for file in entry.files:
            path = root / file.path
            label = f"the manifest entry {entry.name}.json of {entry.source}/{entry.stream}"
            advice = recovery(entry.kind, label)
            try:
                size = path.stat().st_size
                is_intact = size == file.bytes and (is_fresh or _digest(path) == file.sha256)
            except OSError as error:
                reason = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
                raise LandingError(f"The landed file {path} {reason}; {advice}.") from None
            if not is_intact:
                state = (
                    f"was truncated to {size} of {file.bytes} bytes" if size < file.bytes else "was altered"
                )
                raise LandingError(f"The landed file {path} {state}; {advice}.")


def not_landed(connection: duckdb.DuckDBPyConnection, root: Path) -> list[tuple[str, int, int]]:
    """What was loaded and has not landed (any more): `source/stream`, partitions, records.

    Of a snapshot or of a feed's files only when none is there: the next ones replace them.
    """
    streams = connection.execute(
        "select source, stream from raw._loads where not list_contains(?, source)"
        " group by all having sum(loaded) > 0 order by all",
        [list(InPlace)],
    ).fetchall()
    found = []
    for source, stream in streams:
        entries = read_manifest(root, source, stream)
        landed = {entry.partition for entry in entries}
        if any(entry.kind in REPLACED_KINDS for entry in entries):
            continue
        missing = [
            content.records
            for partition, content in ledger.contents(connection, source, stream).items()
            if content.records and partition not in landed
        ]
        if missing:
            found.append((f"{source}/{stream}", len(missing), sum(missing)))
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()

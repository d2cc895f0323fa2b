"""Copying event files into the landing zone: byte-exact, one manifest entry per file."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from dagster_project.landing.durable import TEMPORARY, sync_directory
from dagster_project.landing.errors import LandingError, explain_disk_errors
from dagster_project.landing.files import sweep, sync_and_close
from dagster_project.landing.manifest import (
    Entry,
    LandedFile,
    read_manifest,
    remove_entry,
    stream_directory,
    write_entry,
)
from dagster_project.landing.pull import stream_lock
from dagster_project.sources.event_files import FeedFile, compare


@dataclass(frozen=True)
class Copied:
    """What a run changed in a feed's copies; `unfinished` are files that changed while they were copied."""

    new: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    removed: tuple[str, ...]
    unfinished: tuple[str, ...]


def landed_marks(root: Path, source: str, feed: str) -> dict[str, str]:
    """Address to mark of every landed file, to compare a listing with."""
    entries = read_manifest(root, source, feed)
    return {entry.partition: str(entry.metadata.get("mark")) for entry in entries}


def copy_files(
    source: str, feed: str, files: Sequence[FeedFile], root: Path, now: Callable[[], datetime]
) -> Copied:
    """Synchronize the copies with `files`, the feed's complete listing.

    A file whose size differs from its listing is still being written and is left for the next run. The entry
    of a file that is no longer listed is removed. Raises LandingError when the disk cannot be written or a
    file cannot be read.
    """
    with explain_disk_errors(root), stream_lock(root, source, feed):
        before = read_manifest(root, source, feed)
        sweep(root, source, feed, before)
        changes = compare(files, {e.partition: str(e.metadata.get("mark")) for e in before})
        landed: dict[str, Entry | None] = {}
        for file in (*changes.new, *changes.changed):
            landed[file.address] = _copy(source, feed, file, root, now())
        for entry in before:
            if entry.partition in changes.removed:
                remove_entry(root, entry)
        sweep(root, source, feed, read_manifest(root, source, feed))
    return Copied(
        new=tuple(e for f in changes.new if (e := landed[f.address])),
        changed=tuple(e for f in changes.changed if (e := landed[f.address])),
        removed=changes.removed,
        unfinished=tuple(address for address, entry in landed.items() if entry is None),
    )


def _copy(source: str, feed: str, file: FeedFile, root: Path, now: datetime) -> Entry | None:
    directory = stream_directory(root, source, feed)
    name = hashlib.sha256(file.address.encode()).hexdigest()[:32]
    temporary = directory / f"{name}{TEMPORARY}"
    digest = hashlib.sha256()
    size = 0
    with temporary.open("wb") as target:
        for chunk in _chunks(file):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            if size > file.size:  # it is being appended to, or its peer does not end
                break
        sync_and_close(target)
    if size != file.size:
        temporary.unlink()
        return None
    # words only, because the landed copy's name is in the tables and an address can be in the file's
    suffixes = "".join(word for word in PurePosixPath(file.address).suffixes[-2:] if word[1:].isalnum())[-24:]
    path = directory / f"{name}-{digest.hexdigest()[:16]}{suffixes}"
    temporary.replace(path)
    sync_directory(directory)
    landed = LandedFile(path.relative_to(root).as_posix(), digest.hexdigest(), size, records=0)
    entry = Entry(
        source=source,
        stream=feed,
        kind="file",
        partition=file.address,
        name=name,
        extracted_at=now,
        files=[landed],
        metadata={"mark": file.mark}
        | ({"modified_at": file.modified_at.isoformat()} if file.modified_at else {}),
    )
    write_entry(root, entry)
    return entry


def _chunks(file: FeedFile) -> Iterator[bytes]:
    try:
        yield from file.chunks()
    except OSError as error:
        raise LandingError(
            f"The event file {file.address} cannot be read ({error.strerror or type(error).__name__}); check "
            "that it still exists and is readable."
        ) from error

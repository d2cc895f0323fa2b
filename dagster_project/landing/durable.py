"""Atomic, durable writes: a file is complete or absent, even after a crash or power failure."""

import os
from pathlib import Path

TEMPORARY = ".tmp"  # suffix of a file that is not yet committed


def sync_directory(directory: Path) -> None:
    """Make renames and removals in `directory` survive a power failure."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the contents of the file at `path` survive a power cut."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path`: a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(path.name + TEMPORARY)
    with temporary.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    sync_directory(path.parent)

"""Files for their owner alone, whatever the umask: addresses, secrets and logs are in them."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

OTHERS = 0o077  # the bits of a mode that a private file does not have


def keep_private(folder: Path) -> None:
    """Make `folder` for its owner alone, and so every file that this process makes from now on.

    Setting the umask reaches the files that DuckDB makes, its write-ahead log and spilled rows among them.
    """
    _umask_at_start()
    os.umask(OTHERS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(folder)


@contextmanager
def private_files() -> Iterator[None]:
    """Make the files that the block makes private, for a process that makes others for everyone."""
    _umask_at_start()
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def make_private(path: Path) -> None:
    """Take from others what an earlier version or another program let them do with `path`.

    A folder that is everyone's by intent (sticky, as /tmp is) and what another user owns stay as they are:
    what Milepost makes in them is private anyway.
    """
    found = path.stat()
    if found.st_mode & OTHERS and not found.st_mode & stat.S_ISVTX and found.st_uid == os.geteuid():
        path.chmod(found.st_mode & 0o777 & ~OTHERS)


def share(path: Path) -> None:
    """Give a published file or folder the mode that follows from the umask this process was started with."""
    path.chmod((0o777 if path.is_dir() else 0o666) & ~_umask_at_start())


@cache
def _umask_at_start() -> int:
    umask = os.umask(OTHERS)
    os.umask(umask)
    return umask

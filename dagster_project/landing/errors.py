"""Errors of the landing zone; each message names the file and says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A quota and a file-size limit have different error numbers but need the same remedy.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class LandingError(Exception):
    """The landing zone could not be read or written. The message is written for the operator."""


@contextmanager
def explain_disk_errors(root: Path) -> Iterator[None]:
    """Turn the operating system's errors while writing below `root` into a LandingError."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise LandingError(
                f"No space is left for the landing zone at {root}; free some or set MILEPOST_HOME to a "
                "folder on a larger disk, then run again (committed data is kept)."
            ) from error
        raise LandingError(
            f"The landing zone at {root} cannot be written ({error.strerror or error}); make it a directory "
            "that this user may write, or set MILEPOST_HOME to another folder."
        ) from error

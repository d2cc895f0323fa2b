"""What can go wrong in the landing zone, each a sentence that names the file and says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A quota and a file-size limit look different to the kernel but mean the same to a person.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class LandingError(Exception):
    """The landing zone could not be read or written. The message is one sentence for a person."""


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn the operating system's errors while writing below `place` into a LandingError."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise LandingError(
                f"No space is left for the landing zone at {place}; free some or point MILEPOST_HOME to a "
                "larger disk, then run again (nothing that was committed is lost)."
            ) from error
        raise LandingError(
            f"The landing zone at {place} cannot be written ({error.strerror or error}); make it a directory "
            "this user may write, or point MILEPOST_HOME elsewhere."
        ) from error

"""Reading a file or a listing through fsspec, with an end: a peer may send slowly, or never stop."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from dagster_project.sources.core.errors import SourceError, UnavailableError, WaitedTooLongError

CHUNK_BYTES = 1 << 20
LISTING_SECONDS = 600
# A file may take a minute, and as long as a line of 100 kB/s needs for its size.
FILE_SECONDS = 60
BYTES_PER_SECOND = 100_000

T = TypeVar("T")


def is_remote(address: str) -> bool:
    return "://" in address


def within(seconds: float, late: str, call: Callable[[], T]) -> T:
    """The result of `call`, or WaitedTooLongError with the sentence `late` after `seconds`.

    The thread of a call that does not end is left behind: nothing can stop it, and it ends with the process.
    """
    results: queue.SimpleQueue[T | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put(call())
        except BaseException as error:
            results.put(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        found = results.get(timeout=seconds)
    except queue.Empty:
        raise WaitedTooLongError(late) from None
    if isinstance(found, BaseException):
        raise found
    return found


def remote_chunks(address: str, size: int, open_file: Callable[[], BinaryIO]) -> Iterator[bytes]:
    """The content of a remote file.

    Raises UnavailableError when it cannot be read, and WaitedTooLongError when it is not in its time.
    """
    seconds = FILE_SECONDS + size / BYTES_PER_SECOND
    due = time.monotonic() + seconds
    late = (
        f"The event file {address} of {size:,} bytes was not read within {seconds:,.0f} seconds; check the "
        "connection, then run again."
    )
    try:
        handle = within(seconds, late, open_file)
        while chunk := within(max(due - time.monotonic(), 0), late, lambda: handle.read(CHUNK_BYTES)):
            yield chunk
        handle.close()
    except (SourceError, GeneratorExit):
        raise
    except Exception as error:  # each driver of fsspec has errors of its own
        raise UnavailableError(
            f"The event file {address} cannot be read ({type(error).__name__}); check that it still exists, "
            "and the permissions."
        ) from error

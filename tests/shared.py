"""What is made once in a run of the tests, whichever of its processes is first, and read by all of them."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "MILEPOST_TESTS_SHARED"


@contextmanager
def shared_folder() -> Iterator[None]:
    """A folder of this run, which processes started in the block find in their environment."""
    with tempfile.TemporaryDirectory(prefix="milepost-tests-") as folder:
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]


@contextmanager
def made_once(name: str, make: Callable[[Path], None]) -> Iterator[Path]:
    """The folder `name` as `make` filled it. Without a shared folder, as in a benchmark, it is gone after."""
    if VARIABLE not in os.environ:
        with tempfile.TemporaryDirectory() as temporary:
            make(Path(temporary))
            yield Path(temporary)
        return
    shared = Path(os.environ[VARIABLE])
    made = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = shared / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(made)
    yield made

"""The demo's folder: emptied for a demo, and as it was when that one does not succeed."""

import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout


class DemoRunning(Exception):
    """Another demo uses the folder. One sentence."""


def in_new_home(home: Path, demo: Callable[[], bool]) -> bool:
    """Run `demo` with an empty `home`; the last one's content comes back unless it succeeds.

    Raises DemoRunning, and what `demo` raises.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    previous = home.with_name(f"{home.name}.previous")
    lock = FileLock(home.with_name(f"{home.name}.lock"), mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise DemoRunning(
            f"Another demo is running in {home}; wait for it to end, or start this one in another folder."
        ) from None
    succeeded = False
    try:
        # With both there, a demo was killed: the earlier one is the one that succeeded.
        if previous.exists():
            shutil.rmtree(home, ignore_errors=True)
        elif home.exists():
            home.rename(previous)
        home.mkdir(mode=0o700)
        succeeded = demo()
        return succeeded
    finally:
        if succeeded:
            shutil.rmtree(previous, ignore_errors=True)
        elif previous.exists():
            shutil.rmtree(home, ignore_errors=True)
            previous.rename(home)
        lock.release()

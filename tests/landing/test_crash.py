"""Killed at any point, then run again: the same result as if nothing had happened.

A child process is killed with SIGKILL just before its n-th step that changes the file system (an audit hook
counts them), for every n until it comes through; each time it is then run again undisturbed.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.landing import read_manifest
from dagster_project.landing.files import sweep
from tests.landing.test_pull import left_overs, seq_ids

PRELUDE = """
import os, pathlib, signal, sys
from datetime import date
from tests.landing.streams import *
root, deadline = pathlib.Path(sys.argv[1]), int(sys.argv[2])
steps = 0

def die_in_time(event, arguments):
    global steps
    changes = event in ("os.rename", "os.remove", "os.mkdir", "os.truncate") or (
        event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    )
    if changes and str(arguments[0]).startswith(str(root)):
        steps += 1
        if steps == deadline:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die_in_time)
"""

WINDOW = """
days = stream(Kind.WINDOW, span="range")
land(root, days, [page([1, 2], partition=day(0)), page([3], partition=day(1))], window(2))
land(root, days, [page([4], partition=day(1))], window(2))
"""
SNAPSHOT = """
if not (root / "esp/actions/manifest/0000000001.json").exists():
    land(root, stream(Kind.SNAPSHOT), [page([1, 2])])
land(root, stream(Kind.SNAPSHOT), [page([3])])
"""
CURSOR = """
start = int(last_cursor(root, "esp", "actions") or 0)
land(root, stream(Kind.CURSOR), (page([n], cursor=str(n)) for n in range(start + 1, 121)))
"""


def run(program: str, root: Path, deadline: int) -> int:
    done = subprocess.run([sys.executable, "-c", PRELUDE + program, str(root), str(deadline)], check=False)
    return done.returncode


def deadlines(program: str, folder: Path) -> Iterator[Path]:
    """A folder for each point of death, after the death; ends with the run that lived."""
    for deadline in range(1, 1000):
        root = folder / str(deadline)
        code = run(program, root, deadline)
        yield root
        if code == 0:
            return
        assert code == -signal.SIGKILL


@pytest.mark.parametrize(
    ("program", "expected"),
    [(WINDOW, [4]), (SNAPSHOT, [3]), (CURSOR, list(range(1, 121)))],
    ids=["window", "snapshot", "cursor"],
)
def test_a_run_after_a_kill_ends_as_an_undisturbed_one(
    program: str, expected: list[int], tmp_path: Path
) -> None:
    deaths = 0
    for root in deadlines(program, tmp_path):
        # whatever the moment of death, what is committed can be read and every file it names is there
        for entry in read_manifest(root, "esp", "actions"):
            assert all((root / file.path).stat().st_size == file.bytes for file in entry.files)
        assert run(program, root, 0) == 0
        assert seq_ids(root) == expected
        assert left_overs(root) == []
        deaths += 1
    assert deaths > 10


def test_the_sweeper_takes_only_what_no_entry_names(tmp_path: Path) -> None:
    assert run(SNAPSHOT, tmp_path, 0) == 0
    (tmp_path / "esp/actions/0000000009.tmp").write_bytes(b"half")
    (tmp_path / "esp/actions/manifest/0000000009.json.tmp").write_bytes(b"half")
    sweep(tmp_path, "esp", "actions", read_manifest(tmp_path, "esp", "actions"))
    assert left_overs(tmp_path) == []
    assert len(list((tmp_path / "esp/actions/manifest").iterdir())) == 2
    assert seq_ids(tmp_path) == [3]

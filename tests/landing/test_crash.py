"""A pull that is killed at any point and run again gives the same result as one without a crash.

A process is killed with SIGKILL just before its n-th step that changes the file system (an audit hook counts
them), for every n until it completes; each time the work is then run again without a crash.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.landing import last_cursor, read_manifest
from dagster_project.landing.files import sweep
from dagster_project.sources.core.stream import Kind
from tests.crash_points import CrashableJob, crash_at_every_step
from tests.landing.streams import day, land, page, stream, window
from tests.landing.test_pull import left_overs, seq_ids


def watch_files(step: Callable[[], None], root: Path) -> None:
    def see(event: str, arguments: tuple[Any, ...]) -> None:
        changes = event in ("os.rename", "os.remove", "os.mkdir", "os.truncate") or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if changes and str(arguments[0]).startswith(str(root)):
            step()

    sys.addaudithook(see)


def land_window(root: Path) -> None:
    days = stream(Kind.WINDOW, span="range")
    land(root, days, [page([1, 2], partition=day(0)), page([3], partition=day(1))], window(2))
    land(root, days, [page([4], partition=day(1))], window(2))


def land_snapshot(root: Path) -> None:
    if not (root / "esp/actions/manifest/0000000001.json").exists():
        land(root, stream(Kind.SNAPSHOT), [page([1, 2])])
    land(root, stream(Kind.SNAPSHOT), [page([3])])


def land_cursor(root: Path) -> None:
    start = int(last_cursor(root, "esp", "actions") or 0)
    land(root, stream(Kind.CURSOR), (page([n], cursor=str(n)) for n in range(start + 1, 121)))


WINDOW, SNAPSHOT, CURSOR = (
    CrashableJob(Path.mkdir, work, watch_files) for work in (land_window, land_snapshot, land_cursor)
)


@pytest.mark.parametrize(
    ("name", "job", "expected"),
    [("WINDOW", WINDOW, [4]), ("SNAPSHOT", SNAPSHOT, [3]), ("CURSOR", CURSOR, list(range(1, 121)))],
    ids=["window", "snapshot", "cursor"],
)
def test_a_run_after_a_crash_gives_the_same_result(
    name: str, job: CrashableJob, expected: list[int], tmp_path: Path
) -> None:
    roots = crash_at_every_step(__name__, name, tmp_path)
    assert len(roots) > 10
    for root in roots:
        # after every crash the committed entries can be read and every file they name exists
        for entry in read_manifest(root, "esp", "actions"):
            assert all((root / file.path).stat().st_size == file.bytes for file in entry.files)
        job.work(root)
        assert seq_ids(root) == expected
        assert left_overs(root) == []


def test_sweep_removes_only_files_that_no_entry_names(tmp_path: Path) -> None:
    land_snapshot(tmp_path)
    (tmp_path / "esp/actions/0000000009.tmp").write_bytes(b"half")
    (tmp_path / "esp/actions/manifest/0000000009.json.tmp").write_bytes(b"half")
    sweep(tmp_path, "esp", "actions", read_manifest(tmp_path, "esp", "actions"))
    assert left_overs(tmp_path) == []
    assert len(list((tmp_path / "esp/actions/manifest").iterdir())) == 2
    assert seq_ids(tmp_path) == [3]

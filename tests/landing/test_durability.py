"""A data file is on the disk before an entry names it, and the entry before the pull has ended."""

from pathlib import Path

import pytest

from dagster_project.landing.copies import copy_files
from dagster_project.landing.durable import write_atomically
from dagster_project.landing.manifest import read_manifest
from dagster_project.sources.core.stream import Kind
from dagster_project.sources.event_files import FeedFile
from tests.disk_order import DiskOrder
from tests.landing.streams import land, now, page, stream


def test_content_reaches_the_disk_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = DiskOrder(monkeypatch)
    write_atomically(tmp_path / "entry.json", b"{}")
    assert disk.targets == [tmp_path / "entry.json"]
    assert disk.unsafe() == []


def test_a_landed_file_reaches_the_disk_before_its_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = DiskOrder(monkeypatch)
    # Several files of one entry: pages of 4 MB end a file after the seventh.
    of = stream(Kind.SNAPSHOT)
    large = [page(range(number * 3000, number * 3000 + 3000)) for number in range(9)]
    [entry] = land(tmp_path, of, large)
    data = [tmp_path / file.path for file in entry.files]
    [manifest] = (path for path in disk.targets if path not in data)
    assert len(data) > 1
    assert manifest.parent.name == "manifest"
    assert set(data) < set(disk.targets)
    assert disk.unsafe() == []
    assert all(disk.is_named_for_good_before(file, manifest) for file in data)


def test_a_copied_file_reaches_the_disk_before_its_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "in.csv"
    given.write_bytes(b"ts,event\n2026-11-01,view\n")
    disk = DiskOrder(monkeypatch)
    copy_files("event_files", "shop", [FeedFile(str(given), 25, "mark")], tmp_path / "landing", now)
    [entry] = read_manifest(tmp_path / "landing", "event_files", "shop")
    copy, manifest = disk.targets
    assert copy == tmp_path / "landing" / entry.files[0].path
    assert disk.unsafe() == []
    assert disk.is_named_for_good_before(copy, manifest)

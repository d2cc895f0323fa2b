"""What a pull commits, by kind of stream, and what it leaves unchanged."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
import zstandard

from dagster_project.landing import LandingError, last_cursor, pull_stream, read_manifest
from dagster_project.landing.manifest import current_entries
from dagster_project.landing.pull import stream_lock
from dagster_project.sources.core.errors import UnavailableError, UnreadableDayError
from dagster_project.sources.core.stream import Kind, Page, Request, requested_window
from tests.landing.streams import FIRST_DAY, day, encoded, land, now, page, record, stream, window


def seq_ids(root: Path, name: str = "actions", partition: str | None = None) -> list[int]:
    """The seq_ids of the committed files, in order."""
    found = []
    for entry in current_entries(root, "esp", name):
        if partition in (None, entry.partition):
            for file in entry.files:
                content = (
                    zstandard.ZstdDecompressor().decompressobj().decompress((root / file.path).read_bytes())
                )
                lines = content.splitlines()
                assert len(lines) == file.records
                found += [msgspec.json.decode(line)["seq_id"] for line in lines]
    return found


def left_overs(root: Path) -> list[Path]:
    """Data files that no entry names."""
    named = {root / file.path for entry in read_manifest(root, "esp", "actions") for file in entry.files}
    held = [path for path in (root / "esp/actions").iterdir() if path.is_file() and path.name != ".lock"]
    return [path for path in held if path not in named]


def test_a_window_overwrites_its_days_only(tmp_path: Path) -> None:
    days = stream(Kind.WINDOW, span="range")
    pages = [page([1, 2], partition=day(0)), page([3], partition=day(1)), page([4], partition=day(0))]
    entries = land(tmp_path, days, pages, window(3))
    assert [(entry.partition, entry.records) for entry in entries] == [(day(0), 3), (day(1), 1), (day(2), 0)]
    land(tmp_path, days, [page([9], partition=day(1))], window(2))
    assert seq_ids(tmp_path, partition=day(0)) == []
    assert seq_ids(tmp_path, partition=day(1)) == [9]
    assert [entry.partition for entry in read_manifest(tmp_path, "esp", "actions")] == [
        day(0),
        day(1),
        day(2),
    ]
    assert left_overs(tmp_path) == []


@pytest.mark.parametrize("pages_before", [1, 20])
def test_a_day_that_is_read_again_holds_the_last_reading_only(tmp_path: Path, pages_before: int) -> None:
    """Twenty pages of a megabyte: files of the first reading are finished when it is read again."""
    days = stream(Kind.WINDOW, span="range")
    first = [
        Page(encoded([record(number, value="x" * (1 << 20))]), partition=day(0), announced=99)
        for number in range(pages_before)
    ]
    pages = [
        page([7], partition=day(1)),
        *first,
        page([101], partition=day(0), announced=2, restarts=True),
        page([102], partition=day(0), announced=2),
    ]
    entries = land(tmp_path, days, pages, window(2))
    assert [(entry.partition, entry.records, entry.announced) for entry in entries] == [
        (day(0), 2, 2),
        (day(1), 1, None),
    ]
    assert seq_ids(tmp_path, partition=day(0)) == [101, 102]
    assert left_overs(tmp_path) == []


def test_a_page_outside_the_window_lands_nothing(tmp_path: Path) -> None:
    days = stream(Kind.WINDOW, span="range")
    land(tmp_path, days, [page([1], partition=day(5))], window(1, start=FIRST_DAY + timedelta(days=5)))
    with pytest.raises(LandingError, match="2026-11-06 when 2026-11-01 to 2026-11-02 was requested"):
        land(tmp_path, days, [page([2], partition=day(0)), page([3], partition=day(5))], window(2))
    assert seq_ids(tmp_path) == [1]
    assert left_overs(tmp_path) == []


def test_a_stream_extracted_by_day_keeps_the_days_before_a_failure(tmp_path: Path) -> None:
    def extract(_: object, request: Request) -> Iterator[Page]:
        assert request.window is not None
        yield page([request.window.start.day])
        if request.window.start.day == 3:
            raise UnavailableError("The source is unavailable.")

    days = replace(stream(Kind.WINDOW), extract=extract)
    with pytest.raises(UnavailableError):
        pull_stream("esp", days, None, tmp_path, now, window(4))
    assert [entry.partition for entry in read_manifest(tmp_path, "esp", "actions")] == [day(0), day(1)]
    assert left_overs(tmp_path) == []


def test_a_cursor_stream_commits_every_13_pages_and_resumes(tmp_path: Path) -> None:
    log = stream(Kind.CURSOR)

    def pages(start: int, count: int) -> Iterator[Page]:
        for number in range(start, start + count):
            yield page([number], cursor=str(number))

    entries = land(tmp_path, log, pages(1, 60))
    assert [(entry.cursor_from, entry.cursor_to, entry.records) for entry in entries] == [
        (None, "13", 13),
        ("13", "26", 13),
        ("26", "39", 13),
        ("39", "52", 13),
        ("52", "60", 8),
    ]
    assert last_cursor(tmp_path, "esp", "actions") == "60"
    assert land(tmp_path, log, [Page([], cursor="60")]) == []
    land(tmp_path, log, pages(61, 2))
    assert seq_ids(tmp_path) == list(range(1, 63))
    with pytest.raises(LandingError, match="resume after 7 but has landed up to 62"):
        land(tmp_path, log, [], Request(cursor="7"))


def test_a_failure_of_the_source_keeps_what_a_cursor_stream_committed(tmp_path: Path) -> None:
    def pages() -> Iterator[Page]:
        for number in range(1, 61):
            yield page([number], cursor=str(number))
        raise ConnectionResetError("reset by peer")

    with pytest.raises(ConnectionResetError):  # an OSError, but not of the disk
        land(tmp_path, stream(Kind.CURSOR), pages())
    assert last_cursor(tmp_path, "esp", "actions") == "52"
    assert left_overs(tmp_path) == []


def test_the_latest_snapshot_is_current_and_earlier_ones_are_kept(tmp_path: Path) -> None:
    full = stream(Kind.SNAPSHOT)
    land(tmp_path, full, [page([1, 2]), page([3])])
    land(tmp_path, full, [page([2])])
    assert seq_ids(tmp_path) == [2]
    assert [entry.records for entry in read_manifest(tmp_path, "esp", "actions")] == [3, 1]


def test_an_unchanged_snapshot_is_not_committed_again(tmp_path: Path) -> None:
    full = stream(Kind.SNAPSHOT)
    [first] = land(tmp_path, full, [page([1, 2])])
    assert land(tmp_path, full, [page([1, 2])]) == [first]
    assert left_overs(tmp_path) == []
    [other] = land(tmp_path, full, [page([2, 1])])
    [back] = land(tmp_path, full, [page([1, 2])])
    assert [first.name, other.name, back.name] == ["0000000001", "0000000002", "0000000003"]


def test_large_partitions_are_several_files(tmp_path: Path) -> None:
    wide = "x" * 700_000
    pages = [Page(encoded([record(number, value=wide)])) for number in range(30)]
    [entry] = land(tmp_path, stream(Kind.SNAPSHOT), pages)
    assert [file.records for file in entry.files] == [7, 7, 7, 7, 2]
    assert seq_ids(tmp_path) == list(range(30))


def test_the_entry_has_the_metadata_of_its_pages(tmp_path: Path) -> None:
    pages = [
        page([5, 6], announced=4, metadata={"is_sampled": True, "rows": 2}),
        page([7, 8], announced=4, metadata={"is_sampled": False, "rows": 4}),
    ]
    [entry] = land(tmp_path, stream(Kind.SNAPSHOT), pages)
    assert entry.announced == 4
    assert entry.metadata == {"is_sampled": True, "rows": 4}
    assert (entry.first_time, entry.last_time) == ("2026-11-01 00:05:00", "2026-11-01 00:08:00")
    assert entry.extracted_at == now()


def test_drift_names_added_and_missing_fields(tmp_path: Path) -> None:
    records = encoded(
        [record(1, colour="red", amount=...), record(2, amount=..., dimensions=[{"value": "EE"}])]
    )
    [entry] = land(tmp_path, stream(Kind.SNAPSHOT), [Page(records, context={"_link": "x"})])
    assert entry.drift == {"added": ["colour"], "missing": ["amount"]}
    [entry] = land(tmp_path, stream(Kind.SNAPSHOT), [Page(records[1:], context={"_link": "x"})])
    assert entry.drift == {"missing": ["amount", "device"]}


def test_unread_fields_are_not_drift(tmp_path: Path) -> None:
    records = encoded([record(1, colour="red", shape="round")])
    [entry] = land(
        tmp_path, stream(Kind.SNAPSHOT, unread=("colour",)), [Page(records, context={"_link": "x"})]
    )
    assert entry.drift == {"added": ["shape"]}


def test_the_same_records_pulled_again_are_the_same_content(tmp_path: Path) -> None:
    days = stream(Kind.WINDOW)
    [first] = land(tmp_path, days, [page([1, 2])], window())
    [again] = land(tmp_path, days, [page([1, 2])], window())
    [other] = land(tmp_path, days, [page([1, 3])], window())
    assert first.content_sha256 == again.content_sha256 != other.content_sha256


def test_a_second_run_of_the_same_stream_is_refused(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\nfrom dagster_project.landing.pull import stream_lock\n"
        "with stream_lock(pathlib.Path(sys.argv[1]), 'esp', 'actions'):\n"
        "    print('held', flush=True)\n    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LandingError, match="Another run is pulling esp/actions"):
            land(tmp_path, stream(Kind.SNAPSHOT), [page([1])])
        other.communicate("\n")
    with stream_lock(tmp_path, "esp", "actions"):
        pass


def test_a_landing_zone_that_is_a_file_is_named(tmp_path: Path) -> None:
    root = tmp_path / "landing"
    root.write_text("in the way")
    with pytest.raises(LandingError, match=f"landing zone at {root} cannot be written"):
        land(root, stream(Kind.SNAPSHOT), [page([1])])


def test_a_full_disk_keeps_committed_data(tmp_path: Path) -> None:
    """A limit on file size simulates a full disk: the kernel refuses the write half-way."""
    land(tmp_path, stream(Kind.SNAPSHOT), [page([1])])
    program = (
        "import os, resource, sys, pathlib\n"
        "from tests.landing.streams import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "noise = [Page(encoded([record(n, value=os.urandom(400_000).hex())])) for n in range(5)]\n"
        "try:\n    land(pathlib.Path(sys.argv[1]), stream(Kind.SNAPSHOT), noise)\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("LandingError No space is left for the landing zone")
    assert seq_ids(tmp_path) == [1]
    assert left_overs(tmp_path) == []


def test_a_damaged_manifest_entry_is_named(tmp_path: Path) -> None:
    land(tmp_path, stream(Kind.SNAPSHOT), [page([1])])
    [path] = (tmp_path / "esp/actions/manifest").glob("*.json")
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole.replace(b'"records":1', b'"records":2'), b"", b"\xff"):
        path.write_bytes(damaged)
        with pytest.raises(LandingError, match=str(path)):
            read_manifest(tmp_path, "esp", "actions")


def test_a_day_that_is_damaged_at_the_source_stays_and_later_ones_land(tmp_path: Path) -> None:
    def pages(_: object, request: Request) -> Iterator[Page]:
        asked = requested_window(request).start.isoformat()
        yield page([8], partition=asked)
        if asked == day(1):
            raise UnreadableDayError("It is damaged.")

    days = stream(Kind.WINDOW)
    land(tmp_path, days, [page([7], partition=day(1))], window(1, date.fromisoformat(day(1))))
    damaged = replace(days, extract=pages)
    left_out: list[UnreadableDayError] = []
    pull_stream("esp", damaged, None, tmp_path, now, window(3), left_out=left_out.append)
    assert [str(error) for error in left_out] == ["It is damaged."]
    assert [seq_ids(tmp_path, partition=day(offset)) for offset in range(3)] == [[8], [7], [8]]
    with pytest.raises(UnreadableDayError):
        pull_stream("esp", damaged, None, tmp_path, now, window(3))

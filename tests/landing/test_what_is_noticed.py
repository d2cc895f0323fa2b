"""What a pull notices of an answer: changed flags, fields of any sampled record, folders among files."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_project.landing import pull_stream, read_manifest
from dagster_project.sources.core.stream import Kind, Page, Request
from dagster_project.sources.event_files import Feed, list_files
from tests.landing.streams import day, encoded, land, now, page, record, stream, window


def test_a_flag_that_changes_is_a_new_entry_though_the_records_are_the_same(tmp_path: Path) -> None:
    days = stream(Kind.WINDOW)
    for is_sampled in (True, False):
        land(tmp_path, days, [page([1], partition=day(0), metadata={"is_sampled": is_sampled})], window())
    [entry] = read_manifest(tmp_path, "esp", "actions")
    assert entry.metadata == {"is_sampled": False}


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_new_field_is_noticed_in_the_first_middle_and_last_record(tmp_path: Path, position: int) -> None:
    records = [record(number) for number in range(3)]
    records[position]["surprise"] = True
    [entry] = land(tmp_path, stream(Kind.SNAPSHOT), [Page(encoded(records))])
    assert entry.drift == {"added": ["surprise"], "missing": ["link"]}
    assert (entry.first_time, entry.last_time) == (records[0]["time"], records[2]["time"])


@pytest.mark.parametrize(("span", "asked"), [("day", [1, 1, 1]), ("range", [3])])
def test_a_window_is_asked_by_day_or_whole_as_the_stream_says(
    tmp_path: Path, span: str, asked: list[int]
) -> None:
    lengths: list[int] = []

    def extract(_: object, request: Request) -> Iterator[Page]:
        assert request.window is not None
        days = [each.isoformat() for each in request.window.days()]
        lengths.append(len(days))
        yield from (page([1], partition=each) for each in days)

    of = replace(stream(Kind.WINDOW, span=span), extract=extract)
    entries = pull_stream("esp", of, None, tmp_path, now, window(3))
    assert [entry.partition for entry in entries] == [day(0), day(1), day(2)]
    assert lengths == asked


def test_a_folder_that_fits_the_pattern_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "old.csv").mkdir()
    (tmp_path / "new.csv").write_text("ts,event\n")
    feed = Feed("shop", f"{tmp_path}/*.csv", "csv", "UTC", {"occurred_at": "ts", "event_name": "event"})
    assert [Path(file.address).name for file in list_files(feed)] == ["new.csv"]

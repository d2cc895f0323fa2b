"""The export as files: which days they are, in which forms, and when a day is read again."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zstandard

from dagster_project.raw.refusals import LossRefused
from dagster_project.sources.core.errors import ConfigurationError
from tests.sources.google_analytics_export.exports import (
    DAYS,
    TABLE,
    Installation,
    day,
    event,
    lines,
    write,
    write_parquet,
)


def test_each_day_is_read_once(export: Installation) -> None:
    assert export.refresh() == [day(14), day(15)]
    assert export.days() == DAYS
    assert export.refresh() == []


def test_a_changed_file_of_any_day_replaces_it(export: Installation) -> None:
    write(export.folder, "analytics_123/events_20261002.json", lines(event(1, 2)))
    export.refresh()
    write(export.folder, "analytics_123/events_20261002.json", lines(event(1, 2), event(2, 2), event(3, 2)))
    assert export.refresh() == [date(2026, 10, 2)]
    assert export.days()["2026-10-02"] == 3
    assert export.refresh() == []


def test_a_file_that_is_only_touched_is_read_once_more(export: Installation) -> None:
    export.refresh()
    os.utime(export.folder / "analytics_123/events_20261114.json", (1, 1))
    assert [export.refresh(), export.refresh()] == [[day(14)], []]
    assert export.days() == DAYS


def test_a_day_between_two_others_is_known_to_be_missing_and_read_when_it_comes(
    export: Installation,
) -> None:
    write(export.folder, "analytics_123/events_20261005.json", lines(event(1, 5)))
    assert len(export.refresh()) == 42
    missing = "select count(*) from raw._loads where loaded = 0 and partition < '2026-11-14'"
    assert export.query(missing) == [(39,)]
    assert export.refresh() == []
    write(export.folder, "analytics_123/events_20261006.json", lines(event(1, 6)))
    assert export.refresh() == [date(2026, 10, 6)]
    assert export.query(missing) == [(38,)]


def test_days_stay_when_their_files_go(export: Installation) -> None:
    export.refresh()
    (export.folder / "analytics_123/events_20261114.json").unlink()
    assert export.refresh() == []
    assert export.days() == DAYS


def test_an_empty_day_is_a_day(export: Installation) -> None:
    write(export.folder, "analytics_123/events_20261113.json", b"")
    write_parquet(export.folder, "analytics_123/events_20261112.parquet")
    assert len(export.refresh()) == 4
    assert export.days() == DAYS
    assert export.refresh() == []


def test_a_day_that_was_full_is_not_replaced_by_an_empty_one(export: Installation) -> None:
    export.refresh()
    write(export.folder, "analytics_123/events_20261114.json", b"")
    with pytest.raises(LossRefused, match="2026-11-14"):
        export.refresh()
    assert export.days() == DAYS


def test_the_daily_table_takes_the_place_of_the_intraday_one(export: Installation) -> None:
    folder = export.folder / "analytics_123"
    write(folder, "events_intraday_20261116.json", lines(event(1, 16)))
    export.refresh()
    kinds = (
        f"select _partition, any_value(table_kind), count(*) from {TABLE} group by 1 order by 1 desc limit 1"
    )
    assert export.query(kinds) == [("2026-11-16", "intraday", 1)]
    write(folder, "events_intraday_20261116.json", lines(event(1, 16), event(2, 16)))
    assert export.refresh() == [day(16)]
    write(folder, "events_20261116.json", lines(event(1, 16), event(2, 16), event(3, 16)))
    assert export.refresh() == [day(16)]
    assert export.query(kinds) == [("2026-11-16", "daily", 3)]
    (folder / "events_intraday_20261116.json").unlink()
    assert export.refresh() == []


FORMS: dict[str, Callable[[bytes], bytes]] = {
    ".json": bytes,
    ".json.gz": gzip.compress,
    ".jsonl.zst": zstandard.compress,
    "": bytes,
    "_000000000000": gzip.compress,
    "/000000000000.json.gz": gzip.compress,
    "-00000-of-00001.ndjson": bytes,
}


@pytest.mark.parametrize("suffix", FORMS)
def test_a_file_is_what_its_content_says(tmp_path: Path, suffix: str) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    written = FORMS[suffix](b"\xef\xbb\xbf" + lines(event(1), event(2)).replace(b"\n", b"\r\n"))
    write(export.folder, f"analytics_123/events_20261115{suffix}", written)
    export.refresh()
    assert (export.days(), export.reasons()) == ({"2026-11-15": 2}, [])


def test_parts_of_a_day_are_one_day_and_both_forms_are_the_same_rows(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    folder = export.folder / "analytics_123"
    write(folder, "events_20261115_000000000000.json", lines(event(1)))
    write(folder, "events_20261115_000000000001.json", lines(event(2)))
    export.refresh()
    assert export.days() == {"2026-11-15": 2}
    write_parquet(folder, "events_20261115.parquet", event(1), event(2), event(3))
    export.refresh()
    assert export.days() == {"2026-11-15": 3}


def test_what_is_no_day_is_not_read_and_named(export: Installation, caplog: Any) -> None:
    folder = export.folder / "analytics_123"
    for name in (
        "events_20261315.json",
        "events_2026111.json",
        "events_202611150.json",
        "events_latest.json",
        "pseudonymous_users_20261115.json",
        "users_20261115.json",
        "notes.txt",
        "events_20991231.json",
        ".events_20261113.json",
        "events_20261113.json.part",
        "events_20261112/_SUCCESS",
    ):
        write(folder, name, lines(event(1)))
    assert export.refresh() == [day(14), day(15)]
    assert "4 files" in caplog.text
    assert "events_20261315.json" in caplog.text


def test_an_avro_file_is_refused(export: Installation) -> None:
    write(export.folder, "analytics_123/events_20261113.avro", b"Obj\x01abc")
    with pytest.raises(ConfigurationError, match="Avro"):
        export.refresh()


def test_what_lands_is_the_whole_event(export: Installation) -> None:
    export.refresh()
    landed = export.settings.landing / "google_analytics_export" / "events"
    records = [
        json.loads(line)
        for path in landed.glob("*.ndjson.zst")
        for line in zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read().splitlines()
    ]
    assert len(records) == 3
    assert {name for record in records for name in record} >= set(event(1))

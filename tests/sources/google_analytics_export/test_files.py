"""The export as files: which days they are, in which forms, and what becomes of damaged and late ones."""

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
from dagster_project.sources.core.errors import ConfigurationError, ProtocolError, UnavailableError
from dagster_project.sources.google_analytics_export import SOURCE, files
from tests.sources.google_analytics_export.exports import (
    TABLE,
    Installation,
    event,
    lines,
    write,
    write_parquet,
)

DAYS = {"2026-11-14": 2, "2026-11-15": 1}


@pytest.fixture
def export(tmp_path: Path) -> Installation:
    """An installation whose export has two days of one property."""
    folder = tmp_path / "export"
    write(folder, "analytics_123/events_20261114.json", lines(event(1, 14), event(2, 14)))
    write_parquet(folder, "analytics_123/events_20261115.parquet", event(1, 15))
    return Installation(tmp_path / "home", folder)


def day(number: int) -> date:
    return date(2026, 11, number)


def reasons(export: Installation) -> list[str]:
    return [reason for (reason,) in export.query("select reason from raw._quarantine order by 1")]


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
    assert (export.days(), reasons(export)) == ({"2026-11-15": 2}, [])


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


DAMAGE: dict[str, tuple[str, bytes]] = {
    "a Parquet file cut off": ("parquet", b"PAR1" + b"\x15\x04" * 500),
    "a Parquet file without an end": ("parquet", b"PAR1"),
    "a gzip file cut off": ("json.gz", gzip.compress(lines(*(event(n) for n in range(500))))[:-50]),
    "a gzip file with a wrong byte": ("json.gz", gzip.compress(lines(event(1)))[:-6] + b"\0\0\0\0\0\0"),
    "text cut off": ("json", lines(event(1), event(2))[:-40]),
    "zstd cut off": ("json.zst", zstandard.compress(lines(*(event(n) for n in range(5000))))[:-500]),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_named_and_days_before_it_are_kept(tmp_path: Path, kind: str) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    suffix, content = DAMAGE[kind]
    write(export.folder, "analytics_123/events_20261114.json", lines(event(1, 14), event(2, 14)))
    damaged = write(export.folder, f"analytics_123/events_20261115.{suffix}", content)
    with pytest.raises(ProtocolError, match=rf"{damaged.name} of GA4's BigQuery export (is damaged|ends in)"):
        export.refresh()
    assert export.days() == {"2026-11-14": 2}
    damaged.unlink()
    write_parquet(export.folder, "analytics_123/events_20261115.parquet", event(1, 15))
    assert export.refresh() == [day(15)]
    assert export.days() == DAYS


def test_a_damaged_new_version_leaves_the_last_good_one(export: Installation) -> None:
    export.refresh()
    write(export.folder, "analytics_123/events_20261115.parquet", b"PAR1 and nothing else")
    with pytest.raises(ProtocolError, match="copy it again"):
        export.refresh()
    assert export.days() == DAYS


def test_records_that_are_none_are_quarantined_with_a_reason(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    ahead = event(1, 15) | {"event_timestamp": 1_794_744_000_000_000 + 86_400_000_000 * 5}
    content = lines(
        event(1, 15),
        event(1) | {"event_timestamp": 0},
        event(1) | {"event_timestamp": "9999999999999999999"},
        event(1) | {"event_timestamp": None},
        event(1) | {"event_timestamp": 1_794_744_000_000},
        ahead,
        event(2, 15) | {"device": "mobile", "items": "none", "geo": 7, "user_pseudo_id": 5},
    )
    write(
        export.folder,
        "analytics_123/events_20261115.json",
        content + b'not json\n[1]\n{"a":\xff}\n' + lines(event(3)),
    )
    export.refresh()
    assert export.days() == {"2026-11-15": 3}
    found = sorted(reason.split(": ")[0] for reason in reasons(export))
    assert found == [
        "occurred_at is not a TIMESTAMP",
        "occurred_at is not a TIMESTAMP",
        "occurred_at is not a plausible time",
        "occurred_at is not a plausible time",
        "occurred_at is not a plausible time",
        "the record is not UTF-8",
        "the record is not a JSON object but ARRAY",
        "the record is not valid JSON",
    ]


def test_addresses_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    address = "hanna.example@shop.example.com"
    given = event(
        1,
        parameters={
            "page_location": f"https://shop.example.com/?email={address}",
            "note": address,
            "form_id": address,
        },
        user_id=address,
        items=[{"item_name": address}],
        ecommerce={"transaction_id": address},
        **{address: 1},
    )
    write(export.folder, "analytics_123/events_20261115.json", lines(given))
    export.refresh()
    columns = ("page_location", "properties", "user_id", "transaction_id")
    [found] = export.query(f"select {', '.join(columns)} from {TABLE}")
    assert all(value is not None and "hanna" not in str(value) for value in found)


def test_an_address_sent_as_a_contact_key_is_its_key(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    address = "hanna@shop.example.com"
    key = "e" * 64
    given = [event(n, parameters={"contact_key": sent}) for n, sent in enumerate((address, key))]
    write(export.folder, "analytics_123/events_20261115.json", lines(*given))
    export.refresh()
    found = {value for (value,) in export.query(f"select contact_key from {TABLE}")}
    assert key in found
    assert all(len(value) == 64 for value in found)
    assert len(found) == 2


def test_properties_lie_side_by_side(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export", GA4_PROPERTY_ID="456")
    for property_id in ("123", "456"):
        write(export.folder, f"analytics_{property_id}/events_20261115.json", lines(event(1)))
    export.refresh()
    rows = f"select property_id, id_namespace from {TABLE} order by 1"
    assert export.query(rows) == [("123", "123"), ("456", None)]
    write(export.folder, "analytics_789/events_20261115.json", lines(event(1)))
    assert export.refresh() == [day(15)]
    assert export.query(rows) == [("123", "123"), ("456", None), ("789", "789")]


def test_without_a_named_property_the_oldest_one_keeps_its_ids(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    for property_id in ("1000", "456"):
        write(export.folder, f"analytics_{property_id}/events_20261115.json", lines(event(1)))
    export.refresh()
    assert export.query(f"select property_id, id_namespace from {TABLE} order by 1") == [
        ("1000", "1000"),
        ("456", None),
    ]


def configured_account(folder: Path, **environment: str) -> str | None:
    return SOURCE.account(SOURCE.configure({"GA4_EXPORT_FOLDER": str(folder), **environment}))


def test_the_property_whose_ids_stand_as_they_are_is_the_account(tmp_path: Path) -> None:
    """Another one is refused: ids that have landed bare would be taken for its own."""
    write(tmp_path, "analytics_200/events_20261115.json", lines(event(1)))
    assert configured_account(tmp_path) == "property 200"
    write(tmp_path, "analytics_1000/events_20261115.json", lines(event(1)))
    assert configured_account(tmp_path) == "property 200"
    write(tmp_path, "analytics_100/events_20261115.json", lines(event(1)))
    assert configured_account(tmp_path) == "property 100"
    assert configured_account(tmp_path, GA4_PROPERTY_ID="200") == "property 200"
    write(tmp_path / "flat", "events_20261115.json", lines(event(1)))
    assert configured_account(tmp_path / "flat") is None


def test_ids_of_properties_other_than_the_named_one_are_never_bare(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export", GA4_PROPERTY_ID="456")
    write(export.folder, "analytics_123/events_20261115.json", lines(event(1)))
    export.refresh()
    assert export.query(f"select property_id, id_namespace from {TABLE}") == [("123", "123")]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (["200"], [("200", "200")]),
        # The first account was taken out, or never was in the Data API.
        (["200", "300"], [("200", "200"), ("300", None)]),
        (["100", "200", "300"], [("100", None), ("200", "200"), ("300", "300")]),
    ],
)
def test_a_property_has_one_name_in_the_export_and_in_the_data_api(
    tmp_path: Path, properties: list[str], expected: list[tuple[str, str | None]]
) -> None:
    """Ids of a further account begin with its number there, so that its browsers are the same here."""
    further = {"GA4_PROPERTY_ID__LV": " properties/200"}
    export = Installation(tmp_path / "home", tmp_path / "export", **further)
    for property_id in properties:
        write(export.folder, f"analytics_{property_id}/events_20261115.json", lines(event(1)))
    export.refresh()
    assert export.query(f"select property_id, id_namespace from {TABLE} order by 1") == expected
    bare = next((name for name, namespace in expected if namespace is None), None)
    assert configured_account(export.folder, **further) == (f"property {bare}" if bare else None)
    datasets = ",".join(f"shop.analytics_{name}" for name in reversed(properties))
    configuration = SOURCE.configure(
        {"GA4_EXPORT_DATASETS": datasets, "GOOGLE_APPLICATION_CREDENTIALS": "key.json", **further}
    )
    assert configuration.home == ({"100": "300"}.get(bare, bare) if bare else None)


@pytest.mark.parametrize(
    "names",
    [
        ("a/events_20261115.parquet", "b/events_20261115.json"),
        ("a/events_20261115.json", "b/events_20261115.json"),
        ("a/analytics_1/events_20261115.json", "b/analytics_1/events_20261115.json"),
        ("a/events_20261115.json", "a/events_20261115_backup.json"),
        ("a/events_20261115.json", "a/events_20261115.json.gz"),
        ("a/events_20261115.json", "a/events_20261115 (1).json"),
        ("a/events_20261115.json", "a/old/events_20261115.json"),
        ("a/events_20261115.json", "a/events_20261115/000000000000.json"),
    ],
)
def test_two_exports_of_one_day_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        write(tmp_path, name, lines(event(1)))
    (tmp_path / "b").mkdir(exist_ok=True)
    export = Installation(tmp_path / "home", tmp_path / "a", GA4_EXPORT_FOLDER=f"{tmp_path}/a,{tmp_path}/b")
    with pytest.raises(ConfigurationError, match=r"are both one day of .* would count twice"):
        export.refresh()


def test_folders_that_overlap_give_each_file_once(tmp_path: Path) -> None:
    for number in (14, 15):
        write(tmp_path, f"a/analytics_1/events_202611{number}.json", lines(event(1, number)))
    folders = ",".join(f"{tmp_path}/{name}" for name in ("a/analytics_1", "a", "a/"))
    export = Installation(tmp_path / "home", tmp_path, GA4_EXPORT_FOLDER=folders)
    export.refresh()
    assert export.days() == {"2026-11-14": 1, "2026-11-15": 1}


def test_folders_of_one_property_may_hold_different_days(tmp_path: Path) -> None:
    write(tmp_path, "2025/events_20261114.json", lines(event(1, 14)))
    write(tmp_path, "2026/events_20261115.json", lines(event(1, 15)))
    folders = f"{tmp_path}/2025,{tmp_path}/2026"
    export = Installation(tmp_path / "home", tmp_path, GA4_EXPORT_FOLDER=folders)
    export.refresh()
    assert export.days() == {"2026-11-14": 1, "2026-11-15": 1}


def test_a_folder_above_the_export_names_no_property(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "analytics_2026" / "ga4")
    write(export.folder, "events_20261115.json", lines(event(1)))
    export.refresh()
    assert export.query(f"select property_id from {TABLE}") == [(None,)]


def test_a_folder_of_one_property_needs_no_name(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "events_20260101 [copy]")
    write(export.folder, "events_20261115.json", lines(event(1)))
    assert export.refresh() == [day(15)]
    assert export.query(f"select property_id, id_namespace from {TABLE}") == [(None, None)]


def test_a_day_that_is_rewritten_while_it_is_read_is_read_again(
    export: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export.folder / "analytics_123/events_20261114.json"
    read = files._lines

    rewritten: list[bool] = []

    def rewritten_once(file: Any) -> Any:
        yield from read(file)
        if not rewritten:
            rewritten.append(True)
            path.write_bytes(lines(event(1, 14), event(2, 14), event(3, 14)))

    monkeypatch.setattr(files, "_lines", rewritten_once)
    export.refresh()
    assert export.days()["2026-11-14"] == 3
    assert export.refresh() == []


def test_a_day_that_is_always_rewritten_waits_for_the_next_run(
    export: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export.folder / "analytics_123/events_20261114.json"
    read = files._lines

    def appended(file: Any) -> Any:
        yield from read(file)
        path.write_bytes(path.read_bytes() + lines(event(9, 14)))

    monkeypatch.setattr(files, "_lines", appended)
    with pytest.raises(UnavailableError, match="rewrote 2026-11-14 in each of 5 attempts"):
        export.refresh()
    assert export.days() == {}


def test_an_object_store_is_a_folder(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://bucket/analytics_123/events_20261115.json", "wb") as file:
        file.write(lines(event(1)))
    with fsspec.open("memory://bucket/analytics_123/events_20261114.parquet", "wb") as file:
        file.write(write_parquet(tmp_path, "x", event(1, 14)).read_bytes())
    export = Installation(tmp_path / "home", tmp_path, GA4_EXPORT_FOLDER="memory://bucket")
    assert export.refresh() == [day(14), day(15)]
    assert export.days() == {"2026-11-14": 1, "2026-11-15": 1}
    assert export.refresh() == []


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"GA4_EXPORT_FOLDER": "/nowhere/at/all"}, "cannot be listed"),
        ({"GA4_EXPORT_FOLDER": "none://bucket"}, "fsspec driver"),
        ({"GA4_EXPORT_FOLDER": "a", "GA4_EXPORT_DATASETS": "p.analytics_1"}, "configured twice"),
        ({"GA4_EXPORT_DATASETS": "p.analytics_1"}, "set GOOGLE_APPLICATION_CREDENTIALS too"),
        ({"GA4_EXPORT_DATASETS": "analytics_1"}, "is no data set"),
    ],
)
def test_a_wrong_setting_is_one_sentence(environment: dict[str, str], words: str) -> None:
    def configured() -> None:
        configuration = SOURCE.configure(environment)
        with SOURCE.connect(configuration, lambda: None, lambda _: None) as client:
            SOURCE.verify(client)

    with pytest.raises(ConfigurationError, match=words):
        configured()


def test_a_folder_without_a_day_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    with pytest.raises(ConfigurationError, match="no table or file named events_YYYYMMDD"):
        Installation(tmp_path / "home", tmp_path / "export").refresh()


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

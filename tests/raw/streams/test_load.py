"""Loading landed entries into raw tables: what is loaded, replaced, removed, counted and rebuilt."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.landing import LandingError, pull, read_manifest
from dagster_project.landing.manifest import remove_entry
from dagster_project.raw.connection import connect
from dagster_project.raw.reload import reload
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Kind, Page, Request
from dagster_project.sources.smaily import SOURCE as SMAILY
from tests.landing.streams import (
    FIRST_DAY,
    NOW,
    day,
    encoded,
    land,
    now,
    page,
    record,
    stream,
    window,
)
from tests.raw.conftest import rows, source

DAYS = stream(Kind.WINDOW, span="range")


def seq_ids(warehouse: duckdb.DuckDBPyConnection) -> list[int]:
    return [number for (number,) in rows(warehouse, "select seq_id from raw.esp__actions order by seq_id")]


def test_values_arrive_typed_with_their_provenance(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    [entry] = land(settings.landing, DAYS, [page([3], context={"_link": "bit.ly/3abc"})], window())
    result = load(warehouse, settings.landing, "esp", DAYS, now)
    address = "person3@mail.example.com"
    assert rows(warehouse, "select * from raw.esp__actions") == [
        (
            3,
            hashlib.sha256(address.encode()).digest(),
            "2026-11-01 00:03:00",
            "https://shop.example.com/?id=3",
            0.75,
            ["welcome", "õis"],
            '{"id":3,"name":"the \\"best\\""}',
            "bit.ly/3abc",
            "EE",
            "mobile",
            entry.files[0].path,
            NOW,
            day(0),
            None,
        )
    ]
    assert (result.fetched, result.landed, result.loaded, result.quarantined) == (1, 1, 1, 0)
    assert result.is_complete
    assert rows(warehouse, "select email, first_seen_at from pii.contacts") == [(address, NOW)]


def test_only_what_changed_is_loaded(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    root = settings.landing
    land(root, DAYS, [page([1, 2], partition=day(0)), page([3], partition=day(1))], window(2))
    first = load(warehouse, root, "esp", DAYS, now)
    assert first.partitions_changed == (day(0), day(1))
    idle = load(warehouse, root, "esp", DAYS, now)
    assert (idle.partitions_loaded, idle.partitions_changed, idle.loaded) == ((), (), 3)
    later = NOW + timedelta(days=1)
    land(root, DAYS, [page([2, 5], partition=day(0)), page([3], partition=day(1))], window(2))
    # pulled again with the same records and another flag: loaded for its new provenance, but unchanged
    second_day, flagged = window(1, FIRST_DAY + timedelta(days=1)), {"is_sampled": True}
    pull("esp", DAYS, [page([3], partition=day(1), metadata=flagged)], root, lambda: later, second_day)
    again = load(warehouse, root, "esp", DAYS, lambda: later)
    assert again.partitions_loaded == (day(0), day(1))
    assert again.partitions_changed == (day(0),)
    assert seq_ids(warehouse) == [2, 3, 5]
    assert rows(warehouse, "select partition, changed_at from raw._loads order by 1") == [
        (day(0), later),
        (day(1), NOW),
    ]
    assert rows(warehouse, "select _extracted_at from raw.esp__actions where seq_id = 3") == [(later,)]


def test_a_partition_is_removed_too_when_another_has_an_invalid_record(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """Then the partitions are loaded one by one; the one removed had no record, so that nothing is lost."""
    create_raw_tables(warehouse, [source(DAYS)])
    land(settings.landing, DAYS, [page([n], partition=day(n)) for n in range(1, 10)], window(10))
    load(warehouse, settings.landing, "esp", DAYS, now)
    remove_entry(settings.landing, read_manifest(settings.landing, "esp", "actions")[0])
    later = window(2, FIRST_DAY + timedelta(days=8))
    pages = [Page([b"null", *encoded([record(8)])], partition=day(8)), page([19], partition=day(9))]
    land(settings.landing, DAYS, pages, later)
    result = load(warehouse, settings.landing, "esp", DAYS, now)
    assert (result.loaded, result.quarantined, result.partitions_removed) == (9, 1, (day(0),))
    assert rows(warehouse, "select min(seq_id), max(seq_id) from raw.esp__actions") == [(1, 19)]


def test_the_table_has_the_latest_snapshot(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    full = stream(Kind.SNAPSHOT)
    create_raw_tables(warehouse, [source(full)])
    land(settings.landing, full, [page([1, 2, 3])])
    load(warehouse, settings.landing, "esp", full, now)
    land(settings.landing, full, [page([2])])
    result = load(warehouse, settings.landing, "esp", full, now)
    assert seq_ids(warehouse) == [2]
    assert (result.fetched, result.partitions_removed) == (1, ("0000000001",))


def test_many_days_are_loaded_at_once(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    pages = [page([offset], partition=day(offset)) for offset in range(300)]
    land(settings.landing, DAYS, pages, window(300))
    result = load(warehouse, settings.landing, "esp", DAYS, now)
    assert (result.loaded, len(result.partitions_loaded)) == (300, 300)
    assert rows(warehouse, "select count(distinct _partition) from raw.esp__actions") == [(300,)]


def test_transactions_are_limited_in_records(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagster_project.raw.streams.load.MAX_BATCH_RECORDS", 3)
    create_raw_tables(warehouse, [source(DAYS)])
    pages = [page(ids, partition=day(at)) for at, ids in enumerate([[1, 2], [3], [4], [5, 6, 7, 8], [9]])]
    land(settings.landing, DAYS, pages, window(5))
    instants = (NOW + timedelta(seconds=batch) for batch in range(5))
    assert load(warehouse, settings.landing, "esp", DAYS, lambda: next(instants)).loaded == 9
    batches = (
        "select list(partition order by partition) from raw._loads group by loaded_at order by loaded_at"
    )
    assert rows(warehouse, batches) == [([day(0), day(1)],), ([day(2)],), ([day(3)],), ([day(4)],)]
    assert seq_ids(warehouse) == [*range(1, 10)]


def test_reload_rebuilds_the_same_table_from_landing(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    log = stream(Kind.CURSOR)
    create_raw_tables(warehouse, [source(log)])
    for start in (1, 4):
        land(settings.landing, log, [page(range(start, start + 3), cursor=str(start + 2))])
        load(warehouse, settings.landing, "esp", log, now)
    before = rows(warehouse, "select * from raw.esp__actions order by seq_id")
    [result] = reload(warehouse, settings.landing, [source(log)], now=now)
    assert rows(warehouse, "select * from raw.esp__actions order by seq_id") == before
    assert (result.fetched, result.loaded) == (6, 6)


def test_addresses_are_stored_in_schema_pii_only(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    written = [
        record(1, email=" Anna.Ök@Mail.Example.com ", value="from anna@mail.example.com, to: b@c.ee"),
        record(2, email="anna.ök@mail.example.com", value="https://x.ee/?to=anna%40mail.example.com&a=1"),
        record(3, email=None, value=None),
        record(4, email="", value="https://medium.com/@anna/post"),
        record(5, seq_id="leak@mail.example.com"),
    ]
    land(settings.landing, DAYS, [Page(encoded(written))], window())
    result = load(warehouse, settings.landing, "esp", DAYS, now)
    assert (result.loaded, result.quarantined) == (4, 1)
    assert rows(warehouse, "select seq_id, contact_key, value from raw.esp__actions order by 1") == [
        (1, hashlib.sha256("anna.ök@mail.example.com".encode()).digest(), "from <address>, to: <address>"),
        (
            2,
            hashlib.sha256("anna.ök@mail.example.com".encode()).digest(),
            "https://x.ee/?to=<address>&a=1",
        ),
        (3, None, None),
        (4, None, "https://medium.com/@anna/post"),
    ]
    assert rows(warehouse, "select email from pii.contacts") == [("anna.ök@mail.example.com",)]
    [(reason, text)] = rows(warehouse, "select reason, record from raw._quarantine")
    assert "@" not in reason + text
    escaped = [*encoded(written[:4]), b'{"seq_id":"x","email":"leak\\u0040mail.example.com"}']
    land(settings.landing, DAYS, [Page(escaped)], window())
    load(warehouse, settings.landing, "esp", DAYS, now)
    assert rows(warehouse, "select record from raw._quarantine") == [('{"seq_id":"x","email":"<address>"}',)]


def test_contacts_keep_the_earliest_time_seen(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    full = stream(Kind.SNAPSHOT)
    create_raw_tables(warehouse, [source(full)])
    # the same person in three lists that differ
    for instant, ids in ((NOW, [1]), (NOW - timedelta(days=2), [1, 8]), (NOW + timedelta(days=2), [8])):
        pull("esp", full, [page(ids)], settings.landing, lambda at=instant: at, Request())  # type: ignore[misc]
        load(warehouse, settings.landing, "esp", full, now)
    assert rows(warehouse, "select first_seen_at from pii.contacts") == [(NOW - timedelta(days=2),)]


@pytest.mark.parametrize("damage", ["cut", "altered", "gone"])
def test_a_damaged_file_is_named_and_nothing_is_loaded(
    damage: str, warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    root = settings.landing
    land(root, DAYS, [page([1], partition=day(0))], window(2))
    load(warehouse, root, "esp", DAYS, now)
    entries = land(root, DAYS, [page([2], partition=day(0)), page([3], partition=day(1))], window(2))
    path = root / entries[1].files[0].path
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:-20] if damage == "cut" else whole[:-1] + b"\x00")
    with pytest.raises(LandingError) as raised:
        load(warehouse, root, "esp", DAYS, now)
    message = str(raised.value)
    assert str(path) in message
    assert f"delete the manifest entry {day(1)}.json of esp/actions and pull again" in message
    assert seq_ids(warehouse) == [1]
    path.write_bytes(whole)
    load(warehouse, root, "esp", DAYS, now)
    assert seq_ids(warehouse) == [2, 3]


def test_an_action_without_a_time_is_quarantined(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [SMAILY])
    actions = SMAILY.stream("actions")
    times = ("2026-11-01 10:00:00", "0000-00-00 00:00:00", "2026-10-25 03:30:00")
    records = [{"seq_id": n, "email": f"{n}@example.com", "time": text} for n, text in enumerate(times, 1)]
    page_ = Page(encoded(records), cursor="3")
    pull("smaily", actions, [page_], settings.landing, now, Request(cursor="0"))
    result = load(warehouse, settings.landing, "smaily", actions, now)
    assert (result.loaded, result.quarantined) == (2, 1)
    assert rows(warehouse, 'select seq_id, "time" from raw.smaily__actions order by 1') == [
        (1, datetime(2026, 11, 1, 10)),
        (3, datetime(2026, 10, 25, 3, 30)),
    ]
    [(reason,)] = rows(warehouse, "select reason from raw._quarantine")
    assert reason == "time is not a TIMESTAMP: 0000-00-00 00:00:00"


def test_a_load_leaves_no_address_in_the_file(settings: Settings, tmp_path: Path) -> None:
    """Raw tables are read by people who may not see addresses; only schema pii holds them."""
    with connect(settings) as connection:
        create_raw_tables(connection, [source(DAYS)])
        land(settings.landing, DAYS, [page(range(500))], window())
        load(connection, settings.landing, "esp", DAYS, now)
        connection.execute("drop table pii.contacts")
        connection.execute(f"attach '{tmp_path / 'copy.duckdb'}' as copied")
        connection.execute("create table copied.actions as from raw.esp__actions")
    assert b"person1@mail" not in (tmp_path / "copy.duckdb").read_bytes()

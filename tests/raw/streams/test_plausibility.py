"""Streams: a record's own time at the limits, other times and amounts; what is corrected is counted."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dagster_project.landing import pull
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Column, Kind, Page, Request
from tests.landing.streams import NOW, encoded, now, stream
from tests.raw.conftest import rows, source

COLUMNS = (
    Column("seq_id", "BIGINT"),
    Column("time", "TIMESTAMP", timezone="Europe/Tallinn"),
    Column("seen_at", "TIMESTAMPTZ"),
    Column("paid_at", "TIMESTAMP"),
    Column("amount", "DOUBLE"),
    Column("price", "DECIMAL(18, 2)"),
)
LOG = stream(Kind.CURSOR, columns=COLUMNS)
SECOND = timedelta(seconds=1)
SKEW = timedelta(minutes=10)
DAY = timedelta(days=1)
TALLINN = timedelta(hours=2)


def local(instant: datetime) -> str:
    return (instant + TALLINN).replace(tzinfo=None).isoformat(sep=" ")


def load_records(
    warehouse: duckdb.DuckDBPyConnection,
    settings: Settings,
    *records: dict[str, object],
    at: datetime = NOW,
) -> list[tuple[object, ...]]:
    create_raw_tables(warehouse, [source(LOG)])
    pages = [
        Page(encoded([{"seq_id": n, "time": "2026-11-01 10:00:00"} | r]), cursor=str(n))
        for n, r in enumerate(records)
    ]
    pull("esp", LOG, pages, settings.landing, lambda: at, Request(cursor="0"))
    result = load(warehouse, settings.landing, "esp", LOG, now)
    assert (result.fetched, result.is_complete) == (len(records), True)
    return rows(warehouse, "select reason from raw._quarantine")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1990-01-01 02:00:00", "1990-01-01 02:00:00"),
        ("1990-01-01 01:59:59", None),
        ("1970-01-01 02:00:00", None),
        ("0015-11-26 10:00", None),
        ("9999-12-31 23:59:59", None),
        ("-290308-12-22 00:00:00", None),
        ("infinity", None),
        (local(NOW + SKEW), local(NOW + SKEW)),
        (local(NOW + SKEW + SECOND), local(NOW)),
        (local(NOW + DAY), local(NOW)),
        (local(NOW + DAY + SECOND), None),
        ("2106-02-07 06:28:15", None),
    ],
)
def test_the_time_of_a_record(
    written: str, kept: str | None, warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    reasons = load_records(warehouse, settings, {}, {"time": written}, {})
    assert reasons == ([] if kept else [(f"time is not a plausible time: {written}",)])
    loaded = rows(warehouse, "select time::varchar, _correction from raw.esp__actions where seq_id = 1")
    correction = "time is after the extraction and was set to it" if kept == local(NOW) else None
    assert loaded == ([(kept, correction)] if kept else [])
    counted = rows(warehouse, "select source, stream, partition, reason, records from raw._corrections")
    assert counted == ([("esp", "actions", "0000000001", correction, 1)] if correction else [])


@pytest.mark.parametrize(
    ("extracted_at", "written", "is_kept"),
    [
        # the clocks showed 03:00 to 04:00 twice, from 00:00 and from 01:00 UTC
        (datetime(2026, 10, 25, 0, 50, tzinfo=UTC), "2026-10-25 03:59:00", True),
        (datetime(2026, 10, 25, 1, 5, tzinfo=UTC), "2026-10-25 03:50:00", True),
        (datetime(2026, 10, 25, 1, 5, tzinfo=UTC), "2026-10-25 04:20:00", False),
        (datetime(2026, 10, 25, 0, 5, tzinfo=UTC), "2026-10-25 03:30:00", False),
    ],
)
def test_a_time_of_the_repeated_hour_is_taken_as_the_earlier(
    extracted_at: datetime,
    written: str,
    is_kept: bool,
    warehouse: duckdb.DuckDBPyConnection,
    settings: Settings,
) -> None:
    assert load_records(warehouse, settings, {"time": written}, at=extracted_at) == []
    [(time, correction)] = rows(warehouse, "select time::varchar, _correction from raw.esp__actions")
    assert (time == written, correction is None) == (is_kept, is_kept)


def test_other_times_and_amounts_cost_the_value_only(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    ahead = (NOW + 2 * SKEW).isoformat()
    records = [
        {"seen_at": "0001-01-01T00:00:00Z", "amount": "NaN", "price": "2.50"},
        {"seen_at": ahead, "paid_at": "9999-12-31 00:00:00", "amount": "1e400"},
        {"paid_at": "2026-11-01 10:00:00", "amount": "1_000", "price": "1_0"},
        {"amount": "-inf", "price": 1e12},
        {"amount": 999999999999.5},
        {"amount": -1e12},
    ]
    assert load_records(warehouse, settings, *records) == []
    columns = "seen_at, paid_at, amount, price::varchar"
    assert rows(warehouse, f"select {columns} from raw.esp__actions order by seq_id") == [
        (None, None, None, "2.50"),
        (NOW, None, None, None),
        (None, datetime(2026, 11, 1, 10), None, None),
        (None, None, None, None),
        (None, None, 999999999999.5, None),
        (None, None, None, None),
    ]
    assert rows(warehouse, "select reason, records from raw._corrections order by all") == [
        ("amount is not a plausible number and was left out", 5),
        ("paid_at is not a plausible time and was left out", 1),
        ("price is not a plausible number and was left out", 2),
        ("seen_at is after the extraction and was set to it", 1),
        ("seen_at is not a plausible time and was left out", 1),
    ]


def test_each_record_is_compared_with_its_own_extraction(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """Also when two extractions are loaded at once."""
    create_raw_tables(warehouse, [source(LOG)])
    for number, at in enumerate((NOW - DAY, NOW)):
        records = encoded([{"seq_id": number, "time": local(NOW - DAY + 2 * SKEW)}])
        pages = [Page(records, cursor=str(number + 1))]
        pull("esp", LOG, pages, settings.landing, lambda at=at: at, Request(cursor=str(number)))  # type: ignore[misc]
    load(warehouse, settings.landing, "esp", LOG, now)
    assert rows(warehouse, "select time::varchar from raw.esp__actions order by seq_id") == [
        (local(NOW - DAY),),
        (local(NOW - DAY + 2 * SKEW),),
    ]


def test_times_of_a_zone_west_of_greenwich(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """There the extraction is a later local time in UTC than in the column's zone."""
    log = stream(
        Kind.CURSOR,
        columns=(Column("seq_id", "BIGINT"), Column("time", "TIMESTAMP", timezone="America/New_York")),
    )
    create_raw_tables(warehouse, [source(log)])
    extracted, hour = NOW.replace(tzinfo=None) - timedelta(hours=5), timedelta(hours=1)
    records = encoded([{"seq_id": n, "time": str(extracted + n * hour)} for n in (0, 1, 6, 25)])
    pull("esp", log, [Page(records, cursor="1")], settings.landing, now, Request(cursor="0"))
    load(warehouse, settings.landing, "esp", log, now)
    assert rows(warehouse, "select seq_id, time from raw.esp__actions order by 1") == [
        (number, extracted) for number in (0, 1, 6)
    ]
    assert rows(warehouse, "select count(*) from raw._quarantine") == [(1,)]


def test_the_slow_path_corrects_as_the_fast_one(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    corrected = {"time": local(NOW + DAY), "amount": "NaN", "seen_at": "1980-01-06"}
    table = "select * exclude (_landed_file) from raw.esp__actions where seq_id = 1"
    load_records(warehouse, settings, {}, corrected)
    fast = rows(warehouse, table)
    other = Settings(settings.home / "other", NOW)
    warehouse.execute("delete from raw._loads; delete from raw.esp__actions")
    reasons = load_records(warehouse, other, {"time": "0001-01-01"}, corrected)
    assert reasons == [("time is not a plausible time: 0001-01-01",)]
    assert rows(warehouse, table) == fast

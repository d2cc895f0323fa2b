"""Hit times that anyone can send, and rows whose dimensions are folded into (other), up to the marts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dbt import world
from tests.dbt.harness import BASE, EXTRACTED_AT, Warehouse
from tests.dbt.rows import Hit, Row

DAY = "2026-11-02"
MINUTE = datetime(2026, 11, 2, 8, 30)  # 10:30 in Tallinn
MILLISECONDS = 1_793_608_200_000
SKEW = 600_000
REPEATED_DAY = "2026-10-25"
SKIPPED_DAY = "2026-03-29"
FIRST_PASS = 1_792_888_200_000  # 03:30 in Tallinn, a first time
HOUR = 3_600_000


def row(name: str, day: str = DAY, **values: Any) -> Row:
    """A row of the events report; its page is the name of its case."""
    hit = Hit(f"{day}T10:30:00+02:00", "page_view", f"/{name}", f"client {name}", session="s")
    return hit.event | {"_partition": day} | values


ACCEPTED = {
    "exact": (MILLISECONDS, MINUTE),
    "end of the minute": (MILLISECONDS + 59_999, MINUTE + timedelta(seconds=59, milliseconds=999)),
    "fast": (MILLISECONDS + SKEW, MINUTE + timedelta(minutes=10)),
    "slow": (MILLISECONDS - SKEW, MINUTE - timedelta(minutes=10)),
    "in seconds": (MILLISECONDS // 1000 + 7, MINUTE + timedelta(seconds=7)),
    "a whole float": (f"{MILLISECONDS + 7}.0", MINUTE + timedelta(milliseconds=7)),
    "blanks around": (f" {MILLISECONDS + 7} ", MINUTE + timedelta(milliseconds=7)),
}
REJECTED = {
    "too fast": MILLISECONDS + SKEW + 1,
    "too slow": MILLISECONDS - SKEW - 1,
    "an hour fast": MILLISECONDS + HOUR,
    "an hour slow": MILLISECONDS - HOUR,
    "400 days ago": MILLISECONDS - 400 * 24 * HOUR,
    "in three days": MILLISECONDS + 72 * HOUR,
    "sixteen digits": 9_999_999_999_999_999,
    "microseconds": MILLISECONDS * 1000,
    "nineteen digits": 9_223_372_036_854_775_807,
    "twenty digits": "99999999999999999999",
    "negative": -MILLISECONDS,
    "zero": 0,
    "a word": "undefined",
    "not a number": "NaN",
    "a float": "1.7e308",
    "minutes": MILLISECONDS // 60_000,
    "an ISO time": "2026-11-02T08:30:00Z",
    "grouped": "1,793,608,200,000",
    "infinity": "Infinity",
    "other digits": "١٧٩٣٦٠٨٢٠٠٠٠٠",
    "an encoded zero byte": "1793608200000%00",
    "two values": f"{MILLISECONDS},{MILLISECONDS}",
}
# minute, hit time, and the time that is right
REPEATED_HOUR = {
    "first pass": (FIRST_PASS, datetime(2026, 10, 25, 0, 30)),
    "second pass": (FIRST_PASS + HOUR, datetime(2026, 10, 25, 1, 30)),
    "neither pass": (FIRST_PASS + 2 * HOUR, datetime(2026, 10, 25, 1, 30)),
}
DIMENSIONS = (
    "date_hour_minute", "event_name", "client_id", "session_id", "hit_ts",
    "contact_key", "page", "device_category", "country",
)  # fmt: skip
FOLDED = dict.fromkeys(DIMENSIONS, "(other)")
MIDNIGHT = datetime(2026, 11, 1, 22)  # of 2 November in Tallinn


READ_AT = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 03:50 in Tallinn, a first time
READ_WITHIN = row("within", REPEATED_DAY, date_hour_minute="202610250345", hit_ts="(not set)")


def rows() -> list[Row]:
    return [
        *(row(name, hit_ts=str(sent)) for name, (sent, _) in ACCEPTED.items()),
        *(row(name, hit_ts=str(sent)) for name, sent in REJECTED.items()),
        *(
            row(name, REPEATED_DAY, date_hour_minute="202610250330", hit_ts=str(sent))
            for name, (sent, _) in REPEATED_HOUR.items()
        ),
        row("twins", hit_ts=str(REJECTED["400 days ago"])),
        row("twins", hit_ts=str(REJECTED["400 days ago"] + 1)),
        row("twins", hit_ts=str(REJECTED["400 days ago"] + 1), contact_key="a" * 64),
        row("folded") | FOLDED | {"event_count": 14},
        row("folded too") | FOLDED | {"event_count": 5, "_partition": "2026-11-03"},
        row("time folded", date_hour_minute="(other)", hit_ts="(other)"),
        row("minute folded", date_hour_minute="(other)", hit_ts=str(MILLISECONDS)),
        row("hit of another day", date_hour_minute="(other)", hit_ts=str(MILLISECONDS + 24 * HOUR)),
        row("hit just after its day", date_hour_minute="(other)", hit_ts=str(MILLISECONDS + 49_260_000)),
        row("hit at the end of its day", date_hour_minute="(other)", hit_ts=str(MILLISECONDS + 49_140_000)),
        row("minute of another day", date_hour_minute="202611031030", hit_ts="(not set)"),
        row("minute of another year", date_hour_minute="001511021030", hit_ts="(not set)"),
        row("hour 25", date_hour_minute="202611022530", hit_ts="(not set)"),
        row("minute 60", date_hour_minute="202611021060", hit_ts="(not set)"),
        row("a short minute", date_hour_minute="20261102103", hit_ts="(not set)"),
        row("nothing", date_hour_minute=None, hit_ts=None),
        row("not available", date_hour_minute="(data not available)", hit_ts="(data not available)"),
        row("padded other", date_hour_minute="(other)00000", hit_ts="(other)"),
        row("blank first", date_hour_minute=" 20261102103", hit_ts="(not set)"),
        row("letters", date_hour_minute="20261102103a", hit_ts="(not set)"),
        row("hour 24", date_hour_minute="202611022400", hit_ts="(not set)"),
        row("minus one", date_hour_minute="20261102-130", hit_ts="(not set)"),
        row("31 February", date_hour_minute="202602311030", hit_ts="(not set)"),
        row("reserved", date_hour_minute="RESERVED_TOTAL", hit_ts="RESERVED_TOTAL"),
        row("hour that was skipped", SKIPPED_DAY, date_hour_minute="202603290330", hit_ts="(not set)"),
        row("country folded", country="(other)", hit_ts=str(MILLISECONDS)),
        row("client folded", client_id="(other)", hit_ts=str(MILLISECONDS)),
        row("client not available", client_id="(data not available)", hit_ts=str(MILLISECONDS)),
        row("client deleted", client_id="(data deleted)", country="(data deleted)", hit_ts=str(MILLISECONDS)),
        row("many", event_count=3_000_000_000),
        row("none", event_count=0),
        row("minus", event_count=-5),
        row("a little ahead", EXTRACTED_AT.date().isoformat(), date_hour_minute="202611160605", hit_ts="0"),
        row("ahead", EXTRACTED_AT.date().isoformat(), date_hour_minute="202611160700", hit_ts="(not set)"),
    ]  # fmt: skip


def attributes(name: str, sent: object) -> Row:
    hit = Hit(f"{DAY}T10:30:00+02:00", "page_view", f"/{name}", f"client {name}", session="s", revenue=20.0)
    return hit.attributes | {"_partition": DAY, "hit_ts": str(sent)}


# Google reports revenue as 0 to an account that may not see it.
HIDDEN = attributes("exact", MILLISECONDS) | {
    "transaction_id": "T-1",
    "purchase_revenue": 0.0,
    "is_revenue_restricted": True,
}


@pytest.fixture(scope="module")
def built(home: Path) -> Warehouse:
    warehouse = Warehouse(home, [world.ORDERS_FEED])
    for day in sorted({str(sent["_partition"]) for sent in rows()}):
        of_day = [sent for sent in rows() if sent["_partition"] == day]
        warehouse.insert("google_analytics__events", of_day, partition=day)
    warehouse.insert("google_analytics__events", [READ_WITHIN], READ_AT, partition=REPEATED_DAY)
    bought = [attributes(name, sent) for name, sent in REJECTED.items()]
    warehouse.insert(
        "google_analytics__event_attributes",
        [*bought, attributes("none", MILLISECONDS) | {"event_count": 0}, HIDDEN],
        partition=DAY,
    )
    warehouse.build(*BASE, "+int_data_watermark")
    return warehouse


def hits(warehouse: Warehouse, columns: str) -> dict[str, tuple[Any, ...]]:
    found = warehouse.query(f"select page[2:], {columns} from staging.stg_google_analytics__hits")
    return {name: tuple(values) for name, *values in found}


def test_the_vendor_s_minute_wins_over_a_hit_time_that_is_not_near_it(built: Warehouse) -> None:
    found = hits(built, "occurred_at, is_hit_time_rejected, client_id")
    for name, (_, instant) in ACCEPTED.items():
        assert found[name] == (instant, False, f"client {name}"), name
    for name in REJECTED:
        assert found[name] == (MINUTE, True, f"client {name}"), name


def test_either_reading_of_the_repeated_hour_is_near(built: Warehouse) -> None:
    found = hits(built, "occurred_at, is_hit_time_rejected")
    for name, (_, instant) in REPEATED_HOUR.items():
        assert found[name] == (instant, name == "neither pass"), name


def test_a_minute_that_was_read_within_its_hour_is_not_of_the_future(built: Warehouse) -> None:
    assert hits(built, "occurred_at")["within"] == (datetime(2026, 10, 25, 0, 45),)


def test_a_rejected_hit_time_costs_neither_the_person_nor_the_revenue(built: Warehouse) -> None:
    revenue = dict(built.query("select url[2:], revenue from marts.fct_events where revenue is not null"))
    assert revenue == dict.fromkeys([*REJECTED, "none"], 20.0)


def test_hits_of_one_minute_with_a_wrong_clock_are_as_many_as_were_sent(built: Warehouse) -> None:
    """The third row is the second hit's, with its contact."""
    found = built.query("""
        select contact_key from staging.stg_google_analytics__events
        where url = '/twins' order by 1 nulls last
    """)
    assert found == [("a" * 64,), (None,)]


def test_hidden_revenue_is_unknown_and_not_nothing(built: Warehouse) -> None:
    assert built.query("select url, revenue from marts.fct_events where order_id = 'T-1'") == [
        ("/exact", None)
    ]


def test_folded_rows_are_counted_without_a_person_on_their_day(built: Warehouse) -> None:
    folded = built.query("""
        select occurred_at, event_count, person_key from marts.fct_events
        where event_name = '(other)' order by occurred_at
    """)
    assert folded == [(MIDNIGHT, 14, None), (MIDNIGHT + timedelta(days=1), 5, None)]


def test_a_time_that_is_not_of_the_day_is_not_a_time(built: Warehouse) -> None:
    found = hits(built, "occurred_at, client_id, contact_key")
    assert found["hit at the end of its day"][0] == datetime(2026, 11, 2, 22, 9)
    assert found["minute folded"] == (MINUTE, "client minute folded", None)
    for name in (
        "time folded", "hit of another day", "hit just after its day",
        "minute of another day", "minute of another year",
        "hour 25", "minute 60", "a short minute", "nothing", "not available", "padded other", "blank first",
        "letters", "hour 24", "minus one", "31 February", "reserved",
    ):  # fmt: skip
        assert found[name] == (MIDNIGHT, None, None), name


def test_a_skipped_hour_is_an_hour_of_its_day(built: Warehouse) -> None:
    assert hits(built, "occurred_at")["hour that was skipped"][0] in (
        datetime(2026, 3, 29, 0, 30),
        datetime(2026, 3, 29, 1, 30),
    )


def test_what_is_folded_or_unavailable_is_unknown_and_the_rest_stays(built: Warehouse) -> None:
    found = hits(built, "occurred_at, client_id, country, is_folded")
    assert found["country folded"] == (MINUTE, "client country folded", None, True)
    assert found["client folded"] == (MINUTE, None, "Estonia", True)
    assert found["client not available"] == (MINUTE, None, "Estonia", False)
    assert found["client deleted"] == (MINUTE, None, None, False)


def test_a_count_is_a_count(built: Warehouse) -> None:
    counts = built.query("select url[2:], event_count from marts.fct_events")
    assert {dict(counts)[name] for name in ("many", "none", "minus")} == {1}


def test_every_row_is_an_event_not_after_its_extraction(built: Warehouse) -> None:
    extracted_at = EXTRACTED_AT.replace(tzinfo=None)
    assert built.value("select count(*) from marts.fct_events") == len([*rows(), READ_WITHIN]) - 1  # twins
    found = hits(built, "occurred_at")
    assert found["ahead"] == (extracted_at,)
    assert found["a little ahead"] == (extracted_at + timedelta(minutes=5),)
    assert built.value("select watermark_at from intermediate.int_data_watermark") == extracted_at

"""Rows of event files: fields, timestamps, identifiers, and invalid rows."""

import gzip
import hashlib
from datetime import datetime

import duckdb
import pytest

from tests.raw.files.feed_folder import COLUMNS, FeedFolder, at


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-07-01 12:00:00", at(2026, 7, 1, 9)),  # summer time
        ("2026-11-15 12:00:00", at(2026, 11, 15, 10)),  # winter time
        ("2026-11-15T12:00", at(2026, 11, 15, 10)),
        ("2026-11-15", at(2026, 11, 15, 21, 59, 59, 999_999)),
        ("2026-10-25 02:59:59", at(2026, 10, 24, 23, 59, 59)),
        (
            "2026-10-25 03:30:00",
            at(2026, 10, 25, 1, 30),
        ),  # repeated when daylight-saving time ends: the later one
        ("2026-10-25 04:00:00", at(2026, 10, 25, 2)),
        ("2026-10-25T03:30:00+03:00", at(2026, 10, 25, 0, 30)),
        (
            "2026-03-29 03:30:00",
            at(2026, 3, 29, 1, 30),
        ),  # skipped when daylight-saving time begins: an hour later
        ("2026-11-15T12:00:00Z", at(2026, 11, 15, 12)),
        ("2026-11-15 12:00:00 UTC", at(2026, 11, 15, 12)),
        ("2026-11-15 12:00:00 +02:00", at(2026, 11, 15, 10)),
        ("2026-11-15 12:00:00.25-0500", at(2026, 11, 15, 17, 0, 0, 250_000)),
        ("2026-11-15 12:00:00+14:00", at(2026, 11, 14, 22)),
        ("2026-11-15 12:00:00-12", at(2026, 11, 16, 0)),
        ("2026-11-15 12:00:00+0545", at(2026, 11, 15, 6, 15)),
        ("2026-11-15 12:00:00 Europe/Tallinn", at(2026, 11, 15, 10)),
        ("1783600000", at(2026, 7, 9, 12, 26, 40)),
        ("1783600000.5", at(2026, 7, 9, 12, 26, 40, 500_000)),
        ("1783600000123", at(2026, 7, 9, 12, 26, 40, 123_000)),
        ("1783600000123456", at(2026, 7, 9, 12, 26, 40, 123_456)),
        ("2026-11-15 04:00 PM", at(2026, 11, 15, 14)),
    ],
)
def test_instants(written: str, instant: datetime, feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", f"ts,event,mail\n{written},visit,\n")
    feed_folder.load()
    assert feed_folder.events("occurred_at") == [(instant,)]


@pytest.mark.parametrize(
    "written",
    ["20261115", "20261115120000", "15.11.2026", "2026-11-15 04:00 XM", "now", "1e300"]
    + [
        f"2026-11-15 12:00:00{offset}" for offset in ("+99:00", "-15:00", "+14:30", "+02:60", "+1500", " +20")
    ],
)
def test_an_invalid_timestamp_is_quarantined(written: str, feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", f"ts,event,mail\n{written},visit,a@b.ee\n")
    result = feed_folder.load()
    assert (result.fetched, result.loaded, result.quarantined) == (1, 0, 1)
    assert feed_folder.quarantine() == [
        (
            f"occurred_at is not a timestamp: {written}",
            f'{{"ts":"{written}","event":"visit","mail":"<address>"}}',
        )
    ]


def test_fields_constants_identity_and_properties(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", {**COLUMNS, "contact_key": "key"}, currency="EUR")
    key = "AB" * 32
    feed_folder.write(
        "a.csv",
        "ts;event;mail;key;amount;page;colour;size\n"
        f'2026-11-15 12:00;buy; Anna@B.ee ;{key};1.5;"/x;y";red;\n'
        f"2026-11-15 12:01;buy;;{key};;;;5\n"
        "2026-11-15 12:02;see;;;;;;\n",
    )
    feed_folder.load()
    anna = hashlib.sha256(b"anna@b.ee").hexdigest()
    assert feed_folder.events(
        "occurred_at, feed, event_name, contact_key, revenue, url, currency, properties"
    ) == [
        (at(2026, 11, 15, 10), "shop", "buy", anna, 1.5, "/x;y", "EUR", '{"colour":"red"}'),
        (
            at(2026, 11, 15, 10, 1),
            "shop",
            "buy",
            key.lower(),
            None,
            None,
            "EUR",
            '{"size":"5"}',
        ),
        (at(2026, 11, 15, 10, 2), "shop", "see", None, None, None, "EUR", None),
    ]
    assert feed_folder.warehouse.execute("select contact_key, email from pii.contacts").fetchall() == [
        (anna, "anna@b.ee")
    ]


def test_invalid_rows_are_quarantined(feed_folder: FeedFolder) -> None:
    feed_folder.write(
        "a.csv",
        "ts,event,mail,amount,page\n"
        "2026-11-15 12:00,buy,a@b.ee,1,/x\n"
        ",buy,a@b.ee,1,/x\n"
        "2026-11-15 12:00,,a@b.ee,1,/x\n"
        '2026-11-15 12:00,buy,a@b.ee,"1,5",/x\n'
        "2026-11-15 12:00,buy\n"
        "2026-11-15 12:00,buy,a@b.ee,1,/x,more\n",
    )
    result = feed_folder.load()
    assert (result.fetched, result.landed, result.loaded, result.quarantined) == (6, 6, 1, 5)
    assert result.is_complete
    assert [reason for reason, _ in feed_folder.quarantine()] == [
        "event_name is empty",
        "occurred_at is empty",
        "revenue is not a number: 1,5",
        "the row cannot be read: Expected Number of Columns: 5 Found: 2",
        "the row cannot be read: Expected Number of Columns: 5 Found: 6",
    ]
    assert not any("@" in record for _, record in feed_folder.quarantine())


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())


def test_json_lines(feed_folder: FeedFolder) -> None:
    columns = {"occurred_at": "t", "event_name": "e", "user_id": "u", "event_id": "id", "revenue": "r"}
    feed_folder.configure("jsonl", columns)
    feed_folder.write(
        "a.jsonl.gz",
        gzipped(
            '{"t":1783600000,"e":"buy","u":5,"id":"i1","r":2.5,"k":{"a":[1,2]}}\r\n\r\n'
            '{"t":"2026-11-15T12:00:00Z","e":"see","u":"õ","id":null}\r\n'
            'nope\r\n[1]\r\n{"t":1783600000}\r\n'
        ),
    )
    result = feed_folder.load()
    assert (result.fetched, result.loaded, result.quarantined) == (5, 2, 3)
    assert feed_folder.events("event_id, occurred_at, event_name, user_id, revenue, properties") == [
        ("i1", at(2026, 7, 9, 12, 26, 40), "buy", "5", 2.5, '{"k":{"a":[1,2]}}'),
        (None, at(2026, 11, 15, 12), "see", "õ", None, None),
    ]
    assert [reason for reason, _ in feed_folder.quarantine()] == [
        "event_name is empty",
        "the line is not a JSON object",
        "the line is not a JSON object",
    ]


def test_parquet_keeps_its_types(feed_folder: FeedFolder) -> None:
    feed_folder.configure("parquet", {"occurred_at": "t", "event_name": "e", "user_id": "u", "revenue": "r"})
    duckdb.execute(f"""
        copy (
            select timestamp '2026-07-01 12:00' as t, 'buy' as e, 5 as u, 2.5::decimal(9, 2) as r,
                [1] as l, 7 as n
        ) to '{feed_folder.path}/a.parquet'
    """)
    with duckdb.connect() as new_york:
        new_york.execute("set timezone = 'America/New_York'")
        new_york.execute(f"""
            copy (select timestamptz '2026-07-01 12:00:00+00' as t, 'see' as e, 6 as u)
            to '{feed_folder.path}/b.parquet'
        """)
    feed_folder.load()
    assert feed_folder.events("occurred_at, event_name, user_id, revenue, properties") == [
        (at(2026, 7, 1, 9), "buy", "5", 2.5, '{"l":[1],"n":7}'),
        (at(2026, 7, 1, 12), "see", "6", None, None),
    ]


NESTED = ('{"id": "u8"}', '["u8"]', "{}", "[]")
IDS = {"user_id": "user", "client_id": "browser", "email": "mail", "event_id": "id", "order_id": "order"}


@pytest.mark.parametrize("format_", ["jsonl", "parquet"])
@pytest.mark.parametrize("value", NESTED)
def test_an_object_or_list_is_no_identifier(value: str, format_: str, feed_folder: FeedFolder) -> None:
    if format_ == "parquet" and value in ("{}", "[]"):
        return  # Parquet has no types for them
    feed_folder.configure(format_, {"occurred_at": "ts", "event_name": "event", **IDS})
    line = ", ".join(f'"{column}": {value}' for column in IDS.values())
    content = f'{{"ts": "2026-11-01", "event": "visit", "note": {value}, {line}}}\n'
    path = feed_folder.write(f"a.{format_}" if format_ == "jsonl" else "lines.json", content)
    if format_ == "parquet":
        duckdb.execute(f"copy (from '{path}') to '{feed_folder.path}/a.parquet'")
    feed_folder.load()
    assert feed_folder.events("user_id, client_id, contact_key, event_id, order_id") == [(None,) * 5]
    assert feed_folder.warehouse.execute("select * from pii.contacts").fetchall() == []
    corrections = feed_folder.warehouse.execute("select reason from raw._corrections order by all").fetchall()
    assert corrections == [(f"{name} is a JSON object or list and was left out",) for name in sorted(IDS)]

"""Event files into raw tables: fields, instants, identities, repeats, misfits, and files that come and go."""

import gzip
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.landing import LandingError
from dagster_project.landing.copies import copy_files
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from dagster_project.warehouse.feeds import load_feed
from dagster_project.warehouse.load import LoadResult
from dagster_project.warehouse.reload import reload
from dagster_project.warehouse.schema import create_raw_tables
from tests.landing.streams import now

COLUMNS = {"occurred_at": "ts", "event_name": "event", "email": "mail", "revenue": "amount", "url": "page"}
Row = tuple[Any, ...]


class Drop:
    """A folder into which files are dropped, and the feed that reads it."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection, settings: Settings, folder: Path) -> None:
        self.warehouse, self.settings, self.folder = warehouse, settings, folder
        self.feed = self.fed_by("csv")

    def fed_by(self, format_: str, columns: dict[str, str] | None = None, **constants: str) -> Feed:
        path = f"{self.folder}/*.{format_}*"
        self.feed = Feed("shop", path, format_, "Europe/Tallinn", columns or COLUMNS, constants)
        return self.feed

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self) -> LoadResult:
        create_raw_tables(self.warehouse, [], [self.feed])
        copy_files(SOURCE_NAME, self.feed.name, list_files(self.feed), self.settings.landing, now)
        return load_feed(self.warehouse, self.settings.landing, self.feed, now)

    def events(self, columns: str) -> list[Row]:
        return self.warehouse.execute(f"select {columns} from raw.event_files order by all").fetchall()

    def quarantine(self) -> list[Row]:
        return self.warehouse.execute("select reason, record from raw._quarantine order by all").fetchall()


@pytest.fixture
def drop(warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path) -> Drop:
    (tmp_path / "in").mkdir()
    return Drop(warehouse, settings, tmp_path / "in")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-07-01 12:00:00", at(2026, 7, 1, 9)),  # summer time
        ("2026-11-15 12:00:00", at(2026, 11, 15, 10)),  # winter time
        ("2026-11-15T12:00", at(2026, 11, 15, 10)),
        ("2026-11-15", at(2026, 11, 14, 22)),
        ("2026-10-25 02:59:59", at(2026, 10, 24, 23, 59, 59)),
        ("2026-10-25 03:30:00", at(2026, 10, 25, 1, 30)),  # twice that night: the later one
        ("2026-10-25 04:00:00", at(2026, 10, 25, 2)),
        ("2026-10-25T03:30:00+03:00", at(2026, 10, 25, 0, 30)),
        ("2026-03-29 03:30:00", at(2026, 3, 29, 1, 30)),  # never that night: moved on by the hour
        ("2026-11-15T12:00:00Z", at(2026, 11, 15, 12)),
        ("2026-11-15 12:00:00 UTC", at(2026, 11, 15, 12)),
        ("2026-11-15 12:00:00 +02:00", at(2026, 11, 15, 10)),
        ("2026-11-15 12:00:00.25-0500", at(2026, 11, 15, 17, 0, 0, 250_000)),
        ("1783600000", at(2026, 7, 9, 12, 26, 40)),
        ("1783600000.5", at(2026, 7, 9, 12, 26, 40, 500_000)),
        ("1783600000123", at(2026, 7, 9, 12, 26, 40, 123_000)),
        ("1783600000123456", at(2026, 7, 9, 12, 26, 40, 123_456)),
    ],
)
def test_instants(written: str, instant: datetime, drop: Drop) -> None:
    drop.write("a.csv", f"ts,event,mail\n{written},visit,\n")
    drop.load()
    assert drop.events("occurred_at") == [(instant,)]


@pytest.mark.parametrize(
    "written", ["20261115", "20261115120000", "15.11.2026", "2026-11-15 04:00 PM", "now", "1e300"]
)
def test_what_is_no_instant_is_refused(written: str, drop: Drop) -> None:
    drop.write("a.csv", f"ts,event,mail\n{written},visit,a@b.ee\n")
    result = drop.load()
    assert (result.fetched, result.loaded, result.quarantined) == (1, 0, 1)
    assert drop.quarantine() == [
        (f"occurred_at is no instant: {written}", f'{{"ts":"{written}","event":"visit","mail":"<address>"}}')
    ]


def test_fields_constants_identity_and_properties(drop: Drop) -> None:
    drop.fed_by("csv", {**COLUMNS, "contact_key": "key"}, currency="EUR")
    key = "AB" * 32
    drop.write(
        "a.csv",
        "ts;event;mail;key;amount;page;colour;size\n"
        f'2026-11-15 12:00;buy; Anna@B.ee ;{key};1.5;"/x;y";red;\n'
        f"2026-11-15 12:01;buy;;{key};;;;5\n"
        "2026-11-15 12:02;see;;;;;;\n",
    )
    drop.load()
    anna = hashlib.sha256(b"anna@b.ee").hexdigest()
    assert drop.events("occurred_at, feed, event_name, contact_key, revenue, url, currency, properties") == [
        (at(2026, 11, 15, 10), "shop", "buy", anna, 1.5, "/x;y", "EUR", '{"colour":"red","size":null}'),
        (
            at(2026, 11, 15, 10, 1),
            "shop",
            "buy",
            key.lower(),
            None,
            None,
            "EUR",
            '{"colour":null,"size":"5"}',
        ),
        (at(2026, 11, 15, 10, 2), "shop", "see", None, None, None, "EUR", '{"colour":null,"size":null}'),
    ]
    assert drop.warehouse.execute("select contact_key, email from pii.contacts").fetchall() == [
        (anna, "anna@b.ee")
    ]


def test_rows_that_are_no_events_are_set_apart(drop: Drop) -> None:
    drop.write(
        "a.csv",
        "ts,event,mail,amount,page\n"
        "2026-11-15 12:00,buy,a@b.ee,1,/x\n"
        ",buy,a@b.ee,1,/x\n"
        "2026-11-15 12:00,,a@b.ee,1,/x\n"
        '2026-11-15 12:00,buy,a@b.ee,"1,5",/x\n'
        "2026-11-15 12:00,buy\n"
        "2026-11-15 12:00,buy,a@b.ee,1,/x,more\n",
    )
    result = drop.load()
    assert (result.fetched, result.landed, result.loaded, result.quarantined) == (6, 6, 1, 5)
    assert result.is_complete
    assert [reason for reason, _ in drop.quarantine()] == [
        "event_name is empty",
        "occurred_at is empty",
        "revenue is no number: 1,5",
        "the row cannot be read: Expected Number of Columns: 5 Found: 2",
        "the row cannot be read: Expected Number of Columns: 5 Found: 6",
    ]
    assert not any("@" in record for _, record in drop.quarantine())


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())


def test_json_lines(drop: Drop) -> None:
    columns = {"occurred_at": "t", "event_name": "e", "user_id": "u", "event_id": "id", "revenue": "r"}
    drop.fed_by("jsonl", columns)
    drop.write(
        "a.jsonl.gz",
        gzipped(
            '{"t":1783600000,"e":"buy","u":5,"id":"i1","r":2.5,"k":{"a":[1,2]}}\r\n\r\n'
            '{"t":"2026-11-15T12:00:00Z","e":"see","u":"õ","id":null}\r\n'
            'nope\r\n[1]\r\n{"t":1783600000}\r\n'
        ),
    )
    result = drop.load()
    assert (result.fetched, result.loaded, result.quarantined) == (5, 2, 3)
    assert drop.events("event_id, occurred_at, event_name, user_id, revenue, properties") == [
        ("i1", at(2026, 7, 9, 12, 26, 40), "buy", "5", 2.5, '{"k":{"a":[1,2]}}'),
        (None, at(2026, 11, 15, 12), "see", "õ", None, None),
    ]
    assert [reason for reason, _ in drop.quarantine()] == [
        "event_name is empty",
        "the line is no JSON object",
        "the line is no JSON object",
    ]


def test_parquet_keeps_its_types(drop: Drop) -> None:
    drop.fed_by("parquet", {"occurred_at": "t", "event_name": "e", "user_id": "u", "revenue": "r"})
    duckdb.execute(f"""
        copy (
            select timestamp '2026-07-01 12:00' as t, 'buy' as e, 5 as u, 2.5::decimal(9, 2) as r,
                [1] as l, 7 as n
        ) to '{drop.folder}/a.parquet'
    """)
    with duckdb.connect() as abroad:
        abroad.execute("set timezone = 'America/New_York'")
        abroad.execute(f"""
            copy (select timestamptz '2026-07-01 12:00:00+00' as t, 'see' as e, 6 as u)
            to '{drop.folder}/b.parquet'
        """)
    drop.load()
    assert drop.events("occurred_at, event_name, user_id, revenue, properties") == [
        (at(2026, 7, 1, 9), "buy", "5", 2.5, '{"l":[1],"n":7}'),
        (at(2026, 7, 1, 12), "see", "6", None, None),
    ]


def test_an_event_is_kept_once_and_its_copies_counted(drop: Drop) -> None:
    drop.write(
        "2026-11-01.csv",
        "ts,event,mail,colour\n2026-11-01 12:00,buy,a@b.ee,red\n2026-11-01 12:00,buy,A@b.ee,blue\n"
        "2026-11-01 12:00,buy,c@b.ee,red\n",
    )
    later = drop.write(
        "2026-11-02.csv", "ts,event,mail\n2026-11-01 12:00,buy,a@b.ee\n2026-11-02 12:00,see,\n"
    )
    result = drop.load()
    assert (result.fetched, result.loaded, result.repeated) == (5, 5, 1)
    assert drop.events("event_name, right(_partition, 14)") == [
        ("buy", "2026-11-01.csv"),
        ("buy", "2026-11-02.csv"),
        ("see", "2026-11-02.csv"),
    ]
    table = "select _copies from raw.event_files__shop order by 1"
    assert drop.warehouse.execute(table).fetchall() == [(1,), (1,), (1,), (2,)]
    later.unlink()
    removed = drop.load()
    assert removed.partitions_changed == (str(later),)
    assert drop.events("event_name, right(_partition, 14)") == [("buy", "2026-11-01.csv")] * 2


def test_the_same_event_id_is_the_same_event(drop: Drop) -> None:
    drop.fed_by("csv", {**COLUMNS, "event_id": "id"})
    drop.write(
        "1.csv", "id,ts,event,mail,amount,page\n7,2026-11-01 12:00,buy,a@b.ee,1,\n,2026-11-01 12:00,buy,,1,\n"
    )
    drop.write(
        "2.csv", "id,ts,event,mail,amount,page\n7,2026-11-01 12:00,buy,a@b.ee,2,\n,2026-11-01 12:00,buy,,1,\n"
    )
    drop.load()
    assert drop.events("event_id, revenue, right(_partition, 5)") == [
        ("7", 2.0, "2.csv"),
        (None, 1.0, "2.csv"),
    ]


def test_files_in_any_order_give_the_same_events(drop: Drop) -> None:
    files = {f"{n}.csv": f"ts,event,mail\n2026-11-01 12:0{n % 2},buy,a@b.ee\n" for n in range(4)}
    for name in ("3.csv", "0.csv", "2.csv", "1.csv"):
        drop.write(name, files[name])
        drop.load()
    one_by_one = drop.events("* exclude (_extracted_at)")
    [result] = reload(drop.warehouse, drop.settings.landing, [], [drop.feed], now)
    assert result.loaded == 4
    assert drop.events("* exclude (_extracted_at)") == one_by_one
    assert len(one_by_one) == 2


def test_a_changed_file_and_a_changed_mapping_are_read_again(drop: Drop) -> None:
    path = drop.write("a.csv", "ts,event,mail,place\n2026-11-01 12:00,buy,a@b.ee,/x\n")
    drop.load()
    assert drop.load().partitions_loaded == ()
    path.write_text("ts,event,mail,place\n2026-11-02 12:00,see,a@b.ee,/x\n2026-11-02 12:00,see,,/x\n")
    assert drop.load().partitions_changed == (str(path),)
    assert drop.events("event_name, url") == [("see", None)] * 2
    drop.fed_by("csv", {**COLUMNS, "url": "place"})
    assert drop.load().partitions_changed == (str(path),)
    assert drop.events("event_name, url") == [("see", "/x")] * 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.parquet", b"PAR1 and no more", "the file is not parquet"),
        ("a.csv", b"\xff\xfe\x00t\x00s", "the file is not UTF-8 text"),
        ("a.csv.gz", b"not gzip", "the file is not UTF-8 text, compressed as its name says"),
        ("a.csv", b"some,other,columns\n1,2,3\n", "the file has none of the columns ts, event"),
    ],
)
def test_a_file_of_another_kind_is_set_apart_and_the_others_load(
    name: str, content: bytes, reason: str, drop: Drop
) -> None:
    format_ = name.split(".")[1]
    drop.fed_by(format_)
    write: dict[str, Callable[[], object]] = {
        "csv": lambda: drop.write("b.csv", "ts,event,mail\n2026-11-01 12:00,buy,a@b.ee\n"),
        "parquet": lambda: duckdb.execute(
            f"copy (select '2026-11-01' as ts, 'buy' as event, '' as mail) to '{drop.folder}/b.parquet'"
        ),
    }
    write[format_]()
    drop.write(name, content)
    result = drop.load()
    assert (result.loaded, result.quarantined, result.is_complete) == (1, 1, True)
    [(found, _)] = drop.quarantine()
    assert found.startswith(reason)


def test_an_empty_file_and_a_bare_header_have_no_events(drop: Drop) -> None:
    drop.write("a.csv", "")
    drop.write("b.csv", "ts,event,mail\n")
    result = drop.load()
    assert (result.fetched, result.loaded, len(result.partitions_loaded)) == (0, 0, 2)


def test_a_damaged_copy_is_named(drop: Drop, settings: Settings) -> None:
    drop.write("a.csv", "ts,event,mail\n2026-11-01 12:00,buy,a@b.ee\n")
    copied = copy_files(SOURCE_NAME, "shop", list_files(drop.feed), settings.landing, now)
    create_raw_tables(drop.warehouse, [], [drop.feed])
    path = settings.landing / copied.new[0].files[0].path
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(LandingError, match="was cut to"):
        load_feed(drop.warehouse, settings.landing, drop.feed, now)
    assert drop.events("event_name") == []


def test_a_feed_that_is_no_longer_configured_goes(drop: Drop) -> None:
    drop.write("a.csv", "ts,event,mail\n2026-11-01 12:00,buy,a@b.ee\n")
    drop.load()
    create_raw_tables(drop.warehouse, [], [])
    assert drop.events("feed") == []
    assert drop.warehouse.execute("select count(*) from raw._loads").fetchall() == [(0,)]
    assert drop.quarantine() == []

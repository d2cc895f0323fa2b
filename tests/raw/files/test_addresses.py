"""Addresses in event files: contacts where they identify, masked elsewhere, and no two rows made one."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.sources.event_files import EVENT_COLUMNS
from tests.addresses import ADDRESSES, NO_ADDRESSES
from tests.end_to_end.hostile.scan import forms
from tests.raw.conftest import found_in_raw
from tests.raw.files.feed_folder import FeedFolder

Row = dict[str, str]
TEXTS = [name for name in EVENT_COLUMNS if name not in ("occurred_at", "revenue", "properties")]
ALL = {name: name for name in EVENT_COLUMNS if name != "properties"}
AT = "2026-11-01 10:00:00"


@pytest.fixture
def folder(warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path) -> FeedFolder:
    path = tmp_path / "files"
    path.mkdir()
    return FeedFolder(warehouse, settings, path)


def as_csv(*rows: Row) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(*rows: Row) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def key(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def contacts(folder: FeedFolder) -> dict[str, str]:
    return dict(folder.warehouse.execute("select contact_key, email from pii.contacts").fetchall())


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_no_spelling_of_an_address_is_in_a_raw_table(folder: FeedFolder, format_: str) -> None:
    """In mapped and other columns and their names, in invalid rows, in the file's name."""
    rows = [
        dict.fromkeys(TEXTS, address)
        | {"occurred_at": time, "revenue": revenue, "note": f"from {address}, to", address: address}
        for address in ADDRESSES
        for time, revenue in ((AT, "20"), (address, "20"), (AT, address))
    ]
    folder.configure(format_, ALL)
    name = f"export of mari@shop.ee.{format_}.mari@shop.ee"
    folder.write(name, as_csv(*rows) if format_ == "csv" else as_json(*rows))
    if format_ == "parquet":
        written = (folder.path / name).rename(folder.path / "rows.json")
        folder.warehouse.execute(
            f"copy (from read_json('{written}')) to '{folder.path / name}' (format parquet)"
        )
    result = folder.load()
    assert (result.loaded, result.quarantined) == (len(ADDRESSES), 2 * len(ADDRESSES))
    words = sorted({form.lower() for address in ADDRESSES for form in forms(address)})
    assert found_in_raw(folder.warehouse, words) == []
    assert found_in_raw(folder.warehouse, ["<address"]) != []


@pytest.mark.parametrize("written", [as_csv, as_json])
def test_what_is_no_address_stays_as_it_is(folder: FeedFolder, written: Callable[..., str]) -> None:
    kept = [text for text in NO_ADDRESSES if text and "\\" not in text]
    folder.configure("csv" if written is as_csv else "jsonl", ALL)
    rows = [{"occurred_at": AT, "event_name": "visit", "url": text, "note": text} for text in kept]
    folder.write(f"a.{folder.feed.format}", written(*rows))
    folder.load()
    assert folder.events("url, properties ->> 'note'") == sorted((text, text) for text in kept)


@pytest.mark.parametrize(
    "given",
    [
        "mari@shop.ee",
        " MARI@Shop.ee ",
        "mari%40shop.ee",
        "mari%2540shop.ee",
        "mari&#64;shop.ee",
        "mari＠shop.ee",
        "mailto:mari@shop.ee",
        "Mari <mari@shop.ee>",
    ],
)
@pytest.mark.parametrize("column", ["user_id", "contact_key"])
def test_an_address_in_place_of_an_id_is_that_contact(folder: FeedFolder, column: str, given: str) -> None:
    folder.configure("csv", {"occurred_at": "ts", "event_name": "event", column: "id"})
    folder.write(
        "a.csv", as_csv({"ts": AT, "event": "visit", "id": given}, {"ts": AT, "event": "visit", "id": "u-1"})
    )
    folder.load()
    other = ("u-1", None) if column == "contact_key" else (None, "u-1")
    assert set(folder.events("contact_key, user_id")) == {(key("mari@shop.ee"), None), other}
    assert contacts(folder) == {key("mari@shop.ee"): "mari@shop.ee"}


def test_the_mapped_address_comes_before_others(folder: FeedFolder) -> None:
    columns = {
        "occurred_at": "ts",
        "event_name": "event",
        "email": "mail",
        "contact_key": "key",
        "user_id": "user",
    }
    folder.configure("csv", columns)
    encoded = "j%25C3%25BCri%2540n%25C3%25A4ide.ee"
    row = {"ts": AT, "event": "visit", "mail": "a@shop.ee", "key": "b@shop.ee", "user": "c@shop.ee"}
    folder.write(
        "a.csv",
        as_csv(row, row | {"mail": ""}, row | {"mail": "", "key": "", "user": encoded}),
    )
    folder.load()
    assert set(folder.events("contact_key, user_id")) == {
        (key("a@shop.ee"), key("c@shop.ee")),
        (key("b@shop.ee"), key("c@shop.ee")),
        (key("jüri@näide.ee"), None),
    }
    assert set(contacts(folder).values()) == {"a@shop.ee", "b@shop.ee", "c@shop.ee", "jüri@näide.ee"}


@pytest.mark.parametrize("column", [name for name in TEXTS if name not in ("contact_key", "user_id")])
def test_rows_that_differ_by_an_address_stay_two(folder: FeedFolder, column: str) -> None:
    """Within one file and in two; the same row of two files stays one."""
    folder.configure(
        "csv", {"occurred_at": "ts", "event_name": "event", "client_id": "client"} | {column: "text"}
    )
    row = {"ts": AT, "event": "visit", "client": "c-1", "text": "/?to=mari@shop.ee"}
    other, third = row | {"text": "/?to=jaan@shop.ee"}, row | {"text": "/?to=mari%40shop.ee"}
    folder.write("a.csv", as_csv(row, other))
    folder.write("b.csv", as_csv(row, third))
    folder.load()
    found = [text for (text,) in folder.events(column)]
    assert len(found) == len(set(found)) == 3
    assert all(text.startswith("/?to=<address ") for text in found)


WOO = """order_number,date,order_total,billing_email,customer_email,customer_note
501,2026-11-01 10:00:00,25.00,anna@case.ee,anna@case.ee,
502,2026-11-02 10:00:00,35.00,bert@case.ee,bert@case.ee,please write to office@case.ee
"""
HUBSPOT = """{"id":"e-1","created":1794736800,"type":"SENT","recipient":"a1@case.ee","from":"N <n@case.ee>"}
{"id":"e-2","created":1794736860000,"type":"OPEN","recipient":"a1@case.ee","sentBy":{"id":"news@case.ee"}}
"""


def test_an_address_in_a_column_that_is_not_mapped_is_masked(folder: FeedFolder) -> None:
    """A shop's orders, and events of an e-mail service whose sender is a column."""
    folder.configure(
        "csv", {"occurred_at": "date", "email": "billing_email", "revenue": "order_total"}, event_name="buy"
    )
    folder.write("orders.csv", WOO)
    folder.load()
    found = folder.events(
        "revenue, contact_key, properties ->> 'customer_email', properties ->> 'customer_note'"
    )
    assert [row[:2] for row in found] == [(25.0, key("anna@case.ee")), (35.0, key("bert@case.ee"))]
    assert [without_digits(row[2:]) for row in found] == [
        ("<address>", None),
        ("<address>", "please write to <address>"),
    ]


def test_an_address_in_a_nested_value_is_masked(folder: FeedFolder) -> None:
    folder.configure(
        "jsonl", {"event_id": "id", "occurred_at": "created", "event_name": "type", "email": "recipient"}
    )
    folder.write("events.jsonl", HUBSPOT)
    folder.load()
    found = folder.events("event_name, contact_key, properties ->> 'from', properties ->> '$.sentBy.id'")
    assert [(*row[:2], *without_digits(row[2:])) for row in found] == [
        ("OPEN", key("a1@case.ee"), None, "<address>"),
        ("SENT", key("a1@case.ee"), "N <<address>>", None),
    ]


def without_digits(texts: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return tuple(text and re.sub("<address [0-9a-f]{12}>", "<address>", text) for text in texts)

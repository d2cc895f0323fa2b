"""Addresses in the records of vendors: masked in every text, in invalid records and in what has changed."""

import hashlib
import json
from typing import Any

import duckdb
import pytest

from dagster_project.raw.addresses import masked_columns
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Column, Kind, Page, Stream
from dagster_project.sources.registry import SOURCES
from tests.addresses import ADDRESSES, NO_ADDRESSES
from tests.end_to_end.hostile.scan import forms
from tests.landing.streams import encoded, land, now, record, stream, window
from tests.raw.conftest import found_in_raw, rows, source

DAYS = stream(Kind.WINDOW, span="range")
EVERY = [stream for source in SOURCES for stream in source.streams]


def loaded(warehouse: duckdb.DuckDBPyConnection, settings: Settings, of: Stream, *pages: Page) -> None:
    create_raw_tables(warehouse, [source(of)])
    land(settings.landing, of, pages, window())
    load(warehouse, settings.landing, "esp", of, now)


WORDS = sorted({form.lower() for address in ADDRESSES for form in forms(address)})


def test_no_spelling_of_an_address_is_in_a_raw_table(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    written = [
        record(
            number,
            value=f"from {address}, to",
            tags=["welcome", address],
            template={"sender": address, address: {"deep": [address]}},
            dimensions=[{"value": address}, {"value": "mobile"}],
            **changed,
        )
        | {f"field of {address}": 1}
        for number, address in enumerate(ADDRESSES)
        for changed in ({}, {"seq_id": address}, {"amount": "x" * 90 + address})
    ]
    pages = [
        Page(encoded(written[at : at + 3]), context={"_link": written[at]["value"]})
        for at in range(0, len(written), 3)
    ]
    loaded(warehouse, settings, DAYS, *pages)
    counts = rows(warehouse, "select sum(loaded), sum(quarantined) from raw._loads")
    assert counts == [(len(ADDRESSES), 2 * len(ADDRESSES))]
    assert found_in_raw(warehouse, [*WORDS, "mari@sh"]) == []  # nor the beginning of one that was cut
    assert ("_schema_drift", "field of") in found_in_raw(warehouse, ["field of"])
    [(tags, template)] = rows(warehouse, "select tags, template from raw.esp__actions where seq_id = 0")
    assert tags[0] == "welcome"
    assert tags[1].startswith("<address ")
    assert json.loads(template)["sender"].startswith("<address ")


def test_what_is_no_address_stays_as_it_is(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    kept = [text for text in NO_ADDRESSES if "\\" not in text]
    written = [record(at, value=text, tags=[text], template={"a": text}) for at, text in enumerate(kept)]
    loaded(warehouse, settings, DAYS, Page(encoded(written)))
    found = rows(warehouse, "select value, tags, template ->> 'a' from raw.esp__actions order by seq_id")
    assert found == [(text, [text], text) for text in kept]


KEYED = stream(
    Kind.WINDOW,
    columns=(
        Column("seq_id", "BIGINT"),
        Column("contact_key", pii="contact_key"),
        Column("page"),
        Column("time"),
    ),
    span="range",
)


def test_an_address_in_place_of_a_contact_key_is_that_contact(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    key = hashlib.sha256(b"mari@shop.ee").hexdigest()
    given = ["mari@shop.ee", "MARI%40shop.ee", "mari&#64;shop.ee", key, "mari@localhost", "", None]
    written = [{"seq_id": at, "contact_key": text, "page": "/", "time": ""} for at, text in enumerate(given)]
    loaded(warehouse, settings, KEYED, Page(encoded(written)))
    found = [text for (text,) in rows(warehouse, "select contact_key from raw.esp__actions order by seq_id")]
    assert found == [key, key, key, key, "mari@localhost", "", None]
    assert rows(warehouse, "select contact_key, email from pii.contacts") == [(key, "mari@shop.ee")]


def test_texts_that_differ_by_an_address_stay_different(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    pages = ["/?to=mari@shop.ee", "/?to=mari%40shop.ee", "/?to=jaan@shop.ee", "/?to=mari@shop.ee"]
    written = [{"seq_id": at, "contact_key": "", "page": text, "time": ""} for at, text in enumerate(pages)]
    loaded(warehouse, settings, KEYED, Page(encoded(written)))
    found = [text for (text,) in rows(warehouse, "select page from raw.esp__actions order by seq_id")]
    assert len(set(found)) == 3
    assert found[0] == found[3]


@pytest.mark.parametrize("of", EVERY, ids=lambda stream: stream.name)
def test_no_text_of_a_vendor_stream_can_hold_an_address(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, of: Stream
) -> None:
    """Every column that is a text gets one, where the vendor's record has it."""
    fields: Any = {}
    for column in of.columns:
        value: Any = "see mari%2540shop.ee"
        if column.type.upper() not in ("VARCHAR", "VARCHAR[]", "JSON"):
            value = None
        _put(fields, column.source_path, [value] if "[]" in column.type else value)
    create_raw_tables(warehouse, [source(of)])
    land(settings.landing, of, [Page([json.dumps(fields).encode()])], window())
    load(warehouse, settings.landing, "esp", of, now)
    table = f'raw."esp__{of.name}"'
    assert rows(warehouse, f"select count(*) from {table}") == [(1,)]
    assert found_in_raw(warehouse, ["shop.ee"]) == []


def _put(fields: Any, path: tuple[str | int, ...], value: Any) -> None:
    for step, following in zip(path, (*path[1:], None), strict=True):
        empty: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            fields += [{} for _ in range(step + 1 - len(fields))]
            fields[step] = fields[step] or empty
        else:
            fields.setdefault(step, empty)
        fields = fields[step]


def test_masks_stay_in_their_columns(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Texts with the control characters that masking uses, and empty ones, move nothing to another column."""
    create_raw_tables(warehouse, [source(DAYS)])
    warehouse.execute(
        """
        create table texts as select * from (values
            (1, 'a\x1fb mari@shop.example', null, 'c', '{"d": "e"}'::json),
            (2, null, 'to mari@shop.example\x1e', '', null),
            (3, 'a\x1fb', null, 'c\x1e', null)
        ) as texts (place, a, b, c, d)
        """
    )
    texts = {"a": "VARCHAR", "b": "VARCHAR", "c": "VARCHAR", "d": "JSON"}
    masked = rows(warehouse, f"from {masked_columns('texts', texts, alike=['a'])} order by place")
    digest = masked[1][2].removeprefix("to <address ").removesuffix(">")
    assert masked == [
        (1, "ab <address>", None, "c", masked[0][4], True),
        (2, None, f"to <address {digest}>", "", None, True),
        (3, "a\x1fb", None, "c\x1e", None, False),
    ]
    assert len(digest) == 12
    assert json.loads(masked[0][4]) == {"d": "e"}

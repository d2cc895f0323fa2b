"""Files whose rows vanish say so, and values mean what their file has."""

import json
from pathlib import Path

import duckdb
import pytest

from tests.raw.files.feed_folder import at
from tests.raw.files.feed_loader import COLUMNS, FeedLoader

ROW = '{"t": "2026-11-15 10:00", "e": "buy", "u": "1", "a": {"b": [{"l": "x"}]}}\n'


def left_out(loader: FeedLoader) -> list[tuple[int, int, int]]:
    return loader.warehouse.execute("select loaded, quarantined, left_out from raw._loads").fetchall()


def test_rows_that_the_feed_leaves_out_are_counted(loader: FeedLoader) -> None:
    loader.load(f"where: {{e: payed}}\n{COLUMNS}", "t,e,u,l\n2026-11-15,paid,1,\n2026-11-15,void,2,\n")
    assert left_out(loader) == [(0, 0, 2)]


@pytest.mark.parametrize("word", ["yes", "no", "on", "true", "Off"])
def test_a_bare_word_is_what_the_file_has(word: str, loader: FeedLoader) -> None:
    """YAML 1.1 has truth values for these."""
    loader.load(
        f"where: {{l: {word}}}\nmap: {{{word}: open}}\nfill_down: [{word}]\n{COLUMNS}",
        f"t,e,u,l,{word}\n2026-11-15,{word},1,{word},x\n2026-11-15,{word},2,other,\n",
    )
    assert loader.events("event_name, user_id") == [("open", "1")]
    assert loader.reasons() == []


def test_a_title_with_an_open_quote_does_not_take_the_file(loader: FeedLoader) -> None:
    loader.load(f"skip: 1\n{COLUMNS}", '"Report of 5 inch\nt,e,u,l\n2026-11-15,buy,1,\n')
    [reason] = loader.reasons()
    assert "the file has text below its header, and none of it is a row" in reason


def test_each_list_to_explode_must_be_in_the_file(loader: FeedLoader) -> None:
    loader.load(
        "explode: [a, a.bb]\ncolumns: {occurred_at: t, event_name: e, user_id: u, url: a.bb.l}", ROW, "jsonl"
    )
    [reason] = loader.reasons()
    assert "no record has the list a.bb, which `explode` names" in reason


def test_comments_are_no_rows_and_rows_are_no_comments(loader: FeedLoader) -> None:
    """Names of Shopify's orders begin like comments."""
    loader.load(
        "comment: '#'\ncolumns: {order_id: n, occurred_at: t, event_name: e, user_id: u}",
        "# report\nn,t,e,u\n#1001,2026-11-15,buy,1\n# a break\n#1002,2026-11-16,buy,2\n",
    )
    assert loader.events("order_id") == [("#1001",), ("#1002",)]
    assert loader.reasons() == []


def test_a_comment_ends_where_its_line_ends(loader: FeedLoader) -> None:
    loader.load(f"comment: '#'\n{COLUMNS}", "# old Mac\rt,e,u,l\r2026-11-15,buy,1,\r")
    assert loader.events("user_id") == [("1",)]


NUMBERS = {"comma": "12,50", "text": "1.234,5", "whole": 7, "fraction": 1.234, "cents": 12.5}


def test_signs_of_texts_say_nothing_of_numbers(loader: FeedLoader) -> None:
    loader.load(
        "decimal: ','\nthousands: '.'\n"
        "columns: {occurred_at: t, event_name: e, user_id: u, revenue: {first_of: [total, money.amount]}}",
        "".join(
            json.dumps({"t": "2026-11-15", "e": "buy", "u": name, "money": {"amount": value}}) + "\n"
            for name, value in NUMBERS.items()
        ),
        "jsonl",
    )
    assert loader.reasons() == []
    assert dict(loader.events("user_id, revenue")) == {
        "comma": 12.5,
        "text": 1234.5,
        "whole": 7.0,
        "fraction": 1.234,
        "cents": 12.5,
    }


@pytest.mark.parametrize("type_", ["decimal(10, 3)", "double", "integer"])
def test_signs_of_texts_say_nothing_of_numbers_of_parquet(
    type_: str, loader: FeedLoader, tmp_path: Path
) -> None:
    path = tmp_path / "numbers.parquet"
    duckdb.execute(f"copy (select '2026-11-15' as t, 'buy' as e, '1' as u, 99.125::{type_} as r) to '{path}'")
    loader.load(
        "decimal: ','\nthousands: '.'\ncolumns: {occurred_at: t, event_name: e, user_id: u, revenue: r}",
        path.read_bytes(),
        "parquet",
    )
    assert loader.events("revenue") == [(99.0 if type_ == "integer" else 99.125,)]


TAILS = [
    "2026-11-03 10:15:00 0500",
    "2026-11-03 10:15 11:00",
    "2026-11-03 10:15:00 5",
    "2026-11-03T10:15:00 x 5",
]


@pytest.mark.parametrize("text", TAILS)
@pytest.mark.parametrize("key", ["", "time_format: [day_first, iso]"])
def test_a_time_with_something_behind_it_is_none(key: str, text: str, loader: FeedLoader) -> None:
    loader.load(f"{key}\n{COLUMNS}", f"t,e,u,l\n{text},buy,1,\n")
    assert loader.events("occurred_at") == []
    assert loader.reasons() == [f"occurred_at is not a timestamp: {text}"]


def test_a_day_with_a_clock_of_its_own_is_joined_with_the_time(loader: FeedLoader) -> None:
    loader.load(
        "columns: {occurred_at: [day, clock], event_name: e, user_id: u}",
        "day,clock,e,u\n2026-11-03 00:00:00,10:15,buy,1\n2026-11-03 00:00:00,,buy,2\n",
    )
    assert loader.events("user_id, occurred_at") == [
        ("1", at(2026, 11, 3, 10, 15)),
        ("2", at(2026, 11, 3)),
    ]


ZONES = {"EST": 15, "EDT": 14, "PDT": 17, "CET": 9, "CEST": 8, "UTC": 10, "Z": 10, "Europe/Tallinn": 7}


@pytest.mark.parametrize("zone", ZONES)
def test_an_abbreviation_of_a_zone_is_an_offset_all_year(zone: str, loader: FeedLoader) -> None:
    loader.load(COLUMNS, f"t,e,u,l\n2026-07-15 10:00 {zone},buy,1,\n")
    assert loader.events("occurred_at") == [(at(2026, 7, 15, ZONES[zone]),)]


@pytest.mark.parametrize("zone", ["BST", "IST", "CST", "SST", "bst"])
def test_an_abbreviation_of_several_meanings_is_refused(zone: str, loader: FeedLoader) -> None:
    loader.load(COLUMNS, f"t,e,u,l\n2026-07-15 10:00 {zone},buy,1,\n")
    [reason] = loader.reasons()
    assert reason.startswith("occurred_at ends in a time zone of several meanings; write its offset")


def test_an_id_of_several_columns_is_of_these_columns(loader: FeedLoader) -> None:
    loader.load(
        "columns: {event_id: [a, b], occurred_at: t, event_name: e, user_id: u}",
        "a,b,t,e,u\np|q,r,2026-11-15,buy,1\np,q|r,2026-11-15,buy,2\n",
    )
    assert loader.events("count(*), count(distinct event_id)") == [(2, 2)]


@pytest.mark.parametrize("sign", ["\u00a0", "\u202f", "\u2019"])
def test_signs_can_be_copied_from_the_file(sign: str, loader: FeedLoader) -> None:
    loader.load(
        f'thousands: "{sign}"\ncolumns: {{occurred_at: t, event_name: e, user_id: u, revenue: l}}',
        f"t,e,u,l\n2026-11-15,buy,1,1{sign}234.50\n",
    )
    assert loader.events("revenue") == [(1234.5,)]


def test_any_sign_can_be_the_decimal_one(loader: FeedLoader) -> None:
    loader.load(
        'decimal: "·"\ncolumns: {occurred_at: t, event_name: e, user_id: u, revenue: l}',
        "t,e,u,l\n2026-11-15,buy,1,12·5\n",
    )
    assert loader.events("revenue") == [(12.5,)]


def test_one_byte_that_is_not_utf_8_costs_its_row_only(loader: FeedLoader) -> None:
    loader.load(f"encoding: utf-8\n{COLUMNS}", b"t,e,u,l\n2026-11-15,buy,1,\n2026-11-15,buy,\xff,\n")
    assert loader.events("user_id") == [("1",)]
    assert len(loader.reasons()) == 1


def test_what_is_excluded_of_an_element_is_left_out(loader: FeedLoader) -> None:
    """Totals that grow would make another event of what an API says again."""
    loader.load(
        "explode: a\nexclude: [a.total]\ncolumns: {occurred_at: t, event_name: e, user_id: a.u}",
        '{"t": "2026-11-15", "e": "open", "a": [{"u": "1", "total": 5, "kept": 1}]}\n',
        "jsonl",
    )
    assert loader.events("properties::varchar") == [('{"a":{"u":"1","kept":1}}',)]

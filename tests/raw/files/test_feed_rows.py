"""Which rows of a file are events, by which id and under which name."""

import pytest

from tests.raw.files.feed_folder import at
from tests.raw.files.feed_loader import COLUMNS, FeedLoader

ROWS = """t,e,u,l
2026-11-15 10:00,Paid,1,a
2026-11-15 11:00,voided,2,
2026-11-15 12:00, paid ,3,
2026-11-15 13:00,,4,
"""
KEPT = {
    "one value": ("where: {e: paid}", ["1", "3"]),
    "several": ("where: {e: [PAID, Voided]}", ["1", "2", "3"]),
    "none of them": ("where: {e: {not: [voided]}, u: {not: 4}}", ["1", "3"]),
    "filled": ("where: {e: {not: ''}, l: {not: ''}}", ["1"]),
    "empty": ("where: {l: '', e: {not: ''}}", ["2", "3"]),
    "all of several columns": ("where: {e: paid, u: 3}", ["3"]),
}


@pytest.mark.parametrize("case", KEPT)
def test_only_rows_that_the_feed_wants_are_events(case: str, loader: FeedLoader) -> None:
    key, users = KEPT[case]
    loader.load(f"{key}\n{COLUMNS}", ROWS)
    assert ([user for (user,) in loader.events("user_id")], loader.reasons()) == (users, [])


def test_a_file_without_the_column_that_keeps_rows_is_quarantined(loader: FeedLoader) -> None:
    loader.load(f"where: {{state: paid}}\n{COLUMNS}", ROWS)
    [reason] = loader.reasons()
    assert "the file has no column state, by which `where` keeps rows" in reason


def test_a_json_file_without_the_member_that_keeps_rows_is_quarantined(loader: FeedLoader) -> None:
    line = '{"t": "2026-11-15 10:00", "e": "buy", "u": "1"}\n'
    loader.load(f"where: {{order.state: paid}}\n{COLUMNS}", line, "jsonl")
    [reason] = loader.reasons()
    assert "no row has a value in order.state, by which `where` keeps rows" in reason


def test_a_day_without_rows_to_keep_is_no_fault(loader: FeedLoader) -> None:
    line = '{"t": "2026-11-15 10:00", "e": "buy", "u": "1", "order": {"state": "open"}}\n'
    loader.load(f"where: {{order.state: paid}}\n{COLUMNS}", line, "jsonl")
    assert (loader.events("user_id"), loader.reasons()) == ([], [])


ORDERS = """Name,Email,Status,Total,Created at,Item
#1050,koit@case.ee,paid,100.90,2026-05-01 09:59:00 +0200,Tea
#1050,,,,,Cup
#1051,,paid,15.00,2026-05-03 09:59:00 +0200,Card
"""


def test_blank_cells_of_one_order_are_filled_from_its_first_row(loader: FeedLoader) -> None:
    """The next order has no address, and gets none."""
    loader.load(
        "fill_down: {Name: [Created at, Email, Status]}\nwhere: {Status: paid}\n"
        "columns: {occurred_at: Created at, email: Email, order_id: Name, revenue: Total}\n"
        "constants: {event_name: purchase}",
        ORDERS,
    )
    found = loader.events("order_id, revenue, contact_key is not null, occurred_at")
    assert found == [
        ("#1050", 100.9, True, at(2026, 5, 1, 7, 59)),
        ("#1050", None, True, at(2026, 5, 1, 7, 59)),
        ("#1051", 15.0, False, at(2026, 5, 3, 7, 59)),
    ]
    assert loader.reasons() == []


def test_blank_cells_of_a_grouped_report_repeat_the_row_above(loader: FeedLoader) -> None:
    loader.load(
        f"fill_down: [t, e]\n{COLUMNS}",
        "t,e,u,l\n2026-11-15 10:00,buy,1,\n,,2,\n2026-11-16 10:00,look,3,\n,,4,\n",
    )
    assert loader.events("user_id, event_name, occurred_at::date::varchar") == [
        ("1", "buy", "2026-11-15"),
        ("2", "buy", "2026-11-15"),
        ("3", "look", "2026-11-16"),
        ("4", "look", "2026-11-16"),
    ]


def test_an_event_id_can_be_of_several_columns(loader: FeedLoader) -> None:
    """HubSpot's ids are unique with the time only. A blank first column identifies nothing."""
    loader.load(
        "columns: {event_id: [id, created], occurred_at: created, event_name: type, user_id: u}",
        '{"id":"e-2","created":1794736860000,"type":"OPEN","u":"a"}\n'
        '{"id":"e-2","created":1794736920000,"type":"OPEN","u":"a"}\n'
        '{"id":"e-2","created":1794736920000,"type":"OPEN","u":"a","again":1}\n'
        '{"id":"","created":1794736920000,"type":"OPEN","u":"b"}\n'
        '{"id":"undefined","created":1794736920000,"type":"OPEN","u":"c"}\n',
        "jsonl",
    )
    assert loader.events("event_id, user_id") == [
        ("e-2|1794736860000", "a"),
        ("e-2|1794736920000", "a"),
        (None, "b"),
        (None, "c"),
    ]


def test_a_time_can_be_of_two_columns(loader: FeedLoader) -> None:
    loader.load(
        "time_format: day_first\ncolumns: {occurred_at: [day, clock], event_name: e, user_id: u}",
        "day,clock,e,u\n15.11.2026,10:00,buy,1\n15.11.2026,,buy,2\n,10:00,buy,3\n",
    )
    assert loader.events("user_id, occurred_at, _given_at") == [
        ("1", at(2026, 11, 15, 10), None),
        ("2", at(2026, 11, 15, 23, 59, 59, 999_999), at(2026, 11, 15)),
    ]
    assert loader.reasons() == ["occurred_at is empty"]


NAMES = "map: {Opened Email: open, Clicked  Email: click, Proxy Open: {event_name: open, is_machine: true}}"


def test_names_of_events_are_translated_whatever_their_case_and_blanks(loader: FeedLoader) -> None:
    names = ["Opened Email", "opened_email", "OPENED  EMAIL", "clicked email", "proxyopen", "Received"]
    rows = "".join(f"2026-11-15 10:0{n},{name},{n},\n" for n, name in enumerate(names))
    loader.load(f"{NAMES}\n{COLUMNS}", f"t,e,u,l\n{rows}")
    assert loader.events("user_id, event_name, properties ->> 'is_machine'") == [
        ("0", "open", "false"),
        ("1", "opened_email", None),
        ("2", "open", "false"),
        ("3", "click", None),
        ("4", "open", "true"),
        ("5", "Received", None),
    ]


def test_whole_numbers_with_a_fraction_are_the_same_ids(loader: FeedLoader) -> None:
    """As a column of floating-point numbers writes them, because one of its cells is empty."""
    loader.load(
        "columns: {occurred_at: t, event_name: e, user_id: u, order_id: o, client_id: c}",
        "t,e,u,o,c\n2026-11-15 10:00,buy,17.0,1001.0,1.0\n2026-11-15 11:00,buy,17,1001,1\n"
        "2026-11-15 12:00,buy,17.5,1.0.0,\n",
    )
    assert loader.events("user_id, order_id, client_id") == [
        ("17", "1001", "1"),
        ("17", "1001", "1.0"),
        ("17.5", "1.0.0", None),
    ]


def test_fields_of_the_models_are_among_the_properties(loader: FeedLoader) -> None:
    loader.load(
        "columns: {occurred_at: t, event_name: e, user_id: u, device: Gadget, country: geo, session_id: s,\n"
        "  page_title: title, engagement_seconds: secs, quantity: n}",
        "t,e,u,Gadget,geo,s,title,secs,n,device\n2026-11-15 10:00,page_view,1,mobile,EE,s1,Home,12.5,3,raw\n",
    )
    [(properties,)] = loader.events("properties::varchar")
    assert properties == (
        '{"country":"EE","device":"mobile","engagement_seconds":"12.5","file device":"raw",'
        '"page_title":"Home","quantity":"3","session_id":"s1"}'
    )


@pytest.mark.parametrize("absent", ["NULL", "null", "(not set)"])
def test_words_for_nothing_are_no_amount(absent: str, loader: FeedLoader) -> None:
    """The row is an event, without an amount; another text is still an error."""
    columns = "columns: {occurred_at: t, event_name: e, user_id: u, revenue: r}"
    rows = (
        f"t,e,u,r\n2026-11-15 10:00,buy,1,{absent}\n2026-11-15 10:00,buy,2,5\n2026-11-15 10:00,buy,3,none\n"
    )
    loader.load(columns, rows)
    assert loader.events("user_id, revenue") == [("1", None), ("2", 5.0)]
    assert loader.reasons() == ["revenue is not a number: none"]

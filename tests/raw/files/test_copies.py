"""What is one event: equal rows of one file and of several, rows with an id, files that are nearly copies."""

import itertools
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dagster_project.raw.files.near_copies import NearCopyError
from tests.landing.streams import NOW
from tests.raw.files.feed_folder import COLUMNS, FeedFolder

CART = {"occurred_at": "ts", "event_name": "event", "client_id": "browser"}
HEAD = "ts,event,browser,item\n"
LATER = "2026-11-01 12:00:01,page_view,b1,\n"
MUG, HAT = (f"2026-11-01 12:00:00,add_to_cart,b1,{item}\n" for item in ("mug", "hat"))
ORDERS = {"occurred_at": "ts", "event_name": "event", "user_id": "customer", "revenue": "amount"}


def orders(numbers: range, exported_at: str = "", status: str = "paid") -> str:
    rows = (f"2026-11-01 12:{n:02d},buy,c{n},{n}.5,{status},{exported_at}" for n in numbers)
    return "\n".join(["ts,event,customer,amount,status,exported_at", *rows, ""])


def write(folder: FeedFolder, name: str, content: str, hour: int = 0) -> None:
    """The file, last modified at that hour."""
    path = folder.write(name, content)
    modified_at = datetime(2026, 11, 10, hour, tzinfo=UTC).timestamp()
    os.utime(path, (modified_at, modified_at))


def test_rows_of_one_second_that_differ_in_an_unmapped_column_are_events(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", CART)
    feed_folder.write("a.csv", HEAD + MUG + HAT + MUG)
    assert feed_folder.load().repeated == 0
    assert feed_folder.events("properties, _ordinal") == [
        ('{"item":"hat"}', 1),
        ('{"item":"mug"}', 1),
        ('{"item":"mug"}', 2),
    ]


# How many equal rows each file has, and the order in which the files come.
COUNTS = [(3, 0, 0), (1, 2, 3), (2, 2), (1, 3), (4, 1, 2), (0, 1, 0, 1)]
ARRIVALS = [(c, order) for c in COUNTS for order in list(itertools.permutations(range(len(c))))[:6]]


@pytest.mark.parametrize(("counts", "order"), ARRIVALS)
def test_an_event_happened_as_often_as_the_fullest_file_says(
    counts: tuple[int, ...], order: tuple[int, ...], feed_folder: FeedFolder
) -> None:
    feed_folder.configure("csv", CART)
    for number in order:
        feed_folder.write(f"{number}.csv", HEAD + LATER * (number == 0) + MUG * counts[number])
        result = feed_folder.load()
    assert result.repeated == sum(counts) - max(counts)
    mugs = [('{"item":"mug"}', ordinal + 1) for ordinal in range(max(counts))]
    assert feed_folder.events("properties, _ordinal") == [*mugs, (None, 1)]


@pytest.mark.parametrize(
    ("modified", "winner"),
    [((1, 2), "b"), ((2, 1), "a"), ((1, 1), "b")],
    ids=["the name agrees", "against the name", "at the same time the last name"],
)
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_with_an_id_the_file_modified_last_wins_in_any_order_of_loading(
    order: tuple[str, ...], modified: tuple[int, int], winner: str, feed_folder: FeedFolder
) -> None:
    feed_folder.configure("csv", {**COLUMNS, "event_id": "id"})
    for name in order:
        content = f"ts,event,mail,campaign,id\n2026-11-01,buy,,{name},7\n2026-11-01,buy,,{name},{name}\n"
        write(feed_folder, f"{name}.csv", content, modified["ab".index(name)])
        result = feed_folder.load()
    assert result.repeated == 1
    found = feed_folder.events("event_id, properties")
    assert found[0] == ("7", f'{{"campaign":"{winner}"}}')
    assert [row[0] for row in found] == ["7", "a", "b"]


def test_a_file_that_is_modified_again_wins_again(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", {**COLUMNS, "event_id": "id"})
    row = "ts,event,mail,amount,id\n2026-11-01,buy,,{},7\n"
    write(feed_folder, "a.csv", row.format(1), 1)
    write(feed_folder, "b.csv", row.format(2), 2)
    feed_folder.load()
    write(feed_folder, "a.csv", row.format(3), 3)
    assert feed_folder.load().repeated == 1
    assert feed_folder.events("revenue") == [(3.0,)]


def test_of_rows_with_one_id_the_first_of_a_file_counts(feed_folder: FeedFolder) -> None:
    """A shop's export with a row per item has the total in an order's first row only."""
    feed_folder.configure("csv", {**COLUMNS, "event_id": "id"})
    feed_folder.write("a.csv", "ts,event,mail,amount,id\n2026-11-01,buy,,50,#1\n2026-11-01,buy,,,#1\n")
    result = feed_folder.load()
    assert (result.loaded, result.repeated) == (2, 1)
    assert feed_folder.events("event_id, revenue") == [("#1", 50.0)]


@pytest.mark.parametrize(
    "word",
    [
        *("", " ", "null", "undefined", "None", "(not set)", "N/A", "-", "0", "1.76E+09", "1e+12"),
        *(
            "\tNULL\u00a0",
            "(Not Provided)",
            "[object Object]",
            "{{ order.id }}",
            "*|ORDER|*",
            "%%id%%",
            "${x}",
        ),
        *("[[ id ]]", "<%= id %>", "{% id %}", " Guest ", "#{id}", "{id}", "[ID]", "%7B%7Bid%7D%7D"),
    ],
)
def test_an_id_that_identifies_nothing_is_no_id(word: str, feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", {**COLUMNS, "event_id": "id"})
    rows = "".join(f"2026-11-01 1{n}:00,buy,,{word}\n" for n in range(3))
    feed_folder.write("a.csv", "ts,event,mail,id\n" + rows)
    assert feed_folder.load().repeated == 0
    assert feed_folder.events("event_id") == [(None,)] * 3
    corrected = feed_folder.warehouse.execute("select sum(records) from raw._corrections").fetchall()
    assert corrected == [(3 if "+" in word else None,)]


@pytest.mark.parametrize(
    "word", ["1.76", "E+09", "10", "a-1", "1e5x+", "1,76E+09", "12E+09", "nullable", "{4A-B}", "[1]", "$5"]
)
def test_other_words_are_ids(word: str, feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", {**COLUMNS, "event_id": "id"})
    feed_folder.write("a.csv", f'ts,event,mail,id\n2026-11-01,buy,,"{word}"\n2026-11-02,buy,,"{word}"\n')
    assert feed_folder.load().repeated == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "ts,event,browser,item,size\n2026-11-01,buy,b,mug,\n",
            "ts,event,browser,item\n2026-11-01,buy,b,mug\n",
        ),
        ("item,browser,event,ts\nmug,b,buy,2026-11-01\n", "ts,event,browser,item\n2026-11-01,buy,b,mug\n"),
        ("ts;event;browser\n2026-11-01 00:00:00;buy; b\n", "ts,event,browser\n2026-10-31T22:00:00Z,buy,b\n"),
        ("ts,event,browser,a,b\n2026-11-01,buy,b,x,y\n", "ts,event,browser,b,a\n2026-11-01,buy,b,y,x\n"),
        (
            "ts,event,browser,item,size\n2026-11-01,buy,b,mug,\n",
            '"ts","event","browser","item","size"\r\n"2026-11-01","buy","b","mug",""\r\n',
        ),
        (
            "ts,event,browser,item\n2026-11-01,buy,b,mug\n",
            "\ufeffts;event;browser;item\n2026-11-01;buy;b;mug",
        ),
    ],
    ids=[
        "an empty column more",
        "another order",
        "another notation",
        "unmapped columns in another order",
        "quoted",
        "another delimiter",
    ],
)
def test_the_same_row_written_differently_is_one_event(
    first: str, second: str, feed_folder: FeedFolder
) -> None:
    feed_folder.configure("csv", CART)
    feed_folder.write("a.csv", first)
    feed_folder.write("b.csv", second)
    assert feed_folder.load().repeated == 1


def test_an_event_ahead_of_its_extraction_is_the_same_event_a_day_later(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", CART)
    ahead = (NOW + timedelta(hours=2)).isoformat()
    feed_folder.write("a.csv", f"ts,event,browser\n{ahead},buy,b\n")
    feed_folder.load()
    entry = feed_folder.landed("a.csv")
    feed_folder.write("b.csv", f"ts,event,browser\n{ahead},buy,b\n2026-11-01,see,b\n")
    feed_folder.extract_at(NOW + timedelta(days=1))
    assert feed_folder.load().repeated == 1
    assert entry.extracted_at == NOW
    assert feed_folder.events("event_name, occurred_at")[0] == ("buy", NOW + timedelta(hours=2))


@pytest.mark.parametrize("order", list(itertools.permutations(["1.csv", "2.csv"])))
@pytest.mark.parametrize("together", [True, False])
def test_a_file_that_repeats_another_but_for_unmapped_columns_is_blocked(
    order: tuple[str, ...], together: bool, feed_folder: FeedFolder
) -> None:
    feed_folder.configure("csv", ORDERS)
    files = {
        "1.csv": orders(range(10), "2026-11-01"),
        "2.csv": orders(range(5), "2026-11-02") + orders(range(20, 25)).partition("\n")[2],
    }
    expected = (
        r"5 of the 10 rows of \S+ equal rows of \S+ in every mapped column and differ in exported_at, so"
    )
    for name in order if together else order[:1]:
        feed_folder.write(name, files[name])
    if not together:
        feed_folder.load()
        feed_folder.write(order[1], files[order[1]])
    with pytest.raises(NearCopyError, match=expected):
        feed_folder.load()
    assert len(feed_folder.events("revenue")) == 10
    with pytest.raises(NearCopyError, match=expected):  # and again in the next run
        feed_folder.load()
    feed_folder.feed = replace(feed_folder.feed, exclude=("exported_at",))
    result = feed_folder.load()
    assert (result.loaded, result.repeated) == (20, 5)
    assert set(feed_folder.events("properties")) == {('{"status":"paid"}',)}


def test_fewer_than_half_of_the_rows_do_not_block(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", ORDERS)
    feed_folder.write("1.csv", orders(range(10), status="open"))
    feed_folder.write("2.csv", orders(range(6, 16)))
    assert feed_folder.load().repeated == 0
    assert len(feed_folder.events("revenue")) == 20


@pytest.mark.parametrize("sizes", [(4, 100), (100, 4), (2, 1), (1, 1)])
def test_half_of_either_file_blocks(sizes: tuple[int, int], feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", ORDERS)
    for name, size in zip("12", sizes, strict=True):
        rows = "".join(f"2026-11-01,buy,c{n},{n},{name}\n" for n in range(size))
        feed_folder.write(f"{name}.csv", "ts,event,customer,amount,run\n" + rows)
    with pytest.raises(NearCopyError, match="differ in run, so the file is not loaded"):
        feed_folder.load()


def test_the_columns_that_differ_are_named_the_most_frequent_first(feed_folder: FeedFolder) -> None:
    feed_folder.configure("jsonl", ORDERS)
    line = '{{"ts":"2026-11-01","event":"buy","customer":"c{}","k":{{"a":1}},"status":"{}","n":{}}}\n'
    feed_folder.write("1.jsonl", "".join(line.format(n, "open", 1) for n in range(4)))
    feed_folder.write("2.jsonl", "".join(line.format(n, "paid" if n else "open", 2) for n in range(4)))
    with pytest.raises(NearCopyError, match="differ in n, status, so"):
        feed_folder.load()


def test_a_column_that_tells_rows_of_one_file_apart_is_not_named(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", CART)
    for name, order in (("1", (MUG, HAT)), ("2", (HAT, MUG, MUG))):
        rows = "".join(row.replace("\n", f",{name}\n") for row in order)
        feed_folder.write(f"{name}.csv", "ts,event,browser,item,run\n" + rows)
    with pytest.raises(NearCopyError, match="differ in run, so"):
        feed_folder.load()


def test_masked_addresses_are_named_only_where_nothing_else_differs(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", CART)
    row = "2026-11-01 12:00:00,add_to_cart,b1,{},ask {}@example.com\n"
    feed_folder.write("1.csv", "ts,event,browser,run,note\n" + row.format(1, "ann"))
    feed_folder.write("2.csv", "ts,event,browser,run,note\n" + row.format(2, "ann"))
    with pytest.raises(NearCopyError, match="differ in run, so"):
        feed_folder.load()
    feed_folder.write("2.csv", "ts,event,browser,run,note\n" + row.format(1, "bob"))
    with pytest.raises(NearCopyError, match="differ in note, so"):
        feed_folder.load()


def test_keys_in_another_order_are_no_other_column(feed_folder: FeedFolder) -> None:
    feed_folder.configure("jsonl", ORDERS)
    feed_folder.write("1.jsonl", '{"ts":"2026-11-01","event":"buy","customer":"c","a":1,"b":2}\n')
    feed_folder.write("2.jsonl", '{"ts":"2026-11-01","event":"buy","customer":"c","b":2,"a":1}\n')
    with pytest.raises(NearCopyError, match="but for the order of their keys, so"):
        feed_folder.load()


def test_an_id_needs_no_excluded_column(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", {**ORDERS, "event_id": "customer"})
    feed_folder.write("1.csv", orders(range(10), "2026-11-01"))
    feed_folder.write("2.csv", orders(range(10), "2026-11-02"))
    assert feed_folder.load().repeated == 10


def test_copies_of_more_files_are_named_in_part_and_the_rest_counted(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", ORDERS)
    for number in range(1, 7):
        feed_folder.write(f"{number}.csv", orders(range(10), f"2026-11-0{number}"))
    with pytest.raises(NearCopyError, match=r"2 more files are not loaded for the same reason\.$") as raised:
        feed_folder.load()
    assert str(raised.value).count("differ in exported_at") == 3
    assert len(feed_folder.events("revenue")) == 10


def test_excluded_columns_are_in_no_property(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", CART)
    feed_folder.feed = replace(feed_folder.feed, exclude=("item", "not there"))
    feed_folder.write("a.csv", HEAD + MUG + HAT)
    feed_folder.write("b.csv", HEAD + HAT)
    assert feed_folder.load().repeated == 1
    assert feed_folder.events("properties, _ordinal") == [(None, 1), (None, 2)]


def test_rows_that_another_file_has_too_make_no_near_copy(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", CART)
    feed_folder.write("1.csv", HEAD + MUG + HAT)
    feed_folder.write("2.csv", HEAD + MUG + MUG)
    assert feed_folder.load().repeated == 1


def test_equal_rows_that_another_file_hides_change_its_fingerprint(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", CART)
    for name in ("1.csv", "2.csv"):
        feed_folder.write(name, HEAD + MUG + MUG)
    feed_folder.load()
    hidden = feed_folder.warehouse.execute("select repeated, repeats from raw._loads order by 1").fetchall()
    assert [(repeated, bool(repeats)) for repeated, repeats in hidden] == [(0, False), (2, True)]

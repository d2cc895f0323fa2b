"""Absence is not deletion: a feed that has less than before keeps what was loaded until it is confirmed."""

import gzip
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from dagster_project.raw.files.absence import refuse_lost_feeds, refuse_lost_files
from dagster_project.raw.refusals import LossRefused, confirm, standing_losses
from dagster_project.raw.schema import create_raw_tables
from dagster_project.sources.event_files import SOURCE_NAME, list_files
from tests.landing.streams import NOW, now
from tests.raw.files.feed_folder import COLUMNS, FeedFolder

HEAD = "ts,event,mail,amount,page\n"


def rows_of(count: int, day: int = 1, amount: str = "5", mail: str = "a@b.ee", page: str = "/x") -> str:
    return "".join(f"2026-11-{day:02d} 10:{n:02d},buy,{mail},{amount},{page}{n}\n" for n in range(count))


WHOLE = HEAD + rows_of(20)


def refused(feed_folder: FeedFolder) -> str:
    """The sentence of a load that changes no event, each time it is tried."""
    before = feed_folder.events("*")
    sentences = set()
    for _ in range(2):
        with pytest.raises(LossRefused) as raised:
            feed_folder.load()
        sentences.add(str(raised.value))
    [sentence] = sentences
    assert feed_folder.events("*") == before
    assert list(standing_losses(feed_folder.warehouse)) == ["event_files/shop"]
    assert "event_files/shop was not loaded" in sentence
    assert "milepost confirm-loss event_files/shop" in sentence
    return sentence


CHANGED: dict[str, tuple[str | bytes, str | None]] = {
    "empty": ("", "has 0 records, 20 before"),
    "bare header": (HEAD, "has 0 records, 20 before"),
    "cut short": (WHOLE[: len(HEAD) + 60], "has 1 records, 20 before"),
    "a fifth": (HEAD + rows_of(4), None),
    "more": (HEAD + rows_of(30), None),
    "renamed time": (
        WHOLE.replace("ts,", "Time,"),
        "the file has no column ts, which occurred_at is mapped to (it has Time,",
    ),
    "renamed name": (
        WHOLE.replace("event,", "Event,"),
        "the file has no column event, which event_name is mapped to (it has Event)",
    ),
    "times of another form": (WHOLE.replace("2026-11-", "11/2026/"), "has 0 records, 20 before"),
    "renamed amount": (
        WHOLE.replace("amount", "Amount"),
        "has revenue (from amount) in 0 of 20 records, in 20 of 20",
    ),
    "renamed address": (WHOLE.replace("mail", "e-mail"), "has email (from mail) in 0 of 20 records"),
    "no pages": (HEAD + "2026-11-01,buy,a@b.ee,5,\n" * 20, "has url (from page) in 0 of 20 records"),
    "binary": (b"\xff\xfe" + WHOLE.encode("utf-16-le"), "UTF-16 text"),
    "zipped": (gzip.compress(WHOLE.encode()), "the file is gzip"),
    "another file": ("some,other\n1,2\n", "the file has none of the columns"),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_file_is_compared_with_its_previous_content(change: str, feed_folder: FeedFolder) -> None:
    content, words = CHANGED[change]
    path = feed_folder.write("a.csv", WHOLE)
    feed_folder.write("b.csv", HEAD + rows_of(50, day=2))  # the feed as a whole hides the loss
    feed_folder.load()
    feed_folder.write("a.csv", content)
    if words is None:
        assert feed_folder.load().partitions_changed == (str(path),)
        return
    sentence = refused(feed_folder)
    assert words in sentence
    assert str(path) in sentence
    feed_folder.write("a.csv", WHOLE)
    assert feed_folder.load().loaded == 70
    assert standing_losses(feed_folder.warehouse) == {}


def test_a_mapping_with_a_typo_is_refused(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", WHOLE)
    feed_folder.load()
    right = feed_folder.feed
    for field, column, words in (
        ("url", "pages", "has url (from pages) in 0 of 20 records, in 20 of 20 before"),
        ("occurred_at", "time", "the file has no column time, which occurred_at is mapped to"),
    ):
        feed_folder.configure("csv", {**COLUMNS, field: column})
        assert words in refused(feed_folder)
    without_url = {field: column for field, column in COLUMNS.items() if field != "url"}
    feed_folder.configure("csv", without_url)  # a person took it out
    assert feed_folder.load().loaded == 20
    feed_folder.feed = right
    assert feed_folder.load().loaded == 20


def gone_but_one(feed_folder: FeedFolder) -> None:
    for name in ("b.csv", "c.csv", "d.csv", "e.csv", "f.csv"):
        (feed_folder.path / name).unlink()


def all_gone(feed_folder: FeedFolder) -> None:
    gone_but_one(feed_folder)
    (feed_folder.path / "a.csv").unlink()


def other_names(feed_folder: FeedFolder) -> None:
    all_gone(feed_folder)
    feed_folder.write("january.csv", HEAD + rows_of(3))


def other_columns(feed_folder: FeedFolder) -> None:
    all_gone(feed_folder)
    feed_folder.write("january.csv", HEAD.replace("amount", "Amount") + rows_of(50))


def all_but_two_gone(feed_folder: FeedFolder) -> None:
    for name in ("c.csv", "d.csv", "e.csv", "f.csv"):
        (feed_folder.path / name).unlink()


def next_day(feed_folder: FeedFolder) -> None:
    """An export under a new name each time."""
    all_gone(feed_folder)
    feed_folder.write("january.csv", HEAD + rows_of(25))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (gone_but_one, "the whole feed has 10 records, 60 before"),
        (all_gone, "the whole feed has 0 records, 60 before"),
        (other_names, "the whole feed has 3 records, 60 before"),
        (other_columns, "the whole feed has revenue (from amount) in 0 of 50 records, in 60 of 60 before"),
        (all_but_two_gone, None),
        (next_day, None),
    ],
)
def test_files_that_come_and_go_are_judged_by_the_total(
    change: Callable[[FeedFolder], None], words: str | None, feed_folder: FeedFolder
) -> None:
    for number, name in enumerate("abcdef", 1):
        feed_folder.write(f"{name}.csv", HEAD + rows_of(10, day=number))
    feed_folder.load()
    change(feed_folder)
    if words:
        assert words in refused(feed_folder)
        confirm(feed_folder.warehouse, SOURCE_NAME, "shop", NOW)
    feed_folder.load()
    assert standing_losses(feed_folder.warehouse) == {}
    for path in feed_folder.path.glob("*.csv"):
        path.unlink()
    if words != "the whole feed has 0 records, 60 before":
        assert "the whole feed has 0 records" in refused(feed_folder)


def test_a_path_that_fits_nothing_any_more_keeps_the_copies(feed_folder: FeedFolder) -> None:
    refuse_lost_files(feed_folder.warehouse, feed_folder.feed, now)  # nothing was ever loaded
    feed_folder.write("a.csv", WHOLE)
    feed_folder.load()
    feed_folder.feed = replace(feed_folder.feed, path=f"{feed_folder.path}/*.tsv")
    assert list_files(feed_folder.feed) == []
    for _ in range(2):
        with pytest.raises(
            LossRefused, match=r"no file fits its path .*\*\.tsv any more, of which 20 events"
        ):
            refuse_lost_files(feed_folder.warehouse, feed_folder.feed, now)
    assert list(feed_folder.settings.landing.rglob("*.csv"))
    assert confirm(feed_folder.warehouse, SOURCE_NAME, "shop", NOW)
    refuse_lost_files(feed_folder.warehouse, feed_folder.feed, now)
    assert feed_folder.load().loaded == 0


def test_a_landing_zone_that_is_gone_is_copied_again(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", WHOLE)
    feed_folder.load()
    shutil.rmtree(feed_folder.settings.landing)
    assert feed_folder.load().loaded == 20


def test_a_feed_that_is_not_configured_any_more_is_refused(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", WHOLE)
    feed_folder.load()
    refuse_lost_feeds(feed_folder.warehouse, [feed_folder.feed], now)
    for feeds in ([], [replace(feed_folder.feed, name="other")]):
        with pytest.raises(LossRefused, match="not configured any more, of which 20 events are loaded"):
            refuse_lost_feeds(feed_folder.warehouse, feeds, now)
    assert confirm(feed_folder.warehouse, SOURCE_NAME, "shop", NOW) == ["all of it has 0 records, 20 before"]
    refuse_lost_feeds(feed_folder.warehouse, [], now)
    create_raw_tables(feed_folder.warehouse, [], [])
    assert feed_folder.events("feed") == []


JSON_LINES: Mapping[str, tuple[dict[str, str], list[tuple[str, str, int]]]] = {
    "right": ({"revenue": "value"}, [("revenue", "value", 2), ("user_id", "user", 3)]),
    "a typo": ({"revenue": "valeu"}, [("revenue", "valeu", 0), ("user_id", "user", 3)]),
    "another case": ({"revenue": "Value"}, [("revenue", "Value", 0), ("user_id", "user", 3)]),
    "nested": ({"revenue": "ecommerce.value"}, [("revenue", "ecommerce.value", 3), ("user_id", "user", 3)]),
}


@pytest.mark.parametrize("case", JSON_LINES)
def test_values_are_counted_by_field_and_file(case: str, feed_folder: FeedFolder) -> None:
    columns, filled = JSON_LINES[case]
    feed_folder.configure("jsonl", {"occurred_at": "t", "event_name": "e", "user_id": "user"} | columns)
    line = '{"t": "2026-11-01 10:0%d", "e": "buy", "user": %d, "value": %s, "ecommerce": {"value": 5}}\n'
    lines = [line % (n, n, amount) for n, amount in enumerate(("5", "5.5", "null"))]
    feed_folder.write("a.jsonl", "".join(lines) + line.replace("2026", "1926") % (1, 1, 7))
    feed_folder.load()
    found = feed_folder.warehouse.execute(
        "select * from (select unnest(filled, recursive := true) from raw._loads) order by 1"
    ).fetchall()
    assert found == filled


@pytest.mark.parametrize(("field", "column"), [("occurred_at", "time"), ("event_name", "name")])
def test_a_new_file_without_a_required_column_is_one_quarantined_file(
    field: str, column: str, feed_folder: FeedFolder
) -> None:
    feed_folder.configure("jsonl", {"occurred_at": "t", "event_name": "e", "user_id": "u"} | {field: column})
    feed_folder.write("a.jsonl", '{"t": "2026-11-01", "e": "buy", "u": 1}\n' * 3)
    result = feed_folder.load()
    assert (result.loaded, result.quarantined) == (0, 1)
    [(reason, record)] = feed_folder.quarantine()
    assert f"no row has a value in the column {column}, which {field} is mapped to" in reason
    assert record is None

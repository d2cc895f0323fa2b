"""Event files that have duplicates, change, are damaged, appear and are removed."""

from collections.abc import Callable

import duckdb
import pytest

from dagster_project.landing import LandingError
from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.reload import reload
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, list_files
from tests.landing.streams import now
from tests.raw.files.feed_folder import COLUMNS, FeedFolder


def test_equal_rows_of_two_files_are_one_event(feed_folder: FeedFolder) -> None:
    feed_folder.write(
        "2026-11-01.csv",
        "ts,event,mail,colour\n2026-11-01 12:00,buy,a@b.ee,red\n2026-11-01 12:00,buy,a@b.ee,blue\n"
        "2026-11-01 12:00,buy,c@b.ee,red\n",
    )
    later = feed_folder.write(
        "2026-11-02.csv",
        "colour,event,mail,ts\nred,buy, A@b.ee,2026-11-01 12:00:00\n,see,,2026-11-02 12:00\n",
    )
    result = feed_folder.load()
    assert (result.fetched, result.loaded, result.repeated) == (5, 5, 1)
    rows = "event_name, right(_partition, 14), properties"
    assert feed_folder.events(rows) == [
        ("buy", "2026-11-01.csv", '{"colour":"blue"}'),
        ("buy", "2026-11-01.csv", '{"colour":"red"}'),
        ("buy", "2026-11-02.csv", '{"colour":"red"}'),
        ("see", "2026-11-02.csv", None),
    ]
    later.unlink()
    removed = feed_folder.load()
    assert (removed.partitions_changed, removed.repeated) == ((str(later),), 0)
    assert [name for name, *_ in feed_folder.events(rows)] == ["buy"] * 3


def test_the_same_event_id_is_the_same_event(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", {**COLUMNS, "event_id": "id"})
    feed_folder.write(
        "1.csv", "id,ts,event,mail,amount,page\n7,2026-11-01 12:00,buy,a@b.ee,1,\n,2026-11-01 12:00,buy,,1,\n"
    )
    feed_folder.write(
        "2.csv", "id,ts,event,mail,amount,page\n7,2026-11-01 12:00,buy,a@b.ee,2,\n,2026-11-01 12:00,buy,,1,\n"
    )
    feed_folder.load()
    assert feed_folder.events("event_id, revenue, right(_partition, 5)") == [
        ("7", 2.0, "2.csv"),
        (None, 1.0, "2.csv"),
    ]


def test_files_in_any_order_give_the_same_events(feed_folder: FeedFolder) -> None:
    files = {f"{n}.csv": f"ts,event,mail\n2026-11-01 12:0{n % 2},buy,a@b.ee\n" for n in range(4)}
    for name in ("3.csv", "0.csv", "2.csv", "1.csv"):
        feed_folder.write(name, files[name])
        feed_folder.load()
    one_by_one = feed_folder.events("* exclude (_extracted_at, _row)")
    [result] = reload(feed_folder.warehouse, feed_folder.settings.landing, [], [feed_folder.feed], now)
    assert result.loaded == 4
    assert feed_folder.events("* exclude (_extracted_at, _row)") == one_by_one
    assert len(one_by_one) == 2


def test_a_changed_file_and_a_changed_mapping_are_read_again(feed_folder: FeedFolder) -> None:
    path = feed_folder.write("a.csv", "ts,event,mail,place\n2026-11-01 12:00,buy,a@b.ee,/x\n")
    feed_folder.load()
    assert feed_folder.load().partitions_loaded == ()
    path.write_text("ts,event,mail,place\n2026-11-02 12:00,see,a@b.ee,/x\n2026-11-02 12:00,see,,/x\n")
    assert feed_folder.load().partitions_changed == (str(path),)
    assert feed_folder.events("event_name, url") == [("see", None)] * 2
    feed_folder.configure("csv", {**COLUMNS, "url": "place"})
    assert feed_folder.load().partitions_changed == (str(path),)
    assert feed_folder.events("event_name, url") == [("see", "/x")] * 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.parquet", b"PAR1 and no more", "the file is not parquet"),
        ("a.csv", b"\xff\xfe\x00t\x00s", "the file is UTF-16 text; export it as UTF-8"),
        (
            "a.csv.gz",
            b"not gzip",
            "the file is not gzip, though its name ends in .gz; copy or export it again",
        ),
        ("a.csv", b"some,other,columns\n1,2,3\n", "the file has none of the columns ts, event"),
    ],
)
def test_a_file_of_another_format_is_quarantined_and_the_others_load(
    name: str, content: bytes, reason: str, feed_folder: FeedFolder
) -> None:
    format_ = name.split(".")[1]
    feed_folder.configure(format_)
    write: dict[str, Callable[[], object]] = {
        "csv": lambda: feed_folder.write("b.csv", "ts,event,mail\n2026-11-01 12:00,buy,a@b.ee\n"),
        "parquet": lambda: duckdb.execute(
            f"copy (select '2026-11-01' as ts, 'buy' as event, '' as mail) to '{feed_folder.path}/b.parquet'"
        ),
    }
    write[format_]()
    feed_folder.write(name, content)
    result = feed_folder.load()
    assert (result.loaded, result.quarantined, result.is_complete) == (1, 1, True)
    [(found, _)] = feed_folder.quarantine()
    assert found.startswith(f"{feed_folder.path / name}: {reason}")
    assert str(feed_folder.settings.landing) not in found


def test_an_empty_file_and_a_bare_header_have_no_events(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", "")
    feed_folder.write("b.csv", "ts,event,mail\n")
    result = feed_folder.load()
    assert (result.fetched, result.loaded, len(result.partitions_loaded)) == (0, 0, 2)


def test_a_damaged_copy_is_named(feed_folder: FeedFolder, settings: Settings) -> None:
    feed_folder.write("a.csv", "ts,event,mail\n2026-11-01 12:00,buy,a@b.ee\n")
    copied = copy_files(SOURCE_NAME, "shop", list_files(feed_folder.feed), settings.landing, now)
    create_raw_tables(feed_folder.warehouse, [], [feed_folder.feed])
    path = settings.landing / copied.new[0].files[0].path
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(LandingError, match="was truncated to"):
        load_feed(feed_folder.warehouse, settings.landing, feed_folder.feed, now)
    assert feed_folder.events("event_name") == []


def test_a_feed_that_is_no_longer_configured_is_dropped(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", "ts,event,mail\n2026-11-01 12:00,buy,a@b.ee\n")
    feed_folder.load()
    create_raw_tables(feed_folder.warehouse, [], [])
    assert feed_folder.events("feed") == []
    assert feed_folder.warehouse.execute("select count(*) from raw._loads").fetchall() == [(0,)]
    assert feed_folder.quarantine() == []

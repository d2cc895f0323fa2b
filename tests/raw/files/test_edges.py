"""Files as they come: marks of byte order, names twice, events without an id, columns that are not there."""

from dagster_project.runtime.build_scope import rows_digest
from tests.raw.files.feed_folder import COLUMNS, FeedFolder

HEAD = "ts,event,mail,amount,page\n"
ROW = "2026-11-15 12:00:00,view,ann@example.com,,/a\n"


def test_a_mark_of_byte_order_is_no_part_of_the_first_name(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", b"\xef\xbb\xbf" + (HEAD + ROW).encode())
    result = feed_folder.load()
    assert (result.loaded, result.quarantined) == (1, 0)


def test_names_that_differ_in_case_only_are_two_columns(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", "ts,event,mail,Mail,page\n2026-11-15 12:00:00,view,ann@example.com,x,/a\n")
    assert feed_folder.load().loaded == 1
    [(properties,)] = feed_folder.events("properties")
    assert properties == '{"Mail_4":"x"}'


def test_events_without_an_id_are_told_apart_by_all_they_say(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", {**COLUMNS, "event_id": "id"})
    rows = [f"{ROW.strip()},{identifier}\n" for identifier in ("", "", "7", "7")]
    others = [row.replace("/a", "/b") for row in rows]
    feed_folder.write("a.csv", HEAD.strip() + ",id\n" + "".join([*rows, *others]))
    assert feed_folder.load().repeated == 3
    assert feed_folder.events("event_id, url, _ordinal") == [
        ("7", "/a", 1),
        (None, "/a", 1),
        (None, "/a", 2),
        (None, "/b", 1),
        (None, "/b", 2),
    ]


def test_a_mapped_column_that_a_file_lacks_is_noted(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", "ts,event,mail,amount\n2026-11-15 12:00:00,view,ann@example.com,\n")
    assert feed_folder.load().loaded == 1
    assert feed_folder.warehouse.execute("select field, kind from raw._schema_drift").fetchall() == [
        ("page", "missing")
    ]


def test_a_file_whose_rows_another_hides_is_noted_as_changed(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", HEAD + ROW)
    feed_folder.load()
    repeats = "select repeats is not null from raw._loads order by partition"
    assert feed_folder.warehouse.execute(repeats).fetchall() == [(False,)]
    feed_folder.write("b.csv", HEAD + ROW)
    feed_folder.load()
    assert feed_folder.warehouse.execute(repeats).fetchall() == [(True,), (False,)]
    hidden = rows_digest(feed_folder.warehouse)
    (feed_folder.path / "b.csv").unlink()
    feed_folder.load()
    assert feed_folder.warehouse.execute(repeats).fetchall() == [(False,)]
    assert rows_digest(feed_folder.warehouse) != hidden

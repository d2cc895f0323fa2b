"""Files and feeds as they come from other systems: names, credentials, quotes, rows alike by chance."""

import os
from pathlib import Path

import pytest

from dagster_project.raw.files.near_copies import NearCopyError
from dagster_project.raw.refusals import LossRefused
from dagster_project.sources.core.errors import ConfigurationError, UnavailableError
from dagster_project.sources.event_files import Feed, list_files, read_feeds
from tests.raw.files.feed_folder import FeedFolder

COLUMNS = {"occurred_at": "ts", "event_name": "event", "user_id": "user"}
HEADER = "ts,event,user,item\n"


def test_a_name_that_is_not_utf_8_is_written_with_its_bytes(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", COLUMNS)
    content = f"{HEADER}2026-11-01 10:00:00,visit,u1,a\n"
    Path(os.fsdecode(os.fsencode(feed_folder.path) + b"/k\xe4ufe.csv")).write_text(content, encoding="utf-8")
    feed_folder.write("good.csv", content.replace("u1", "u2"))
    assert feed_folder.load().loaded == 2
    assert feed_folder.events("user_id, right(_partition, 12)") == [
        ("u1", r"/k\xe4ufe.csv"[-12:]),
        ("u2", str(feed_folder.path / "good.csv")[-12:]),
    ]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("ftp://acme:secret@127.0.0.1:9/x*.csv", "ftp://127.0.0.1:9/x*.csv"),
        ("https://files.example.com/x.csv?X-Amz-Signature=secret", "https://files.example.com/x.csv"),
        ("s3://bucket/2026-??.csv", "s3://bucket/2026-??.csv"),
        ("/data/a@b/x?.csv", "/data/a@b/x?.csv"),
    ],
)
def test_a_path_is_shown_without_its_credentials(path: str, shown: str) -> None:
    feed = Feed("shop", path, "csv", "UTC", {})
    assert feed.shown_path == shown
    if path.startswith("ftp"):
        with pytest.raises(UnavailableError) as refused:
            list_files(feed)
        assert "secret" not in str(refused.value)


def test_an_unclosed_quote_costs_the_lines_that_it_swallows(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", COLUMNS)
    lines = [f"2026-11-01 10:00:{n:02d},visit,u{n},a" for n in range(30)]
    lines[9] = '2026-11-01 10:00:09,"visit,u9,a'
    feed_folder.write("a.csv", HEADER + "\n".join(lines) + "\n")
    result = feed_folder.load()
    assert (result.loaded, result.quarantined, result.fetched) == (9, 21, 30)
    assert len(feed_folder.quarantine()) == 1


def alike(feed_folder: FeedFolder, rows: int) -> None:
    for name, item in (("a.csv", "mug"), ("b.csv", "cup")):
        body = "".join(f"2026-11-01 10:00:{n:02d},cart,u{n},{item}\n" for n in range(rows))
        feed_folder.write(name, HEADER + body)


def test_who_says_that_every_column_distinguishes_has_different_events(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", COLUMNS)
    alike(feed_folder, 2)
    with pytest.raises(NearCopyError, match=r"differ in item, .* write `exclude: \[\]` where they are"):
        feed_folder.load()
    yml = feed_folder.path.parent / "feeds.yml"
    yml.write_text(
        f"feeds: [{{name: shop, path: {feed_folder.path}/*.csv, format: csv, exclude: [],"
        " columns: {occurred_at: ts, event_name: event, user_id: user}}]"
    )
    [feed_folder.feed] = read_feeds(yml)
    assert feed_folder.load().loaded == 4


def test_a_refused_file_says_why_its_rows_are_invalid(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", COLUMNS)
    rows = "".join(f"2026-11-01 10:00:{n:02d},visit,u{n},a\n" for n in range(5))
    feed_folder.write("a.csv", HEADER + rows)
    feed_folder.load()
    path = feed_folder.write("a.csv", HEADER + rows.replace("2026-11-01", "01.11.2026"))
    os.utime(path, (2_000_000_000, 2_000_000_000))
    with pytest.raises(LossRefused, match=r"5 rows are invalid, as occurred_at is not a timestamp"):
        feed_folder.load()


@pytest.mark.parametrize("zone", ["posix/Europe/Tallinn", "right/UTC", "localtime", "posixrules", "Factory"])
def test_a_zone_of_this_machine_alone_is_refused(feed_folder: FeedFolder, zone: str) -> None:
    yml = feed_folder.path.parent / "feeds.yml"
    yml.write_text(
        f"feeds: [{{name: shop, path: x.csv, format: csv, timezone: {zone},"
        " columns: {occurred_at: ts, event_name: event, user_id: user}}]"
    )
    with pytest.raises(ConfigurationError, match="is not an IANA name"):
        read_feeds(yml)

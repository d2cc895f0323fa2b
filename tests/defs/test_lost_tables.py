"""Opening the warehouse drops no table that cannot be loaded again: of a new declaration, or of a feed."""

import shutil
from pathlib import Path

import duckdb
import pytest

from dagster_project.defs.event_feeds import files_stay, has_files
from dagster_project.defs.resources import opened_warehouse, settings
from dagster_project.landing import pull
from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.refusals import LossRefused, confirm
from dagster_project.raw.streams.load import load
from dagster_project.sources.core.stream import Page, Request
from dagster_project.sources.event_files import SOURCE_NAME, list_files, read_feeds
from dagster_project.sources.registry import source
from tests.landing.streams import NOW, encoded, now

LISTS = source("smaily").stream("lists")
FEEDS = """
feeds:
  - {name: %s, path: "*.csv", format: csv, columns: {occurred_at: ts, event_name: event, user_id: user}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with three lists of Smaily and two events of feed `shop` loaded."""
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("MILEPOST_EVENT_FILES", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event_files.yml").write_text(FEEDS % "shop")
    (tmp_path / "a.csv").write_text("ts,event,user\n2026-11-01,see,1\n2026-11-02,see,2\n")
    root = settings().landing
    pull("smaily", LISTS, [Page(encoded({"id": n, "name": "x"} for n in range(3)))], root, now, Request())
    [feed] = read_feeds(tmp_path / "event_files.yml")
    copy_files(SOURCE_NAME, "shop", list_files(feed), root, now)
    with opened_warehouse() as connection:
        load(connection, root, "smaily", LISTS, now)
        load_feed(connection, root, feed, now)
    return tmp_path


def counted(table: str) -> int:
    with duckdb.connect(str(settings().warehouse)) as connection:
        [(count,)] = connection.execute(f"select count(*) from raw.{table}").fetchall()
    return int(count)


def test_a_table_of_a_new_declaration_waits_for_the_landing_zone(home: Path) -> None:
    with duckdb.connect(str(settings().warehouse)) as connection:
        connection.execute("comment on table raw.smaily__lists is 'of an older version'")
    landing = settings().landing
    landing.rename(home / "unmounted")
    for _ in range(2):
        with pytest.raises(LossRefused, match="smaily/lists was not loaded"), opened_warehouse():
            pass
        assert counted("smaily__lists") == 3
    (home / "unmounted").rename(landing)
    with opened_warehouse() as connection:
        assert load(connection, landing, "smaily", LISTS, now).loaded == 3
        assert connection.execute("select count(*) from raw._dropped_loads").fetchall() == [(0,)]


def test_a_table_is_dropped_once_its_loss_is_confirmed(home: Path) -> None:
    with duckdb.connect(str(settings().warehouse)) as connection:
        connection.execute("comment on table raw.smaily__lists is 'of an older version'")
    shutil.rmtree(settings().landing)
    with pytest.raises(LossRefused), opened_warehouse():
        pass
    with duckdb.connect(str(settings().warehouse)) as connection:
        confirm(connection, "smaily", "lists", NOW)
    with opened_warehouse() as connection:
        assert load(connection, settings().landing, "smaily", LISTS, now).loaded == 0
    assert home


@pytest.mark.parametrize("feeds", [None, "feeds: []", FEEDS % "shop_2"])
def test_a_feed_that_is_not_configured_any_more_keeps_its_events(home: Path, feeds: str | None) -> None:
    configuration = home / "event_files.yml"
    configuration.unlink()
    if feeds is not None:
        configuration.write_text(feeds)
    for _ in range(2):
        refused = pytest.raises(LossRefused, match="not configured any more, of which 2 events are loaded")
        with refused, opened_warehouse():
            pass
        assert counted("event_files") == 2
    with duckdb.connect(str(settings().warehouse)) as connection:
        confirm(connection, SOURCE_NAME, "shop", NOW)
    with opened_warehouse() as connection:
        record = connection.execute("select confirmed_at, ended_at from raw._losses").fetchall()
        assert record == [(NOW, NOW)]
    assert counted("event_files") == 0


def test_a_feed_says_that_no_file_fits_and_that_files_are_gone(home: Path) -> None:
    [feed] = read_feeds(home / "event_files.yml")
    assert has_files(feed, 1).passed
    none = has_files(feed, 0)
    assert (none.passed, none.severity.value) == (False, "WARN")
    assert none.description == f"0 files fit the path {feed.path}; correct it, unless none has come yet."
    assert files_stay(()).passed
    gone = files_stay(("/x/a.csv", "/x/b.csv"))
    assert (gone.passed, gone.severity.value) == (False, "WARN")
    assert gone.description == (
        "2 files are gone since the last load, /x/a.csv among them; their events were deleted."
    )

"""What a feed may list: no file of Milepost itself, not too many, and not for ever."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest

from dagster_project.landing.copies import copy_files
from dagster_project.settings import Settings
from dagster_project.sources.core.errors import ConfigurationError, UnavailableError, WaitedTooLongError
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files, listing, reading
from tests.landing.streams import now

FEED = Feed("shop", "", "csv", "UTC", {"occurred_at": "ts", "event_name": "event"})


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """An installation that has written something, with drops next to it and inside."""
    settings = Settings(tmp_path / "data", None)
    for place in ("landing/event_files/shop", "published", "dagster/logs", "drops"):
        (settings.home / place).mkdir(parents=True)
    (settings.landing / "event_files/shop/0-0.csv").write_text("ts\n")
    (settings.home / "warehouse.duckdb").write_text("x")
    (settings.home / "drops/a.csv").write_text("ts\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("ts\n")
    return settings


@pytest.mark.parametrize(
    ("path", "is_refused"),
    [
        ("data/**/*", True),
        ("data/**/*.csv", True),
        ("**/*.csv", True),
        ("data/*", True),
        ("data/landing/*/*/*.csv", True),
        ("data/published/**", True),
        ("data/dagster/**/*.csv.gz", True),
        ("in/../data/landing/event_files/shop/*", True),
        ("linked/*/*/*.csv", True),
        ("in/*.csv", False),
        ("data/drops/*.csv", False),
        ("data/*.csv", False),
        ("*/a.csv", False),
        ("data/warehouse.duckdb", True),
    ],
)
def test_a_path_that_matches_milepost_s_own_files_is_refused(
    path: str, is_refused: bool, home: Settings, tmp_path: Path
) -> None:
    (tmp_path / "linked").symlink_to(home.landing)
    feed = replace(FEED, path=f"{tmp_path}/{path}")
    if is_refused:
        with pytest.raises(
            ConfigurationError, match=r"matches Milepost's own files, such as .*; narrow the path"
        ):
            list_files(feed, home)
    else:
        list_files(feed, home)


@pytest.mark.parametrize("path", ["data/**/*", "**/*.csv", "data/landing/*/*/*.csv.gz", "data/published/*"])
def test_so_is_one_that_will_match_them(path: str, tmp_path: Path) -> None:
    home = Settings(tmp_path / "data", None)
    for place in (home.landing, home.published):
        place.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="matches Milepost's own files"):
        list_files(replace(FEED, path=f"{tmp_path}/{path}"), home)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_FILES", 2)
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("ts\n")
    with pytest.raises(ConfigurationError, match="matches 3 files, more than 2; narrow the path"):
        list_files(replace(FEED, path=f"{tmp_path}/*.csv"))


class Trickle:
    """A file that gives a byte now and then, for ever."""

    def __init__(self, pause: float) -> None:
        self._pause = pause

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None

    def read(self, _: int) -> bytes:
        time.sleep(self._pause)
        return b"x"


@pytest.fixture
def remote() -> Iterator[Feed]:
    fsspec.filesystem("memory").pipe("/slow/a.csv", b"ts,event\n2026-11-01,buy\n")
    yield replace(FEED, path="memory://slow/*.csv")
    fsspec.filesystem("memory").rm("/slow", recursive=True)


@pytest.mark.parametrize("pause", [0.05, 3600])
def test_a_remote_file_that_does_not_end_is_given_up(
    pause: float, remote: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FILE_SECONDS", 0.3)
    files = list_files(remote)
    monkeypatch.setattr(listing.FeedFile, "_open", lambda _: Trickle(pause))
    began = time.monotonic()
    with pytest.raises(WaitedTooLongError, match=r"memory:///slow/a\.csv of 24 bytes was not read within"):
        copy_files(SOURCE_NAME, "shop", files, tmp_path / "landing", now)
    assert time.monotonic() - began < 5


def test_a_remote_file_larger_than_listed_is_left_for_the_next_run(
    remote: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = list_files(remote)
    monkeypatch.setattr(listing.FeedFile, "_open", lambda _: Trickle(0))
    copied = copy_files(SOURCE_NAME, "shop", files, tmp_path / "landing", now)
    assert (copied.new, copied.unfinished) == ((), ("memory:///slow/a.csv",))


def test_a_listing_that_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "LISTING_SECONDS", 0.2)
    monkeypatch.setattr(listing, "_found", lambda *_: time.sleep(3600))
    with pytest.raises(WaitedTooLongError, match=r"was not listed within 0\.2 s;"):
        list_files(replace(FEED, path=f"{tmp_path}/*.csv"))


def test_the_error_of_a_driver_is_a_sentence(
    remote: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = list_files(remote)

    def fail(_: object) -> None:
        raise RuntimeError("internal of a driver")

    monkeypatch.setattr(listing.FeedFile, "_open", fail)
    with pytest.raises(UnavailableError, match=r"a\.csv cannot be read \(RuntimeError\); check"):
        copy_files(SOURCE_NAME, "shop", files, tmp_path / "landing", now)


def test_the_time_of_the_last_change_is_kept_with_the_copy(remote: Feed, tmp_path: Path) -> None:
    [file] = list_files(remote)
    [entry] = copy_files(SOURCE_NAME, "shop", [file], tmp_path / "landing", now).new
    assert file.modified_at is not None
    assert file.modified_at.microsecond == 0
    assert entry.metadata["modified_at"] == file.modified_at.isoformat()

"""Feeds of event files: their configuration, the files they list, and how these are copied."""

import gzip
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from dagster_project.landing import LandingError, read_manifest
from dagster_project.landing.copies import copy_files, landed_marks
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files import (
    SOURCE_NAME,
    Feed,
    FeedFile,
    compare,
    feeds_from_environment,
    list_files,
    read_feeds,
)
from dagster_project.sources.event_files.feeds import OrderRules
from tests.landing.streams import now

GOOD = """
name: shop
path: in/*.csv
format: csv
columns: {occurred_at: ts, event_name: event, email: mail}
"""


def written(tmp_path: Path, feed: str) -> Path:
    path = tmp_path / "event_files.yml"
    path.write_text("feeds:\n  - " + "\n    ".join(feed.strip().splitlines()) + "\n")
    return path


def shop(tmp_path: Path) -> Feed:
    (tmp_path / "in").mkdir(exist_ok=True)
    [feed] = read_feeds(written(tmp_path, GOOD))
    return feed


def test_a_feed_is_read_with_its_defaults(tmp_path: Path) -> None:
    feed = shop(tmp_path)
    assert feed == Feed(
        name="shop",
        path=f"{tmp_path}/in/*.csv",
        format="csv",
        timezone="UTC",
        columns={"occurred_at": "ts", "event_name": "event", "email": "mail"},
        constants={},
        order_rules=OrderRules("shop"),
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("name: shop", "name: Shop 1"), "feed 1: name 'Shop 1' must be lower-case letters"),
        (("name: shop", ""), "feed 1: field name must be a name"),
        (
            ("format: csv", "format: xlsx"),
            "feed shop: format 'xlsx' is unknown; use one of csv, jsonl",
        ),
        (("format: csv", "format: 5"), "feed shop: format '5' is unknown; use one of"),
        (
            ("format: csv", "format: csv\nsame_orders_as: [smaily, nowhere]"),
            "feed shop: same_orders_as has 'nowhere', which is not a feed or source; those are bitly, ",
        ),
        (("path: in/*.csv", "path: in/*.zip"), "unsupported compression; use .gz or .zst"),
        (("path: in/*.csv", "paths: in/*.csv"), "feed shop: field 'paths' is unknown"),
        (("format: csv", "format: csv\ntimezone: Tallinn"), "timezone 'Tallinn' is not an IANA name"),
        (("occurred_at: ts, ", ""), "columns must map occurred_at"),
        (("event_name: event, ", ""), "event_name must be in columns or in constants"),
        ((", email: mail", ""), "at least one of email, contact_key, user_id, client_id"),
        (("email: mail", "mail: mail"), "columns has the unknown field 'mail'"),
        (("email: mail", "email: [mail]"), "columns.email must be a string"),
        (
            ("format: csv", "format: csv\nconstants: {event_name: x}"),
            "event_name is in columns and",
        ),
        (
            ("format: csv", "format: csv\nconstants: {revenue: 5}"),
            "constants has the unknown field 'revenue'",
        ),
        (("format: csv", "format: csv\nconstants: [a]"), "field constants must be a mapping"),
        (("format: csv", "format: csv\nexclude: sent"), "exclude must be a list of the file's columns"),
        (("format: csv", "format: csv\nexclude: [[a]]"), "exclude must be a list of the file's columns"),
        (("format: csv", "format: csv\nexclude: ['']"), "exclude must be a list of the file's columns"),
        (("format: csv", "format: csv\nexclude: [mail]"), "column 'mail' is in exclude and in columns"),
        (("format: csv", "format: csv\nactions: reply"), "actions must be a list of event names or 'all'"),
        (("format: csv", "format: csv\nactions: [[a]]"), "actions must be a list of event names or 'all'"),
        (("format: csv", "format: csv\nactions: [' ']"), "actions must be a list of event names or 'all'"),
        (("format: csv", "format: csv\nnot_actions: all"), "not_actions must be a list of event names."),
        (("format: csv", "format: csv\nnot_actions: {a: b}"), "not_actions must be a list of event names."),
        (
            ("format: csv", "format: csv\nactions: [a, b]\nnot_actions: [' b']"),
            "event 'b' is in actions and in not_actions; keep one",
        ),
        (("format: csv", "format: csv\nis_machine: Bot"), "is_machine must be true or false; a column"),
        (("format: csv", "format: csv\nis_machine: 0"), "is_machine must be true or false; a column"),
        (("format: csv", "format: csv\nopens_observable: maybe"), "must be yes, no or unknown; a column"),
        (("format: csv", "format: csv\nopens_observable: [no]"), "must be yes, no or unknown; a column"),
        (("format: csv", "format: csv\nopens_observable: 1"), "must be yes, no or unknown; a column"),
        (("email: mail", "email: mail, ip_address: mail"), "column 'mail' is email and ip_address; keep one"),
        (
            ("email: mail}", "email: mail, user_agent: ua}\nexclude: [ua]"),
            "column 'ua' is in exclude and in columns",
        ),
        (("path: in/*.csv", "path: in/*.CSV.BZ2"), "unsupported compression; use .gz or .zst"),
        (("format: csv", "format: csv\nretired_on: October"), "retired_on must be a day like 2026-10-01"),
        (("format: csv", "format: csv\nretired_on: 2026-10-01 12:00"), "retired_on must be a day"),
        (("format: csv", "format: csv\nretired_on: 20"), "retired_on must be a day like 2026-10-01"),
        (("format: csv", "format: csv\ncomplete_through: soon"), "complete_through must be a day or a time"),
        (("format: csv", "format: csv\ncomplete_through: [1]"), "complete_through must be a day or a time"),
        (("format: csv", "format: csv\ncomplete_through: 9999-12-31"), "complete_through must be a day"),
    ],
)
def test_an_invalid_feed_is_refused_with_its_field(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_feeds(written(tmp_path, GOOD.replace(*change)))
    assert message in str(raised.value)
    assert "event_files.yml" in str(raised.value)


@pytest.mark.parametrize(
    ("written_as", "until"),
    [
        # To the end of the day in Tallinn, in summer and in winter; a time without an offset is local, too.
        ("2026-11-15", "2026-11-15T22:00:00"),
        ("2026-07-15", "2026-07-15T21:00:00"),
        ("2026-11-15 12:00:00", "2026-11-15T10:00:00"),
        ('"2026-11-15T12:00+05:00"', "2026-11-15T07:00:00"),
        ("2026-11-15T12:00:00Z", "2026-11-15T12:00:00"),
    ],
)
def test_a_feed_is_complete_through_a_day_of_its_own_zone(
    written_as: str, until: str, tmp_path: Path
) -> None:
    declared = (
        f"format: csv\ntimezone: Europe/Tallinn\nretired_on: 2026-12-01\ncomplete_through: {written_as}"
    )
    [feed] = read_feeds(written(tmp_path, GOOD.replace("format: csv", declared)))
    assert ("complete_through", until) in feed.settings
    assert ("retired_on", "2026-12-01") in feed.settings


@pytest.mark.parametrize(
    "content", ["feeds: 5", "feeds: [5]", "other: []", "feeds: [", "\t", b"\xff\xfe\x00"]
)
def test_a_file_of_another_shape_is_refused(content: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "event_files.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError, match=str(path)):
        read_feeds(path)


def test_numbers_are_names_as_they_are_written(tmp_path: Path) -> None:
    names = ("007", "1_000", "1.10", "0x1F", "2026", "1e5", "12:30:45", "+1")
    columns = f"columns: {{occurred_at: 010, event_name: 1.0, email: 1_0}}\nexclude: [{', '.join(names)}]"
    [feed] = read_feeds(written(tmp_path, GOOD.replace(GOOD.strip().splitlines()[-1], columns)))
    assert feed.columns == {"occurred_at": "010", "event_name": "1.0", "email": "1_0"}
    assert feed.exclude == names


def test_what_a_feed_says_of_its_opens_changes_no_loaded_row(tmp_path: Path) -> None:
    feed = shop(tmp_path)
    said = "is_machine: false\nopens_observable: yes\n"
    columns = "user_agent: Client, ip_address: IP, is_machine: Bot, opens_observable: Tracking"
    [saying] = read_feeds(written(tmp_path, GOOD.replace("email: mail", f"email: mail, {columns}") + said))
    assert saying.columns == feed.columns
    assert saying.digest == feed.digest
    assert set(saying.settings) - set(feed.settings) == {
        ("user_agent_column", "Client"),
        ("ip_address_column", "IP"),
        ("is_machine_column", "Bot"),
        ("opens_observable_column", "Tracking"),
        ("is_machine", "false"),
        ("opens_observable", "yes"),
    }
    for written_as, observable in (("no", "no"), ("'yes'", "yes"), ("unknown", "unknown"), ("false", "no")):
        [saying] = read_feeds(written(tmp_path, GOOD + f"opens_observable: {written_as}\n"))
        assert saying.open_rules.opens_observable == observable


def test_excluded_columns_are_read_and_change_the_digest(tmp_path: Path) -> None:
    feed = shop(tmp_path)
    [excluding] = read_feeds(written(tmp_path, GOOD + "exclude: [sent at, 5, sent at]\n"))
    assert excluding == replace(feed, exclude=("sent at", "5"))
    assert excluding.digest != feed.digest


@pytest.mark.parametrize(
    ("keys", "settings"),
    [
        ("", set()),
        ("actions:\nnot_actions: []\n", set()),
        ("actions: [Reply , 404, Reply]\n", {("action", "Reply"), ("action", "404")}),
        ("actions: all\nnot_actions: [log]\n", {("every_name_is_action", "true"), ("not_action", "log")}),
        ("actions: [all]\n", {("action", "all")}),
    ],
)
def test_the_names_of_acts_reach_the_models_and_load_no_file_again(
    keys: str, settings: set[tuple[str, str]], tmp_path: Path
) -> None:
    feed = shop(tmp_path)
    [declaring] = read_feeds(written(tmp_path, GOOD + keys))
    assert set(declaring.settings) - set(feed.settings) == settings
    assert declaring.digest == feed.digest


def test_two_feeds_of_one_name_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    text = path.read_text()
    path.write_text(text + text.removeprefix("feeds:\n"))
    with pytest.raises(ConfigurationError, match="two feeds are named 'shop'"):
        read_feeds(path)


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert feeds_from_environment({}) == ()
    with pytest.raises(ConfigurationError, match=r"MILEPOST_EVENT_FILES names missing\.yml"):
        feeds_from_environment({"MILEPOST_EVENT_FILES": "missing.yml"})
    written(tmp_path, GOOD)
    assert [feed.name for feed in feeds_from_environment({})] == ["shop"]


def test_the_example_is_valid() -> None:
    example = Path(__file__).parents[2] / "event_files.example.yml"
    names = ["shop_orders", "app_events", "mailings", "bookings", "payments", "opens"]
    assert [feed.name for feed in read_feeds(example)] == names


def test_new_changed_and_removed_files_are_distinguished(tmp_path: Path) -> None:
    feed, root = shop(tmp_path), tmp_path / "landing"
    for name in ("a", "b", "c"):
        (tmp_path / f"in/{name}.csv").write_text(f"ts,event,mail\n2026-11-01,{name},\n")
    (tmp_path / "in/note.txt").write_text("not matched")
    first = copy_files(SOURCE_NAME, feed.name, list_files(feed), root, now)
    assert len(first.new) == 3
    assert not compare(list_files(feed), landed_marks(root, SOURCE_NAME, feed.name))
    (tmp_path / "in/a.csv").write_text("ts,event,mail\n2026-11-02,other,\n")
    (tmp_path / "in/b.csv").unlink()
    (tmp_path / "in/d.csv").write_text("ts,event,mail\n")
    changes = compare(list_files(feed), landed_marks(root, SOURCE_NAME, feed.name))
    assert [Path(file.address).name for file in (*changes.new, *changes.changed)] == ["d.csv", "a.csv"]
    assert changes.removed == (f"{tmp_path}/in/b.csv",)
    copy_files(SOURCE_NAME, feed.name, list_files(feed), root, now)
    entries = read_manifest(root, SOURCE_NAME, feed.name)
    assert sorted(Path(entry.partition).name for entry in entries) == ["a.csv", "c.csv", "d.csv"]
    copies = {(root / entry.files[0].path).read_bytes() for entry in entries}
    assert copies == {path.read_bytes() for path in (tmp_path / "in").glob("*.csv")}
    held = [path for path in (root / SOURCE_NAME / feed.name).iterdir() if path.suffix == ".csv"]
    assert len(held) == 3


def test_a_copy_is_byte_exact(tmp_path: Path) -> None:
    feed = replace(shop(tmp_path), path=f"{tmp_path}/in/*.csv.gz")
    body = gzip.compress(b"ts,event,mail\n")
    (tmp_path / "in/2026.11.csv.gz").write_bytes(body)
    [entry] = copy_files(SOURCE_NAME, feed.name, list_files(feed), tmp_path / "landing", now).new
    assert entry.files[0].path.endswith(".csv.gz")
    assert (tmp_path / "landing" / entry.files[0].path).read_bytes() == body


def test_a_file_that_is_still_written_is_left_for_the_next_run(tmp_path: Path) -> None:
    feed, root = shop(tmp_path), tmp_path / "landing"
    path = tmp_path / "in/a.csv"
    path.write_text("ts,event,mail\n")
    listed = list_files(feed)
    path.write_text("ts,event,mail\n2026-11-01,x,\n")
    copied = copy_files(SOURCE_NAME, feed.name, listed, root, now)
    assert (copied.new, copied.unfinished) == ((), (str(path),))
    assert len(copy_files(SOURCE_NAME, feed.name, list_files(feed), root, now).new) == 1


def test_a_missing_folder_does_not_remove_its_events(tmp_path: Path) -> None:
    feed = shop(tmp_path)
    (tmp_path / "in").rename(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match=f"the folder {tmp_path}/in of its path"):
        list_files(feed)


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    gone = FeedFile(f"{tmp_path}/gone.csv", 5, "mark")
    with pytest.raises(LandingError, match=r"gone\.csv cannot be read"):
        copy_files(SOURCE_NAME, "shop", [gone], tmp_path / "landing", now)


def test_any_fsspec_address_can_be_read(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/exports/2026/a.csv", b"ts,event,mail\n")
    feed = replace(shop(tmp_path), path="memory://exports/*/*.csv")
    [file] = list_files(feed)
    assert file.address == "memory:///exports/2026/a.csv"
    [entry] = copy_files(SOURCE_NAME, feed.name, [file], tmp_path / "landing", now).new
    assert (tmp_path / "landing" / entry.files[0].path).read_bytes() == b"ts,event,mail\n"
    with pytest.raises(ConfigurationError, match="fsspec driver for nowhere"):
        list_files(replace(feed, path="nowhere://x/*.csv"))

"""Small files as public bug reports and real exports have them, each with the events that are right."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, list_files, read_feeds
from tests.landing.streams import now

CASES = Path(__file__).parent / "cases"
CASE = {
    "address-in-unmapped-column": (2, [], 0),
    "hubspot-email-events": (3, [], 0),
    "spreadsheet-scientific": (0, ["occurred_at is not a timestamp: 1.79E+12"], 3),
    "newline-in-header": (2, [], 0),
    "trailing-delimiter": (2, [], 0),
    "comma-in-header": (1, [], 0),
    "json-bom": (2, [], 0),
    "two-digit-years": (2, ["occurred_at is not a plausible time: 15-11-26 10:00"], 3),
    "future-only": (3, ["occurred_at is not a plausible time: 2106-02-07 06:28:15"], 2),
    "nan-revenue": (3, [f"revenue is not a number: {text}" for text in ("NaN", "inf", "1_000")], 3),
    "old-mac-csv": (4, [], 0),
    "instants-of-all-kinds": (
        27,
        [
            "occurred_at is not a plausible time: 15-11-26",
            "occurred_at is not a plausible time: 26-11-15 10:00",
            "occurred_at is not a plausible time: 9999-12-31 00:00",
            "occurred_at is not a plausible time: 0001-01-01T00:00:00Z",
            "occurred_at is not a plausible time: 1970-01-01 00:00:00",
            "occurred_at is not a plausible time: 2106-02-07 06:28:15",
            "occurred_at is not a plausible time: epoch",
            "occurred_at is not a plausible time: -2026-11-15 10:00",
            "occurred_at is not a timestamp: infinity",
            "occurred_at is not a timestamp: 1.76E+12",
        ],
        27,
    ),
    "numbers-of-all-kinds": (
        2,
        [f"revenue is not a number: {text}" for text in ("NaN", "inf", "-Infinity", "1_000", "0x10")],
        9,
    ),
    "same-day-purchases": (9, [], 0),
    "cart-of-one-second": (3, [], 0),
    "utf16": (
        0,
        [
            "the file is UTF-16 text; export it as UTF-8 (in a spreadsheet: CSV UTF-8), or write "
            "`encoding: utf-16` in its feed"
        ],
        1,
    ),
    "sep-line": (1, ["revenue is not a number: 12,50"], 1),
    "nul-and-ctrl-z": (2, ["the row has a NUL character"], 2),
    "json-lines-oddities": (7, ["revenue is not a number: NaN", "the row has a NUL character"], 9),
    "json-pretty-array": (
        0,
        ["the file is a JSON array, not JSON lines; write `format: json` in its feed"],
        1,
    ),
    # a folder that exists is no pattern; equal rows of three files are one event
    "brackets-in-folder": (
        3,
        [
            "the file has none of the columns ts, event, mail (it has x.csv); "
            "correct the file or the columns of its feed",
            "the file is gzip, though its name does not end in .gz; rename it",
        ],
        2,
    ),
    "column-renamed-midway": (2, [], 0),
    "event-name-case": (2, [], 0),
    "nested-json-exports": (2, [], 0),
    "unclosed-quote-mid-file": (2, [], 1),  # of four lines
    "ga4-ui-export-comments": (
        0,
        [
            "the file has none of the columns ts, event, mail, amount, order (it has "
            "# ----------------------------------------); correct the file or the columns of its feed"
        ],
        1,
    ),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    """Per case the loaded events and what is in quarantine."""
    return {name: _load(name, tmp_path_factory.mktemp(name)) for name in CASE}


def _load(name: str, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    shutil.copytree(CASES / name, folder / "in")
    landing = Settings(folder / "data", now()).landing
    feeds = read_feeds(folder / "in" / "feeds.yml")
    with duckdb.connect() as warehouse:
        warehouse.execute("set timezone = 'UTC'")
        create_raw_tables(warehouse, [], feeds)
        for feed in feeds:
            copy_files(SOURCE_NAME, feed.name, list_files(feed), landing, now)
            assert load_feed(warehouse, landing, feed, now).is_complete
        quarantine = "select reason, record, partition from raw._quarantine"
        return {
            "events": warehouse.execute("select * from raw.event_files").fetchall(),
            "quarantine": warehouse.execute(quarantine).fetchall(),
        }


@pytest.mark.parametrize("name", CASE)
def test_what_is_plausible_is_loaded_and_the_rest_quarantined(
    name: str, loaded: dict[str, dict[str, list[tuple[Any, ...]]]]
) -> None:
    events, reasons, quarantined = CASE[name]
    found = loaded[name]["quarantine"]
    assert (len(loaded[name]["events"]), len(found)) == (events, quarantined)
    # an unreadable file has no record; its reason names it
    written = {reason if record else reason.removeprefix(f"{path}: ") for reason, record, path in found}
    assert set(reasons) <= written
    assert all(record or reason.startswith(path) for reason, record, path in found)
    assert "@" not in repr([loaded[name]["events"], written])

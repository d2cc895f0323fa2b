"""Bounds on what a file may be: decompressed size and nesting; numbers that are numbers to SQL only."""

import gzip
from pathlib import Path

import duckdb
import pytest
import zstandard

from dagster_project.raw.files import inspection
from dagster_project.raw.files.event_sql import TOO_DEEP
from tests.raw.files.feed_folder import FeedFolder

HEAD = b"ts,event,mail\n"
ROW = b"2026-11-01,buy,\n"
COLUMNS = {"occurred_at": "ts", "event_name": "event", "email": "mail"}


def deep(opening: str, closing: str, depth: int) -> str:
    value = opening * depth + closing * depth
    return f'{{"ts":"2026-11-01","event":"buy","x":{value}}}\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", gzip.compress(HEAD + ROW * 200_000)),
        ("a.csv.gz", gzip.compress(HEAD) + gzip.compress(b"\n" * 9_000_000)),
        ("a.csv.zst", zstandard.compress(HEAD + ROW * 200_000)),
    ],
)
def test_a_file_that_inflates_out_of_proportion_is_quarantined(
    name: str, content: bytes, feed_folder: FeedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "MAX_SMALL_BYTES", 1 << 20)
    feed_folder.configure("csv", COLUMNS)
    feed_folder.write(name, content)
    feed_folder.write("b.csv", HEAD + ROW)
    assert feed_folder.load().loaded == 1
    [(reason, _)] = feed_folder.quarantine()
    assert "decompresses to more than 200 times its size" in reason


def test_a_parquet_file_of_one_value_a_billion_times_is_quarantined(
    feed_folder: FeedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "MAX_SMALL_BYTES", 1 << 20)
    feed_folder.configure("parquet", COLUMNS)
    rows = "select '2026-11-01' as ts, 'buy' as event, '' as mail from range({})"
    duckdb.execute(f"copy ({rows.format(2_000_000)}) to '{feed_folder.path}/a.parquet'")
    duckdb.execute(f"copy ({rows.format(3)}) to '{feed_folder.path}/b.parquet'")
    assert feed_folder.load().loaded == 3
    [(reason, _)] = feed_folder.quarantine()
    assert "decompresses to more than 200 times its size" in reason


def test_a_file_of_ordinary_proportion_or_size_is_read(
    feed_folder: FeedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed_folder.configure("csv", COLUMNS)
    feed_folder.write("small.csv.gz", gzip.compress(HEAD + ROW * 50_000))
    assert feed_folder.load().loaded == 50_000
    monkeypatch.setattr(inspection, "MAX_SMALL_BYTES", 0)
    numbered = b"".join(b"2026-11-01,buy%d,\n" % n for n in range(9_000))
    feed_folder.write("b.csv.gz", gzip.compress(HEAD + numbered))
    assert feed_folder.load().quarantined == 0


@pytest.mark.parametrize(
    ("line", "is_too_deep"),
    [
        (deep("[", "]", 50), False),
        (deep("[", "]", 99), False),
        (deep("[", "]", 110), True),
        (deep('{"a":', "}", 110).replace(":}", ":1}", 1), True),
        (deep('[{"a":', "}]", 60).replace(":}", ":1}", 1), True),
        (deep("[[],", "]", 120).replace(",]", ",1]", 1), True),
        (deep("[", "]", 500_000), True),
        ('{"ts":"2026-11-01","event":"buy","x":[' + "[1]," * 500 + "[]]}\n", False),
    ],
    ids=["50", "99", "110", "objects", "both", "with closed pairs", "500,000", "a long list"],
)
def test_properties_nested_too_deeply_are_left_out(
    line: str, is_too_deep: bool, feed_folder: FeedFolder
) -> None:
    feed_folder.configure("jsonl", COLUMNS)
    other = '{"ts":"2026-11-02","event":"see","y":{"z":1}}\n'
    feed_folder.write("a.jsonl", line + other)
    assert feed_folder.load().loaded == 2
    found = dict(feed_folder.events("event_name, properties"))
    assert (found["buy"] is None, found["see"]) == (is_too_deep, '{"y":{"z":1}}')
    corrected = feed_folder.warehouse.execute("select reason, records from raw._corrections").fetchall()
    assert corrected == ([(TOO_DEEP, 1)] if is_too_deep else [])


@pytest.mark.parametrize("place", [(1 << 20) - 60, (1 << 20) - 120, (1 << 20) + 5])
def test_nesting_is_found_across_the_chunks_that_are_read(place: int, tmp_path: Path) -> None:
    fill = b'{"ts":1}\n' * (place // 9)
    (tmp_path / "a.jsonl").write_bytes(fill + deep("[", "]", 110).encode())
    assert inspection.inspect(tmp_path / "a.jsonl", "jsonl").is_deep
    (tmp_path / "b.jsonl").write_bytes(fill + deep("[", "]", 60).encode() * 3)
    assert not inspection.inspect(tmp_path / "b.jsonl", "jsonl").is_deep


@pytest.mark.parametrize("written", ["1_763_200_000", "1_763_200_000_000", "2026_11_01", "176_3200000.5"])
def test_an_underscore_makes_no_time(written: str, feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", COLUMNS)
    feed_folder.write("a.csv", HEAD + written.encode() + b",buy,\n" + ROW)
    assert feed_folder.load().loaded == 1
    assert feed_folder.quarantine()[0][0] == f"occurred_at is not a timestamp: {written}"

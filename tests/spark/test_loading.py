"""The landing zone loaded on Spark: the same raw tables and ledgers as in a warehouse that DuckDB loaded."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from dagster_project.landing import LandingError, read_manifest
from dagster_project.raw.connection import connect
from dagster_project.raw.files.near_copies import NearCopyError
from dagster_project.raw.refusals import LossRefused, confirm, standing_losses
from dagster_project.sources.event_files import Feed, read_feeds
from dagster_project.spark import plan
from dagster_project.spark.raw_tables import register_raw_tables
from tests.landing.streams import NOW, day
from tests.raw.files.test_cases import CASES
from tests.spark.loads import ESP, Loads, land_streams

pytest.importorskip("pyspark", reason="pyspark is not installed: make .venv/installed-spark")

SHOP = {"occurred_at": "t", "event_name": "e", "email": "mail", "revenue": "amount"}


@pytest.fixture(autouse=True, scope="module")
def with_tables_of_the_world(session: Any, spark_home: Path) -> Iterator[None]:
    """These loads make their own raw tables known to the session; then those of the world again."""
    yield
    if (spark_home / "raw").is_dir():
        register_raw_tables(session, spark_home)


@pytest.fixture
def loads(tmp_path: Path, session: Any) -> Loads:
    return Loads(tmp_path / "data", session, [ESP], [])


def cases(folder: Path) -> Iterator[Feed]:
    """Every feed of the cases of event files, under a name of its own."""
    for case in sorted(path.parent for path in CASES.glob("*/feeds.yml")):
        shutil.copytree(case, folder / case.name)
        for feed in read_feeds(folder / case.name / "feeds.yml"):
            yield replace(feed, name=f"{case.name}_{feed.name}".replace("-", "_"))


def shop(folder: Path, **options: Any) -> Feed:
    folder.mkdir(exist_ok=True)
    return Feed("shop", f"{folder}/*.csv", "csv", "Europe/Tallinn", {**SHOP, **options})


def write_shop(folder: Path) -> None:
    """Rows that repeat within a file and across files, invalid ones, an address in the name of a file."""
    row = "2026-11-{:02d} 10:00,buy,{}@mail.example.com,{},{}\n"
    rows = [row.format(at, f"p{at % 3}", at, '🎁 \\n ""x""') for at in range(1, 12)]
    files = {
        "a.csv": [*rows[:6], rows[0], rows[0], row.format(30, "p", "much", "")],
        "b.csv": [*rows[3:], rows[0]],
        "c anna@mail.example.com.csv": [*rows[8:], row.format(13, "p9", 1, "bob@mail.example.com")],
        "empty.csv": [],
    }
    for name, lines in files.items():
        (folder / name).write_text("t,e,mail,amount,note\n" + "".join(lines), encoding="utf-8")
    # The oldest by its time, not by its name.
    os.utime(folder / "c anna@mail.example.com.csv", (NOW.timestamp() - 86_400,) * 2)
    (folder / "unreadable.csv").write_bytes(b"\xff\xfe\x00t,e")


def test_every_raw_table_and_ledger_is_the_one_that_duckdb_loads(
    tmp_path: Path, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A partition has several files, and each file a task of its own.
    monkeypatch.setattr("dagster_project.landing.files.MIN_FILE_BYTES", 1)
    for tasks in (plan.stream_tasks, plan.feed_tasks):
        monkeypatch.setattr(tasks, "__defaults__", (1,))
    with_ids = replace(shop(tmp_path / "shop", event_id="note"), name="with_ids")
    feeds = [*cases(tmp_path / "cases"), shop(tmp_path / "shop"), with_ids]
    write_shop(tmp_path / "shop")
    loads = Loads(tmp_path / "data", session, [ESP], feeds)
    land_streams(loads.settings.landing)
    for feed in feeds:
        loads.copy(feed)
    on_spark, on_duckdb = loads.load_on_spark(), loads.load_on_duckdb()
    assert loads.differences() == {}
    by_name = attrgetter("source", "stream")
    assert sorted(on_spark, key=by_name) == sorted(on_duckdb, key=by_name)
    with loads.opened() as connection:
        counts = dict(
            connection.execute("""
            select source || '/' || stream, (sum(loaded), sum(quarantined), sum(repeated))
            from spark.raw._loads group by all
        """).fetchall()
        )
        [(corrected,)] = connection.execute("select count(*) from spark.raw._corrections").fetchall()
        [(drifted,)] = connection.execute("select count(*) from spark.raw._schema_drift").fetchall()
        [(files,)] = connection.execute(
            "select count(distinct _landed_file) from spark.raw.esp__days where _partition = ?", [day(0)]
        ).fetchall()
    assert counts["esp/days"] == (23, 3, 0)
    assert counts["esp/log"] == (1710, 0, 0)
    assert counts["esp/list"] == (40, 0, 0)
    assert counts["esp__EE/log"] == (7, 0, 0)
    assert counts["esp__EE/list"] == (3, 0, 0)
    assert counts["event_files/shop"][1:] == (2, 7)
    assert counts["event_files/with_ids"][2] > 5
    assert files == 3
    assert corrected
    assert drifted
    # Addresses are in it, also in Parquet.
    assert loads.spark_settings.spark_home.stat().st_mode & 0o077 == 0
    for table in ("raw.esp__log", "raw.event_files", "raw.event_file_copies", "raw._loads", "pii.contacts"):
        with loads.opened() as connection:
            [(expected,)] = connection.execute(f"select count(*) from warehouse.{table}").fetchall()
        assert session.table(table).count() == expected > 0, table


def test_a_file_that_keeps_a_worker_for_long_is_named(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    land_streams(loads.settings.landing)
    warned: list[str] = []
    loads.load_on_spark(warned.append)
    assert warned == []
    monkeypatch.setattr(plan, "LARGE_FILE_BYTES", 2_000)
    loads.load_on_spark(warned.append)
    [sentence] = warned
    assert "esp/log 0000000001 among them" in sentence


def test_a_damaged_file_stops_the_load_with_the_loaders_sentence(loads: Loads) -> None:
    land_streams(loads.settings.landing)
    loads.load_on_spark()
    [entry] = [
        entry for entry in read_manifest(loads.settings.landing, "esp", "days") if entry.name == day(1)
    ]
    path = loads.settings.landing / entry.files[0].path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LandingError, match=r"was truncated to \d+ of \d+ bytes"):
        loads.load_on_spark()
    assert loads.session.table("raw.esp__log").count() == 1717


def test_what_has_landed_no_more_is_refused_until_it_is_confirmed(loads: Loads) -> None:
    land_streams(loads.settings.landing)
    loads.load_on_spark()
    for path in (loads.settings.landing / "esp" / "days" / "manifest").glob(f"{day(0)}*"):
        path.unlink()
    for _ in range(2):
        with pytest.raises(LossRefused, match="1 of 3 loaded partitions with 16 records"):
            loads.load_on_spark()
    with connect(loads.spark_settings) as connection:
        assert list(standing_losses(connection)) == ["esp/days"]
        assert confirm(connection, "esp", "days", NOW)
    loads.load_on_spark()
    assert loads.session.table("raw.esp__days").count() == 7


def test_a_near_copy_is_left_out_and_named(loads: Loads, tmp_path: Path) -> None:
    feed = shop(tmp_path / "shop")
    loads.feeds.append(feed)
    lines = [f"2026-11-{at:02d} 10:00,buy,p{at}@mail.example.com,{at}" for at in range(1, 9)]
    for name in ("a.csv", "b.csv"):
        content = "".join(f"{line},{name}\n" for line in lines)
        (tmp_path / "shop" / name).write_text(f"t,e,mail,amount,exported\n{content}")
    loads.copy(feed)
    with pytest.raises(NearCopyError) as on_spark:
        loads.load_on_spark()
    with pytest.raises(NearCopyError) as on_duckdb:
        loads.load_on_duckdb()
    assert str(on_spark.value) == str(on_duckdb.value)
    assert "differ in exported" in str(on_spark.value)
    with loads.opened() as connection:
        names = [
            connection.execute(f"select partition, loaded, repeated from {catalog}.raw._loads").fetchall()
            for catalog in ("warehouse", "spark")
        ]
    assert names[0] == names[1] != []

"""Drafts of killed publications are swept; one that a living process is writing stays."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.publish import publish

MARTS = ("fct_events", "rpt_total")
# Publishes its own warehouse, and stops for ever when the step of this name begins.
PUBLISHER = """
import sys, time
from pathlib import Path
import duckdb
from dagster_project.publishing import publish as module

def stop(*_):
    print("stopped", flush=True)
    time.sleep(600)

setattr(module, sys.argv[2], stop)
with duckdb.connect() as warehouse:
    warehouse.execute("create schema marts; create table marts.fct_events as select 1 as event_id")
    warehouse.execute("create table marts.rpt_total as select 1 as n")
    module.publish(warehouse, Path(sys.argv[1]), ("fct_events", "rpt_total"))
"""
STEPS = ("verify", "write_parquet", "_put_file", "put_folder")


def left_in(published: Path) -> list[str]:
    return sorted(path.name for path in published.iterdir() if path.name.startswith("."))


@pytest.mark.parametrize("step", STEPS)
def test_a_draft_outlives_its_process_until_the_next_publication(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, step: str
) -> None:
    published = tmp_path / "published"
    other = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, str(published), step], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "stopped\n"
        drafts = left_in(published)
        assert drafts
        with pytest.raises(PublishingRefused, match="another run is publishing to"):
            publish(small_warehouse, published, MARTS)
        assert left_in(published) == drafts, "they are not ours"
    finally:
        other.kill()
        other.communicate()
    assert left_in(published) == drafts
    publication = publish(small_warehouse, published, MARTS)
    assert left_in(published) == []
    assert publication.rows == {"fct_events": 1000, "rpt_total": 1}


def test_every_kind_of_draft_is_swept_and_nothing_else(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    published = tmp_path / "published"
    published.mkdir()
    for name in (".milepost.duckdb.0123", ".milepost.duckdb.0123.wal", ".nfs0001", "notes.txt"):
        (published / name).write_text("x", encoding="utf-8")
    (published / ".parquet-0123").mkdir()
    (published / ".parquet-0123" / "half.parquet").write_text("x", encoding="utf-8")
    (published / ".parquet-4567").mkdir()
    (published / ".parquet-4567-link").symlink_to(".parquet-4567")
    publish(small_warehouse, published, MARTS)
    assert left_in(published) == [".nfs0001"]
    assert (published / "notes.txt").exists()


def test_drafts_are_swept_before_the_disk_is_needed(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Or a disk that drafts have filled would stay full."""
    published = tmp_path / "published"
    published.mkdir()
    (published / ".milepost.duckdb.0123").write_text("x", encoding="utf-8")
    with pytest.raises(PublishingRefused, match="not built"):
        publish(small_warehouse, published, [*MARTS, "rpt_missing"])
    assert left_in(published) == []

"""What a cut or killed publishing leaves: nothing that readers could trip over."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagster_project.publishing.publish import publish
from tests.disk_order import DiskOrder

MARTS = ("fct_events", "rpt_total")

# A writer that dies with a commit in its log only.
KILLED_WRITER = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("pragma disable_checkpoint_on_shutdown")
connection.execute("create table left_over as select range as n from range(1000)")
os._exit(0)
"""


def test_what_is_published_reaches_the_disk_before_its_name(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = DiskOrder(monkeypatch)
    publication = publish(small_warehouse, tmp_path / "published", MARTS)
    published = tmp_path / "published"
    assert {published / "milepost.duckdb", published / "parquet"} < set(disk.targets)
    assert disk.unsafe() == []
    files = list(publication.parquet.iterdir())
    assert len(files) == len(MARTS)
    assert all(disk.holds_before(file, published / "parquet") for file in files)


def log_of_another_file(folder: Path) -> bytes:
    other = folder / "other.duckdb"
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(other)], check=True)
    return other.with_name("other.duckdb.wal").read_bytes()


def test_the_log_of_another_file_shuts_no_reader_out(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = publish(small_warehouse, tmp_path / "published", MARTS).path
    path.with_name("milepost.duckdb.wal").write_bytes(log_of_another_file(tmp_path))
    with pytest.raises(duckdb.IOException, match="WAL"):
        duckdb.connect(str(path), read_only=True)
    publish(small_warehouse, tmp_path / "published", MARTS)
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.execute("from marts.rpt_total").fetchall() == [(1000,)]

"""The warehouse that the steps of a run share: opened once, consistent after a failure, free for others."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.defs.resources import Warehouse
from dagster_project.raw.connection import connect
from dagster_project.raw.errors import WarehouseError
from dagster_project.settings import Settings

COUNT = "select count(*) from raw._schema_drift"
NOTE = "insert into raw._schema_drift values ('shop', 'orders', 'colour', 'new', now())"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path))
    return tmp_path


def read_elsewhere(home: Path) -> subprocess.CompletedProcess[str]:
    """What another process reads in the file, which no process may hold."""
    program = (
        f"import duckdb; print(duckdb.connect({str(home / 'warehouse.duckdb')!r}).sql({COUNT!r}).fetchall())"
    )
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_steps_share_one_connection_and_the_run_closes_it(home: Path) -> None:
    warehouse = Warehouse()
    with warehouse.opened() as first:
        first.execute(NOTE)
    with warehouse.opened() as second:
        assert second is first
    assert "lock" in read_elsewhere(home).stderr
    warehouse.teardown_after_execution(dg.build_init_resource_context())
    assert read_elsewhere(home).stdout.strip() == "[(1,)]"


def test_a_step_that_fails_closes_it_and_the_next_opens_it_again(home: Path) -> None:
    warehouse = Warehouse()
    with warehouse.opened() as kept:
        kept.execute(NOTE)
    with pytest.raises(duckdb.BinderException), warehouse.opened() as broken:
        broken.execute(f"begin; {NOTE}; select no_such_column from raw._loads")
    assert read_elsewhere(home).stdout.strip() == "[(1,)]"
    with warehouse.opened() as reopened:
        assert reopened.execute(COUNT).fetchall() == [(1,)]
    warehouse.close()


def test_a_full_disk_is_reported_in_a_sentence(home: Path) -> None:
    warehouse = Warehouse()
    with pytest.raises(WarehouseError, match="No space is left"), warehouse.opened():
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")
    with connect(Settings.from_environment({"MILEPOST_HOME": str(home)}), wait_seconds=0):
        """It is free."""

"""Opening the warehouse: one process at a time, and a clear message when it cannot be opened."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagster_project.raw.connection import connect
from dagster_project.raw.errors import WarehouseBusyError, WarehouseError
from dagster_project.settings import Settings
from tests.landing.streams import NOW


def test_a_second_run_waits_and_then_fails_as_busy(settings: Settings) -> None:
    program = (
        "import pathlib, sys\nfrom dagster_project.settings import Settings\n"
        "from dagster_project.raw.connection import connect\n"
        "with connect(Settings(pathlib.Path(sys.argv[1]), None)):\n"
        "    print('held', flush=True)\n    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(settings.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(WarehouseBusyError, match=r"Another Milepost run has held the warehouse .* 0\.2 s"),
            connect(settings, wait_seconds=0.2),
        ):
            pass
        other.communicate("\n")
    with connect(settings, wait_seconds=0.2) as connection:
        assert connection.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_a_program_that_reads_the_file_is_reported_as_such(settings: Settings) -> None:
    with connect(settings):
        pass
    program = (
        "import duckdb, sys\nheld = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print('held', flush=True)\ninput()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(settings.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "held\n"
        with pytest.raises(WarehouseBusyError, match="read the published copy instead"), connect(settings):
            pass
        reader.communicate("\n")


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    home = tmp_path / "data"
    home.write_text("in the way")
    with (
        pytest.raises(WarehouseError, match=f"folder {home} cannot be written"),
        connect(Settings(home, NOW)),
    ):
        pass


def test_a_folder_in_place_of_the_warehouse_is_named(settings: Settings) -> None:
    settings.warehouse.mkdir(parents=True)
    with pytest.raises(WarehouseError, match=str(settings.warehouse)), connect(settings):
        pass


def test_a_damaged_warehouse_says_to_reload(settings: Settings) -> None:
    settings.home.mkdir()
    settings.warehouse.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseError, match="reload it from the landing zone"), connect(settings):
        pass


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.95])
def test_a_warehouse_cut_short_says_to_reload(settings: Settings, share: float) -> None:
    with connect(settings) as connection:
        connection.execute("create table kept as select random() as number from range(300_000)")
    content = settings.warehouse.read_bytes()
    settings.warehouse.write_bytes(content[: int(len(content) * share)])
    with (
        pytest.raises(WarehouseError, match="reload it from the landing zone"),
        connect(settings) as connection,
    ):
        connection.execute("select sum(number) from kept").fetchall()


@pytest.mark.parametrize("damage", ["cut", "zeros"])
def test_a_warehouse_that_opens_but_lacks_blocks_says_to_reload(settings: Settings, damage: str) -> None:
    for statement in (  # the last metadata fills the gap at the file's head that the dropped table leaves
        "create table dropped as select random() as number from range(1_500_000)",
        "create table kept as select random() as number from range(600_000)",
        "drop table dropped",
        "create table small as select 1 as number",
    ):
        with connect(settings) as connection:
            connection.execute(statement)
    content = settings.warehouse.read_bytes()
    at = int(len(content) * 0.8)
    rest = b"" if damage == "cut" else bytes(len(content) // 10)
    settings.warehouse.write_bytes(content[:at] + rest + (content[at + len(rest) :] if rest else b""))
    with (
        pytest.raises(WarehouseError, match="reload it from the landing zone"),
        connect(settings) as connection,
    ):
        connection.execute("select sum(number) from kept").fetchall()


def test_a_full_disk_is_reported_and_loses_only_the_transaction(settings: Settings) -> None:
    """A limit on file size simulates a full disk: the kernel refuses the write half-way."""
    with connect(settings) as connection:
        connection.execute("create table kept as select 1 as number")
    program = (
        "import pathlib, resource, signal, sys\nfrom dagster_project.settings import Settings\n"
        "from dagster_project.raw.connection import connect\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n"
        "    with connect(Settings(pathlib.Path(sys.argv[1]), None)) as connection:\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "        connection.execute('create table lost as select random() from range(2_000_000)')\n"
        "        connection.execute('checkpoint')\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(settings.home)], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("WarehouseError No space is left for the warehouse"), (
        done.stdout + done.stderr
    )
    with duckdb.connect(str(settings.warehouse)) as connection:
        assert connection.execute("from kept").fetchall() == [(1,)]


def test_rows_that_a_killed_process_spilled_are_removed(settings: Settings) -> None:
    with connect(settings) as connection:
        spilled = settings.warehouse.with_name("warehouse.duckdb.tmp")
        connection.execute("set memory_limit = '60MB'; set threads = 1")
        connection.execute("select md5(range::varchar) as digest from range(3000000) order by all").fetchone()
        assert list(spilled.iterdir()), "DuckDB spills there"
        left_over = spilled / "duckdb_temp_1_0_storage_DEFAULT-0.tmp"
        left_over.write_bytes(b"jane@example.com")
    assert left_over.exists(), "DuckDB removes its own only"
    with connect(settings) as connection:
        assert not spilled.exists()

"""Who can open what Milepost writes: its owner, and readers what is published, whatever the umask."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.landing.private import keep_private

# A run in small: landing, warehouse with its write-ahead log, Dagster's storage, publication.
WRITER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
os.umask(int(sys.argv[2], 8))
from dagster_project.landing import pull
from dagster_project.publishing.publish import publish
from dagster_project.raw.connection import connect
from dagster_project.raw.schema import create_raw_tables
from dagster_project.runtime.dagster_storage import PooledSqliteStorage, PrivateComputeLogManager
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Request
from tests.landing.streams import Kind, now, page, stream
settings = Settings.from_environment({"MILEPOST_HOME": sys.argv[1]})
storage = PooledSqliteStorage(sys.argv[1] + "/dagster/storage")
storage.event_log_storage.get_logs_for_run("a-run")
PrivateComputeLogManager.from_config_value(None, {"base_dir": sys.argv[1] + "/dagster/logs"})
pull("esp", stream(Kind.CURSOR), [page([1])], settings.landing, now, Request())
with connect(settings) as connection:
    create_raw_tables(connection, [])
    connection.execute("create table marts.fct_events as select 1 as event_id")
    assert settings.warehouse.with_name("warehouse.duckdb.wal").exists()
    publish(connection, settings.published, ["fct_events"])
    for path in sorted([settings.home, *settings.home.rglob("*")]):
        print(oct(path.stat().st_mode & 0o777), path.relative_to(settings.home))
"""


def modes(home: Path, umask: str) -> dict[str, int]:
    result = subprocess.run(
        [sys.executable, "-c", WRITER, str(home), umask], capture_output=True, text=True, check=True
    )
    lines = [line.split(" ", 1) for line in result.stdout.splitlines()]
    return {path: int(mode, 8) for mode, path in lines}


@pytest.mark.parametrize(
    ("umask", "is_there"), [("000", False), ("022", True), ("027", False), ("077", False)]
)
def test_only_published_files_have_the_modes_of_the_umask(tmp_path: Path, umask: str, is_there: bool) -> None:
    home = tmp_path / "home"
    if is_there:  # as an earlier version left it
        (home / "landing").mkdir(parents=True)
        for folder in (home, home / "landing"):
            folder.chmod(0o777)
        (home / "secret").write_text("x" * 64, encoding="ascii")
        (home / "secret").chmod(0o666)
    found = modes(home, umask)
    published = {path: mode for path, mode in found.items() if path.startswith("published")}
    private = {path: mode for path, mode in found.items() if path not in published}
    assert {"secret", "warehouse.duckdb", "warehouse.duckdb.wal", "landing/esp/actions"} <= private.keys()
    assert any(path.endswith(".ndjson.zst") for path in private)
    assert any(path.endswith("runs/a-run.db") for path in private)
    assert private["."] == 0o700
    reachable = {path: oct(mode) for path, mode in private.items() if mode & 0o077 and path != "dagster"}
    assert reachable == {}
    masked = ~int(umask, 8)
    assert published["published"] == 0o777 & masked
    assert published["published/milepost.duckdb"] == 0o666 & masked
    parquet = {path: mode for path, mode in published.items() if path.endswith(".parquet")}
    assert parquet
    assert set(parquet.values()) == {0o666 & masked}
    folders = {
        mode for path, mode in published.items() if path.startswith("published/parquet-") and "." not in path
    }
    assert folders == {0o777 & masked}


def test_a_folder_that_is_not_milepost_s_alone_stays_as_it_is(tmp_path: Path) -> None:
    everyones = tmp_path / "everyones"
    everyones.mkdir()
    everyones.chmod(0o1777)
    keep_private(everyones)
    assert everyones.stat().st_mode & 0o7777 == 0o1777
    (everyones / "landing").mkdir()
    assert (everyones / "landing").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_stays_as_it_is(tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    others.chmod(0o775)
    os.chown(others, 12345, -1)
    keep_private(others)
    assert others.stat().st_mode & 0o777 == 0o775

"""`milepost refresh` as a process that can be killed, and what is compared with one that was not."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.sources.registry import SOURCES
from tests.installation import FOREIGN

SCRIPT = Path(sys.executable).with_name("milepost")
PROJECT = Path(__file__).parents[2]
# Of every home, as published ids are keyed with it.
SECRET = "0123456789abcdef" * 4
# Columns about the run: its time, as the clock stands still, and whether a killed run came before it.
# What checks measure of arrivals differs likewise.
RUN_COLUMNS = {
    "restatement_ledger": ("run_at", "is_full_build"),
    "fct_person_changes": ("changed_at",),
    "check_outcomes": ("outcome", "n", "left_out", "figure", "lower", "upper"),
}
# Files that only a run that was stopped leaves behind.
LEFT_OVERS = ("*.tmp", "*.wal", ".milepost.duckdb.*", ".parquet-*")


@dataclass(frozen=True)
class Home:
    """A folder as a person has it, with `data` and the run history in it."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def published(self) -> Path:
        return self.data / "published" / "milepost.duckdb"

    @contextmanager
    def refreshing(self) -> Iterator[subprocess.Popen[str]]:
        """A refresh that was started, and that is killed at the end unless it is over."""
        self.folder.mkdir(exist_ok=True)
        shutil.copy(PROJECT / "dagster.yaml", self.folder)
        foreign = {*FOREIGN, *(variable for source in SOURCES for variable in source.variables)}
        environment = {name: value for name, value in os.environ.items() if name not in foreign}
        environment |= {"MILEPOST_HOME": str(self.data), "MILEPOST_COLUMN_LINEAGE": "off"} | self.environment
        environment["MILEPOST_SECRET"] = SECRET
        with subprocess.Popen(
            [SCRIPT, "refresh"],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def refresh(self) -> float:
        """A refresh to its end; the seconds that it took."""
        began = time.monotonic()
        with self.refreshing() as process:
            output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, output
        return time.monotonic() - began

    def refresh_killed(self, is_due: Callable[[], bool]) -> bool:
        """A refresh that is killed as soon as `is_due`; False when it ended before."""
        with self.refreshing() as process:
            while process.poll() is None and not is_due():
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGKILL), process.returncode
        return process.returncode == -signal.SIGKILL

    def has_event(self, kind: str, step: str = "%", count: int = 1) -> bool:
        """Whether a refresh here had that many events of a kind, of steps like `step`, by the run history."""
        return self._count(kind, step) >= count

    def events(self) -> int:
        """Events of a refresh so far, by the run history."""
        return self._count("%", "%")

    def _count(self, kind: str, step: str) -> int:
        query = "select count(*) from event_logs where dagster_event_type like ? and step_key like ?"
        runs = self.data / "dagster" / "storage" / "history" / "runs"
        found = 0
        for path in runs.glob("*-*.db"):
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as history:
                try:
                    [(events,)] = history.execute(query, [kind, step]).fetchall()
                except sqlite3.OperationalError:  # it is being made
                    continue
            found = max(found, events)
        return found

    def left_overs(self) -> list[str]:
        """Files that are not part of the state, and processes that still run."""
        own = self.data / "dagster"  # Dagster's history is a database that may have a log of its own
        files = [
            path for pattern in LEFT_OVERS for path in self.data.rglob(pattern) if own not in path.parents
        ]
        return [*(str(path.relative_to(self.data)) for path in sorted(files)), *self._processes()]

    def _processes(self) -> list[str]:
        """Processes of this installation, a moment after the kill: a worker ends with its caller."""
        deadline = time.monotonic() + 10
        while (found := processes_with(f"MILEPOST_HOME={self.data}")) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found


def processes_with(variable: str) -> list[str]:
    """Running processes that have the environment variable."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it ended, or is another user's
            continue
        if variable.encode() in variables and command:
            found.append(command)
    return found


def differences(one: Path, other: Path) -> dict[str, int]:
    """Rows that only one of two published files has, by mart, apart from what is about the run."""
    with duckdb.connect() as connection:
        for name, path in (("one", one), ("other", other)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        tables = {
            name: {row[0] for row in connection.execute(
                "select table_name from duckdb_tables() where database_name = ?", [name]
            ).fetchall()}
            for name in ("one", "other")
        }  # fmt: skip
        assert tables["one"] == tables["other"]
        assert tables["one"]
        return {mart: rows for mart in sorted(tables["one"]) if (rows := _differences(connection, mart))}


def _differences(connection: duckdb.DuckDBPyConnection, mart: str) -> int:
    of_the_run = RUN_COLUMNS.get(mart, ())
    columns = f"* exclude ({', '.join(of_the_run)})" if of_the_run else "*"
    one, other = (f"(select {columns} from {name}.marts.{mart})" for name in ("one", "other"))
    [(rows,)] = connection.execute(
        f"select count(*) from (({one} except all {other}) union all ({other} except all {one}))"
    ).fetchall()
    return int(rows)

"""The real dbt project on a separate warehouse; a measured command runs in a process of its own."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.secret import write_keys
from dagster_project.runtime.build_scope import SCOPE_VARIABLE, BuildScope
from dagster_project.runtime.dbt_runner import closed_warehouse
from dagster_project.runtime.lean_dbt import make_dbt_lean
from dagster_project.sources.registry import SOURCES
from tests.benchmarks.measuring import Measure, measure, peak_memory, reset_peak_memory

PROJECT = Path(__file__).parents[2] / "dbt"
THREADS = 2


@dataclass(frozen=True)
class Seconds:
    """The duration of one model, measured by dbt."""

    model: str
    seconds: float


@dataclass(frozen=True)
class Command:
    """A measured command, its models and the most resident bytes of its process."""

    measure: Measure
    models: list[Seconds]
    peak: int


class Project:
    """Runs dbt commands on `home`/warehouse.duckdb. `memory` is DuckDB's limit, in bytes."""

    def __init__(self, home: Path, memory: int) -> None:
        self.home = home
        self.path = home / "warehouse.duckdb"
        home.mkdir(parents=True, exist_ok=True)
        os.environ["MILEPOST_HOME"] = str(home)
        profile = (PROJECT / "profiles.yml").read_text(encoding="utf-8")
        settings = f"TimeZone: UTC\n        memory_limit: {memory // 1_000_000}MB\n        threads: {THREADS}"
        (home / "profiles.yml").write_text(profile.replace("TimeZone: UTC", settings), encoding="utf-8")
        self.memory = memory
        self._manifest: Any = None

    def create(self) -> None:
        """Create every table of the project, empty, as every run but the first finds them."""
        with self.connect() as connection:
            create_raw_tables(connection, SOURCES, [])
            write_keys(connection, b"a benchmark's secret")
        self.parse()
        self.run("seed")
        self.run("run")

    def parse(self) -> None:
        self._manifest = self._invoke("parse").result

    def run_alone(self, name: str, events: int, *arguments: str, scope: BuildScope) -> "Command":
        """One dbt command in a new process, measured once that has parsed the project.

        In one process with a rebuild before it an increment of 20 million events ran out of memory: what
        earlier commands leave there is not of the increment.
        """
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            return pool.submit(_run_alone, self.home, self.memory, name, events, arguments, scope).result()

    def run(self, *arguments: str, scope: BuildScope = BuildScope.FULL) -> list[Seconds]:
        """One dbt command; AssertionError with dbt's messages when a node fails."""
        os.environ[SCOPE_VARIABLE] = scope
        outcome = self._invoke(*arguments)
        results = getattr(outcome.result, "results", [])
        failures = [
            f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail", "skipped")
        ]
        assert outcome.success, "\n".join(failures) or str(outcome.exception)
        return [Seconds(r.node.name, r.execution_time) for r in results if getattr(r, "node", None)]

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(self.path))
        connection.execute(
            f"set timezone = 'UTC'; set threads = {THREADS}; set memory_limit = '{self.memory}B'"
        )
        return connection

    def _invoke(self, *arguments: str) -> Any:
        make_dbt_lean()
        with chdir(Path.cwd()), closed_warehouse():
            return dbtRunner(manifest=self._manifest).invoke(
                [
                    *arguments,
                    "--project-dir", str(PROJECT),
                    "--profiles-dir", str(self.home),
                    "--target-path", str(self.home / "target"),
                    "--log-path", str(self.home / "logs"),
                    "--log-level", "none",
                    "--log-level-file", "none",
                    # Like the job: saves a second of writing a manifest that already exists.
                    *(["--no-write-json"] if self._manifest else []),
                ]
            )  # fmt: skip


def _run_alone(
    home: Path, memory: int, name: str, events: int, arguments: tuple[str, ...], scope: BuildScope
) -> Command:
    project = Project(home, memory)
    project.parse()
    models: list[Seconds] = []
    reset_peak_memory()
    measured = measure(name, events, lambda: models.extend(project.run(*arguments, scope=scope)))
    return Command(measured, models, peak_memory())

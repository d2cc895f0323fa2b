"""A warehouse of made-up raw rows, built by the real dbt project in process."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.constants import PARTIAL_PARSE_FILE_NAME
from dbt.contracts.graph.manifest import Manifest

from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.secret import write_keys
from dagster_project.raw.sql import transaction
from dagster_project.runtime.build_scope import BuildScope
from dagster_project.runtime.dbt_runner import handed_over, manifest_of
from dagster_project.runtime.event_contracts import write_macro
from dagster_project.runtime.lean_dbt import make_dbt_lean
from dagster_project.sources.event_files import Feed
from dagster_project.sources.registry import SOURCES
from tests.shared import made_once

PROJECT = Path(__file__).parents[2] / "dbt"
SECRET = b"the same secret in every warehouse of a test"
EXTRACTED_AT = datetime(2026, 11, 16, 4, tzinfo=UTC)
# Everything below the journeys: the identified events and what describes them.
BASE = tuple(
    f"+{model}"
    for model in (
        "fct_events",
        "fct_email_sends",
        "fct_link_clicks_daily",
        "dim_persons",
        "dim_campaigns",
        "dim_emails",
        "dim_links",
        "dim_micro_conversions",
    )
)
# A table for many.
Rows = Sequence[Mapping[str, Any]] | pa.Table


@contextmanager
def _environment(home: Path) -> Iterator[None]:
    before = os.environ.get("MILEPOST_HOME")
    os.environ["MILEPOST_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MILEPOST_HOME"]
        else:
            os.environ["MILEPOST_HOME"] = before


def _invoke(home: Path, arguments: Sequence[str], manifest: Manifest | None = None) -> dbtRunnerResult:
    # dbt enters its project's folder and stays there, where other tests' programs would start.
    with _environment(home), chdir(Path.cwd()):
        make_dbt_lean()
        return dbtRunner(manifest).invoke(
            [
                *arguments,
                "--project-dir", str(PROJECT),
                "--profiles-dir", str(PROJECT),
                "--target-path", str(home / "target"),
                "--log-path", str(home / "logs"),
                # Writing the log takes a seventh of a build's time, and no test reads it.
                "--log-level", "none",
                "--log-level-file", "none",
            ]
        )  # fmt: skip


@cache
def _parsed() -> bytes:
    """The project as dbt parsed it, once for all warehouses: nothing of it follows from where one lies."""
    with made_once("parsed", _parse) as folder:
        return (folder / "target" / PARTIAL_PARSE_FILE_NAME).read_bytes()


def _parse(folder: Path) -> None:
    write_macro(PROJECT)
    outcome = _invoke(folder, ["parse"])
    assert outcome.success, outcome.exception


class Warehouse:
    """One warehouse file under `home`.

    `insert` takes raw rows as dicts by column name; columns left out are null. `build` runs `dbt build` on
    the given selection and raises AssertionError with dbt's own messages when a node fails.
    """

    def __init__(self, home: Path, feeds: Sequence[Feed] = ()) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.path = home / "warehouse.duckdb"
        with self.connect() as connection:
            create_raw_tables(connection, SOURCES, feeds)
            if not connection.execute("from pii.digest_keys").fetchall():
                write_keys(connection, SECRET)

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(str(self.path))
        try:
            connection.execute("set timezone = 'UTC'")
            yield connection
        finally:
            connection.close()

    def insert(
        self, table: str, rows: Rows, extracted_at: datetime = EXTRACTED_AT, partition: str = "all"
    ) -> None:
        """Append raw rows to a partition of `raw.<table>`, or to `pii.contacts` by that name."""
        qualified = table if "." in table else f"raw.{table}"
        provenance = {"_extracted_at": extracted_at, "_partition": partition}
        with self.connect() as connection, transaction(connection):
            if isinstance(rows, pa.Table):
                connection.register("given_rows", rows)
                added = {} if "." in table else provenance
                marks = ", ".join(f"? as {name}" for name in added)
                connection.execute(
                    f"insert into {qualified} by name select given_rows.*, {marks} from given_rows",
                    list(added.values()),
                )
                rows = ()
            for row in rows:
                full = dict(row) if "." in table else {**provenance, **row}
                columns = ", ".join(f'"{name}"' for name in full)
                marks = ", ".join("?" for _ in full)
                connection.execute(
                    f"insert into {qualified} ({columns}) values ({marks})", list(full.values())
                )

        if "." not in table:
            self.note_load(table, partition)

    def remove(self, table: str, partition: str) -> None:
        """Take a partition out of `raw.<table>`."""
        with self.connect() as connection:
            connection.execute(f"delete from raw.{table} where _partition = ?", [partition])
        self.note_load(table, partition)

    def note_load(self, table: str, partition: str) -> None:
        """Record in `raw._loads` what a partition holds now, as the loader does."""
        source, _, stream = table.partition("__")
        with self.connect() as connection:
            connection.execute(
                "delete from raw._loads where source = ? and stream = ? and partition = ?",
                [source, stream, partition],
            )
            connection.execute(
                f"""
                insert into raw._loads by name
                select $source as source, $stream as stream, $partition as partition,
                    md5(string_agg(rows::varchar, ' ' order by rows::varchar)) as content_sha256,
                    count(*) as loaded,
                    (select max(_extracted_at) from raw.{table} where _partition = $partition) as extracted_at
                from (from raw.{table} select * exclude (_extracted_at, _landed_file)) as rows
                where _partition = $partition having count(*) > 0
                """,
                {"source": source, "stream": stream, "partition": partition},
            )

    def dbt(self, *arguments: str, scope: BuildScope | None = None) -> dbtRunnerResult:
        """Run one dbt command on this warehouse; every warehouse has a target folder of its own."""
        with handed_over(scope):
            return _invoke(self.home, arguments, manifest_of(_parsed()))

    def build(self, *select: str, with_unit_tests: bool = False) -> None:
        """The unit tests ask about the models, whatever the warehouse holds: one warehouse asks for all."""
        chosen = ["--select", *select, "--indirect-selection", "cautious"] if select else []
        left_out = [] if with_unit_tests else ["--exclude-resource-type=unit_test"]
        outcome = self.dbt("build", *chosen, *left_out)
        if outcome.exception:
            raise AssertionError(str(outcome.exception))
        results = getattr(outcome.result, "results", [])
        failures = [
            f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail", "runtime error")
        ]
        assert outcome.success, "\n".join(failures)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        [(single,)] = self.query(sql)
        return single

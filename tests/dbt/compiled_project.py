"""The project's own compiled SQL on made-up raw rows: as a full build makes it, without dbt's time."""

import importlib.util
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.raw.sql import transaction
from dagster_project.sources.event_files import Feed
from tests.dbt.harness import EXTRACTED_AT, PROJECT, Rows, Warehouse
from tests.dbt.rebuilding import Rebuilding, tables_read
from tests.shared import made_once

# Stand in for dbt's hooks, which ask what an earlier build left: a type and its values, before these models.
TYPES = {
    "int_events_identified": (
        "marts.event_source",
        "select source from staging.event_kinds"
        " union select source from intermediate.int_events order by all",
    ),
    "fct_events": (
        "marts.event_name",
        "select event_name from staging.event_kinds"
        " union select event_name from intermediate.int_events_identified order by all",
    ),
}


class _Settings(dict[str, Any]):
    """A model's configuration, which is both called and read."""

    def __call__(self, **settings: Any) -> None:
        pass


class _Session:
    """What dbt hands to a Python model: relations by name and the model's configuration."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, nodes: Mapping[str, Any], node: Mapping[str, Any]
    ) -> None:
        self._connection, self._nodes = connection, nodes
        self.config = _Settings(node["config"])

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        return self._connection.table(f"{self._nodes[name]['schema']}.{name}")


def take_compiled(home: Path, feeds: Sequence[Feed] = ()) -> tuple[Warehouse, dict[str, Any]]:
    """A warehouse with raw tables and seeds, and the manifest: a copy of what is compiled once for all.

    Feeds are tables, views and rows of schema `raw`, so the SQL is the same whatever they are.
    """
    with made_once("compiled", _compile) as made:
        shutil.copytree(made, home, dirs_exist_ok=True)
    return Warehouse(home, feeds), json.loads((home / "manifest.json").read_text(encoding="utf-8"))


def _compile(home: Path) -> None:
    warehouse = Warehouse(home)
    for command in ("seed", "compile"):
        outcome = warehouse.dbt(command)
        assert outcome.success, outcome.exception
    (home / "target" / "manifest.json").rename(home / "manifest.json")
    shutil.rmtree(home / "target")


class CompiledProject:
    """Take the seeds and the compiled project, then `build` models, with what they need, on any raw rows.

    A model is built as a table or view of its name; hooks, tests and contracts are dbt's and are left out.
    A view of staging is made a table: all that read it would plan it again, which was two fifths of the time.
    """

    def __init__(self, home: Path, feeds: Sequence[Feed] = ()) -> None:
        self._warehouse, manifest = take_compiled(home, feeds)
        # While one connection is open others cost little: the first reads the file, the last writes it whole.
        self._held: duckdb.DuckDBPyConnection | None = None
        self.feeds = feeds
        self._nodes = {
            node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"
        }
        # Data tests by name: their SQL, and whether a failure blocks.
        self.data_tests = {
            node["name"]: (node["compiled_code"], node["config"]["severity"].lower() == "error")
            for node in manifest["nodes"].values()
            if node["resource_type"] == "test"
        }
        self.sql = {
            name: node["compiled_code"] for name, node in self._nodes.items() if node["language"] == "sql"
        }
        in_order = self._in_order([*self._nodes])
        self._rebuilding = Rebuilding({name: tables_read(self._nodes[name]) for name in in_order})
        self._values: dict[str, list[Any]] = {}
        self._raw = [
            f"{row[0]}.{row[1]}"
            for row in self._warehouse.query(
                # The keys of digests are the installation's, not of what was loaded.
                "select schema_name, table_name from duckdb_tables()"
                " where schema_name in ('raw', 'pii') and table_name <> 'digest_keys'"
            )
        ]

    def build(self, raw: Mapping[str, Rows], *models: str, extracted_at: datetime = EXTRACTED_AT) -> None:
        """Replace all raw rows by `raw`, by table, and build `models` and everything they are made of."""
        with self._connect() as connection, transaction(connection):
            self._rebuilding.has_changed(
                table.partition(".")[2]
                for table in self._raw
                if connection.execute(f"delete from {table}").fetchall() != [(0,)]
            )
        for table, rows in raw.items():
            self._warehouse.insert(table, rows, extracted_at)
            self._rebuilding.has_changed([table.rpartition(".")[2], "_loads"])
        self.make(*models)

    def make(self, *models: str) -> None:
        """Build `models` and everything they are made of, on the raw rows that are there."""
        with self._connect() as connection:
            self._make(connection, models)

    @contextmanager
    def on(self, warehouse: Path, *models: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same with the raw rows of another warehouse, which is attached as `world`."""
        with self.connect() as connection:
            connection.execute(f"attach '{warehouse}' as world (read_only)")
            for table in self._raw:
                connection.execute(f"delete from {table}")
                connection.execute(f"insert into {table} by name from world.{table}")
            self._make(connection, models)
            yield connection
            connection.execute("detach world")

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The warehouse, to put other rows into what was built: the next build knows nothing of it."""
        with self._connect() as connection:
            self._rebuilding.forget()
            yield connection
            self._rebuilding.forget()

    @contextmanager
    def _connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self._held = self._held or duckdb.connect(str(self._warehouse.path))
        with self._warehouse.connect() as connection:
            yield connection

    def make_alone(self, connection: duckdb.DuckDBPyConnection, models: Sequence[str]) -> None:
        """Build `models` in this order, of what is there; views that they read show it, too."""
        views = [name for name in self._views_under(models) if name not in models]
        for name in (*views, *models):
            self._build(connection, name)

    def _views_under(self, models: Sequence[str]) -> list[str]:
        """Views that these models read, and those that the views read, each after those it reads."""
        found: dict[str, None] = {}

        def visit(name: str) -> None:
            for parent in self._nodes[name]["depends_on"]["nodes"]:
                view = parent.rsplit(".", 1)[1]
                is_view = view in self._nodes and self._nodes[view]["config"]["materialized"] == "view"
                if is_view and view not in found:
                    visit(view)
                    found[view] = None

        for model in models:
            visit(model)
        return list(found)

    def _make(self, connection: duckdb.DuckDBPyConnection, models: Sequence[str]) -> None:
        """Of `models` and what they are made of all that no earlier build made of the same rows.

        In one transaction, as each is written to disk before it ends.
        """
        try:
            with transaction(connection):
                for name in self._rebuilding.due(self._in_order(models)):
                    self._rebuilding.built(name, is_empty=self._build(connection, name))
        except BaseException:
            self._rebuilding.forget()
            self._values.clear()
            raise

    def _build(self, connection: duckdb.DuckDBPyConnection, name: str) -> bool:
        """Whether it is a table without rows; to ask a view would build it."""
        if name in TYPES:
            self._make_type(connection, name, *TYPES[name])
        node = self._nodes[name]
        if node["language"] == "python":
            return self._run(connection, node)
        is_view = node["config"]["materialized"] == "view" and node["schema"] != "staging"
        counted = connection.execute(
            f"create or replace {'view' if is_view else 'table'} {node['schema']}.{name}"
            f" as select * from ({self.sql[name]}\n)"
        )
        return counted.fetchall() == [(0,)]

    def _make_type(
        self, connection: duckdb.DuckDBPyConnection, before: str, type_name: str, query: str
    ) -> None:
        values = connection.execute(query).fetchall()
        if values != self._values.get(type_name):
            connection.execute(f"create or replace type {type_name} as enum ({query})")
            self._values[type_name] = values
            self._rebuilding.has_other_type(before)

    def _run(self, connection: duckdb.DuckDBPyConnection, node: dict[str, Any]) -> bool:
        """A Python model, on what it refers to; whether it has no rows."""
        spec = importlib.util.spec_from_file_location(node["name"], PROJECT / node["original_file_path"])
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        connection.register("estimates", module.model(_Session(connection, self._nodes, node), connection))
        counted = connection.execute(
            f"create or replace table {node['schema']}.{node['name']} as select * from estimates"
        ).fetchall()
        connection.unregister("estimates")
        return counted == [(0,)]

    def replace_seed(self, seed: str, rows: Sequence[Sequence[Any]]) -> None:
        """Put `rows` in the place of a seed's; for the tests that follow, too."""
        with self._connect() as connection, transaction(connection):
            self._rebuilding.has_changed([seed])
            connection.execute(f"delete from staging.{seed}")
            for row in rows:
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into staging.{seed} values ({marks})", list(row))

    def _in_order(self, models: Sequence[str]) -> list[str]:
        """`models` and their ancestors, each after those it reads."""
        found: dict[str, None] = {}

        def visit(name: str) -> None:
            if name in self._nodes and name not in found:
                for parent in self._nodes[name]["depends_on"]["nodes"]:
                    visit(parent.rsplit(".", 1)[1])
                found[name] = None

        for model in models:
            assert model in self._nodes, f"There is no model {model}."
            visit(model)
        return list(found)

    @property
    def path(self) -> Path:
        """The warehouse file, complete; the next build does not know what its reader may write."""
        self._rebuilding.forget()
        if self._held:
            self._held.close()
            self._held = None
        return self._warehouse.path

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._warehouse.query(query)

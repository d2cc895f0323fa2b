"""The dbt project's own compiled SQL, run without dbt: a build takes a second, so many can be run."""

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.runtime.build_scope import BuildScope
from tests.dbt.harness import PROJECT, Warehouse
from tests.dbt.histories.builds import Builds
from tests.dbt.histories.model import BEGAN, Model
from tests.dbt.rebuilding import Rebuilding, tables_read

# So few, that accounts, mailboxes and devices of a history become shared and cease to be.
VARIABLES = {"identity_degree_cap": 4, "identity_address_cap": 2, "identity_undeclared_device_cap": 2}
# The statements by which an incremental model replaces its affected rows, as the real build has them.
STRATEGIES = """
{%- for model in incremental_models() %}
-- model {{ model.name }}
{{ replace_affected(
    api.Relation.create(schema=model.schema, identifier=model.name),
    'from batch',
    model.config.unique_key or [],
) }}
{%- endfor %}
"""
# What a real build does with enum types: before it, and before rows go into `fct_events`.
TYPES = """
{{ create_source_enum() }}
-- next
{{ widen_event_names('marts.fct_events', 'intermediate.int_events_identified', 'staging.event_kinds') }}
-- next
{{ create_enum(
    'marts.event_name',
    'select unnest(enum_range(null::marts.event_name)) as event_name'
    ~ ' union select event_name from intermediate.int_events_identified',
) }};
alter table marts.fct_events alter column event_name type marts.event_name
"""


class _Config:
    """What a Python model reads and says of its configuration."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.get = given.get

    def __call__(self, **said: Any) -> None:
        pass


class _Dbt:
    """What a Python model sees of dbt."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, schemas: Mapping[str, str], config: Mapping[str, Any]
    ) -> None:
        self._connection, self._schemas = connection, schemas
        self.config = _Config(config)

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        # What is not a model is a seed, all of which stand in one schema.
        return self._connection.sql(f"select * from {self._schemas.get(name, 'staging')}.{name}")


class CompiledProject:
    """Every model in order, compiled once for a build from nothing and once for one of affected persons."""

    def __init__(self, warehouse: Warehouse) -> None:
        """`warehouse` has its raw tables and no build."""
        _succeed(warehouse, "seed")
        source_type, *self._event_names = _inline(warehouse, TYPES).split("-- next")
        _succeed(warehouse, "compile", "--select", "resource_type:model")
        whole = _compiled(warehouse)
        self.models = _models(whole)
        self.schemas = {model.name: model.schema for model in self.models} | _seeds(warehouse)
        self._python = {model.name: _load(model.python) for model in self.models if model.python}
        # Every history begins with this: raw tables without rows, the seeds, and what is made of them.
        self.beginning = warehouse.home / "beginning.duckdb"
        self._begun = Builds(Rebuilding({model.name: model.reads for model in self.models}))
        with warehouse.connect() as connection:
            for schema in ("intermediate", "marts", "delta"):
                connection.execute(f"create schema if not exists {schema}")
            # Dollars can be converted, and crowns cannot.
            connection.execute("insert into staging.exchange_rates values ('2026-10-01', 'EUR', 'USD', 1.25)")
            connection.execute(source_type)
            self.build(connection, self._begun, is_full=True, with_reports=True)
            connection.execute(f"attach '{self.beginning}' as beginning")
            connection.execute("copy from database warehouse to beginning; detach beginning")
        _succeed(warehouse, "compile", "--select", "resource_type:model", scope=BuildScope.INCREMENTAL)
        affected = {node["name"]: node for node in _compiled(warehouse).values()}
        strategies = _strategies(warehouse)
        self.models = [
            replace(
                model,
                sql_of_affected=affected[model.name]["compiled_code"],
                strategy=strategies.get(model.name, ""),
                reads=model.reads | tables_read(affected[model.name]),
            )
            for model in self.models
        ]
        self._begun.rebuilding.reads = {model.name: model.reads for model in self.models}

    def begin(self, connection: duckdb.DuckDBPyConnection) -> Builds:
        """Empty raw tables, the seeds, which no history changes, and everything built of them."""
        connection.execute(f"attach '{self.beginning}' as beginning (read_only)")
        connection.execute("copy from database beginning to warehouse; detach beginning")
        return self._begun.copy()

    def build(
        self, connection: duckdb.DuckDBPyConnection, builds: Builds, is_full: bool, with_reports: bool
    ) -> None:
        """All models in order of which anything changed; an incremental build replaces the affected rows.

        Reports keep nothing, so they can be left out until they are looked at.
        """
        wanted = {model.name for model in self.models if with_reports or not model.is_report}
        for model in builds.due(connection, self.models, is_full, wanted):
            if model.name == "fct_events":
                self._widen(connection, builds, is_full)
            self._make(connection, model, is_full, builds.number)
            builds.built(connection, model)

    def _widen(self, connection: duckdb.DuckDBPyConnection, builds: Builds, is_full: bool) -> None:
        before = _event_names(connection)
        connection.execute(self._event_names[not is_full])
        if _event_names(connection) != before:
            builds.rebuilding.has_other_type("fct_events")

    def _make(self, connection: duckdb.DuckDBPyConnection, model: Model, is_full: bool, number: int) -> None:
        name = f"{model.schema}.{model.name}"
        if model.python:
            relation = self._python[model.name](_Dbt(connection, self.schemas, model.config), connection)
            connection.register("python_rows", relation)
            connection.execute(f"create or replace table {name} as select * from python_rows")
            connection.unregister("python_rows")
        elif model.is_view:
            if is_full or model.is_report:
                connection.execute(f"create or replace view {name} as {model.sql}")
        elif model.kind == "view":
            connection.execute(f"create or replace table {name} as {model.sql}")
        elif is_full or model.kind == "table":
            sql = _timed(model.sql if is_full else model.sql_of_affected, number)
            connection.execute(f"create or replace table {name} as {sql}")
        else:
            sql = _timed(model.sql_of_affected, number)
            connection.execute(f"create or replace temp table batch as {sql}")
            if model.is_kept:
                connection.execute(f"insert into {name} by name select * from batch")
            else:
                connection.execute(model.strategy)

    def marts(self) -> list[str]:
        return [model.name for model in self.models if model.schema == "marts"]


def _timed(sql: str, number: int) -> str:
    """With a time of its own for each build, in place of when it was compiled."""
    return BEGAN.sub(f"(timestamp '2026-11-16 05:00:00' + interval {number} minute)", sql)


def _event_names(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    exists = (
        "select 1 from duckdb_types() where type_name = 'event_name' and database_name = current_database()"
    )
    if not connection.execute(exists).fetchall():
        return []
    return connection.execute("select enum_range(null::marts.event_name)").fetchall()


def _models(nodes: Mapping[str, dict[str, Any]]) -> list[Model]:
    """Without what an incremental build does of them."""
    needed = _needed_by_incremental_models(nodes)
    return [
        Model(
            name=node["name"],
            schema=node["schema"],
            kind=node["config"]["materialized"],
            is_report=node["unique_id"] not in needed,
            is_kept=node["config"].get("full_refresh") is False,
            sql=node["compiled_code"],
            sql_of_affected="",
            strategy="",
            python=PROJECT / node["original_file_path"] if node["language"] == "python" else None,
            config=node["config"],
            reads=tables_read(node),
        )
        for node in _in_order(nodes)
    ]


def _succeed(warehouse: Warehouse, *command: str, scope: BuildScope | None = None) -> Any:
    outcome = warehouse.dbt(*command, "--vars", json.dumps(VARIABLES), scope=scope)
    assert outcome.success, outcome.exception or [
        r.message for r in outcome.result.results if r.status not in ("success", "pass")
    ]
    return outcome.result


def _seeds(warehouse: Warehouse) -> dict[str, str]:
    """The schema of each seed, for a Python model that reads one."""
    manifest = json.loads((warehouse.home / "target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = manifest["nodes"].values()
    return {node["name"]: node["schema"] for node in nodes if node["resource_type"] == "seed"}


def _compiled(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    manifest = json.loads((warehouse.home / "target" / "manifest.json").read_text(encoding="utf-8"))
    return {
        unique_id: node for unique_id, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }


def _in_order(nodes: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Every model after those it depends on."""
    placed: dict[str, dict[str, Any]] = {}

    def place(unique_id: str) -> None:
        if unique_id in nodes and unique_id not in placed:
            for dependency in nodes[unique_id]["depends_on"]["nodes"]:
                place(dependency)
            placed[unique_id] = nodes[unique_id]

    for unique_id in sorted(nodes):
        place(unique_id)
    return list(placed.values())


def _strategies(warehouse: Warehouse) -> dict[str, str]:
    parts = _inline(warehouse, STRATEGIES).split("-- model ")[1:]
    return {part.partition("\n")[0].strip(): part.partition("\n")[2] for part in parts}


def _inline(warehouse: Warehouse, jinja: str) -> str:
    result = _succeed(warehouse, "compile", "--inline", jinja)
    [text] = [r.node.compiled_code for r in result.results if r.node.name.startswith("inline")]
    return str(text)


def _needed_by_incremental_models(nodes: Mapping[str, dict[str, Any]]) -> set[str]:
    """Incremental models, all that leads to them, and what the next build compares with."""
    waiting = [
        unique_id
        for unique_id, node in nodes.items()
        if node["config"]["materialized"] == "incremental" or node["fqn"][-2] == "changes"
    ]
    needed: set[str] = set()
    while waiting:
        unique_id = waiting.pop()
        if unique_id in nodes and unique_id not in needed:
            needed.add(unique_id)
            waiting += nodes[unique_id]["depends_on"]["nodes"]
    return needed


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.model

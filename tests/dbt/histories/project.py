"""The dbt project's own compiled SQL, run without dbt: a build takes a second, so many can be run."""

import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.runtime.build_scope import BuildScope
from tests.dbt.harness import PROJECT, Warehouse

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
BEGAN = re.compile(r"cast\('\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}' as timestamp\)")
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


@dataclass(frozen=True)
class Model:
    """One model as dbt compiled it: `sql` builds all of it, `sql_of_affected` the affected rows."""

    name: str
    schema: str
    kind: str
    is_kept: bool
    is_report: bool
    sql: str
    sql_of_affected: str
    strategy: str
    python: Path | None
    config: Mapping[str, Any]


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
        # What is no model is a seed, all of which stand in one schema.
        return self._connection.sql(f"select * from {self._schemas.get(name, 'staging')}.{name}")


class CompiledProject:
    """Every model in order, compiled once for a build from nothing and once for one of affected persons."""

    def __init__(self, warehouse: Warehouse) -> None:
        """`warehouse` has its raw rows and no build; it is built once by dbt on the way."""
        _succeed(warehouse, "seed")
        # Raw tables and seeds, which every history begins with.
        self.beginning = warehouse.home / "beginning.duckdb"
        with warehouse.connect() as connection:
            connection.execute(f"attach '{self.beginning}' as beginning")
            connection.execute("copy from database warehouse to beginning; detach beginning")
        source_type, *self._event_names = _inline(warehouse, TYPES).split("-- next")
        with duckdb.connect(str(self.beginning)) as connection:
            connection.execute(source_type)
        _succeed(warehouse, "compile")
        whole = _compiled(warehouse)
        _succeed(warehouse, "run")
        _succeed(warehouse, "compile", scope=BuildScope.INCREMENTAL)
        affected = _compiled(warehouse)
        strategies = _strategies(warehouse)
        needed = _needed_by_incremental_models(whole)
        self.models = [
            Model(
                name=node["name"],
                schema=node["schema"],
                kind=node["config"]["materialized"],
                is_report=node["unique_id"] not in needed,
                is_kept=node["config"].get("full_refresh") is False,
                sql=node["compiled_code"],
                sql_of_affected=affected[node["unique_id"]]["compiled_code"],
                strategy=strategies.get(node["name"], ""),
                python=PROJECT / node["original_file_path"] if node["language"] == "python" else None,
                config=node["config"],
            )
            for node in _in_order(whole)
        ]
        self._builds = 0
        self.schemas = {model.name: model.schema for model in self.models} | _seeds(warehouse)
        self._python = {model.name: _load(model.python) for model in self.models if model.python}

    def begin(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Empty raw tables, and the seeds, which no history changes."""
        connection.execute(f"attach '{self.beginning}' as beginning (read_only)")
        connection.execute("copy from database beginning to warehouse; detach beginning")
        # Dollars can be converted, and crowns cannot.
        connection.execute("insert into staging.exchange_rates values ('2026-10-01', 'EUR', 'USD', 1.25)")
        for schema in ("intermediate", "marts", "delta"):
            connection.execute(f"create schema if not exists {schema}")

    def build(self, connection: duckdb.DuckDBPyConnection, is_full: bool, with_reports: bool) -> None:
        """All models in order. A full build starts from nothing; else the affected rows are replaced.

        Reports keep nothing, so they can be left out until they are looked at.
        """
        self._builds += 1
        for model in self.models:
            if model.is_report and not with_reports:
                continue
            name = f"{model.schema}.{model.name}"
            if model.name == "fct_events":
                connection.execute(self._event_names[not is_full])
            if model.python:
                relation = self._python[model.name](_Dbt(connection, self.schemas, model.config), connection)
                connection.register("python_rows", relation)
                connection.execute(f"create or replace table {name} as select * from python_rows")
                connection.unregister("python_rows")
            elif model.kind == "view":
                if is_full or model.is_report:
                    connection.execute(f"create or replace view {name} as {model.sql}")
            elif is_full or model.kind == "table":
                sql = self._timed(model.sql if is_full else model.sql_of_affected)
                connection.execute(f"create or replace table {name} as {sql}")
            else:
                sql = self._timed(model.sql_of_affected)
                connection.execute(f"create or replace temp table batch as {sql}")
                if model.is_kept:
                    connection.execute(f"insert into {name} by name select * from batch")
                else:
                    connection.execute(model.strategy)

    def _timed(self, sql: str) -> str:
        """With a time of its own for each build, in place of when it was compiled."""
        return BEGAN.sub(f"(timestamp '2026-11-16 05:00:00' + interval {self._builds} minute)", sql)

    def marts(self) -> list[str]:
        return [model.name for model in self.models if model.schema == "marts"]


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

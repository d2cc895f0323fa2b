"""The gate before dbt: which build a run needs, from the raw rows and the project as they stand."""

import importlib.metadata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import dagster as dg

from dagster_project.defs.resources import Warehouse, settings
from dagster_project.publishing.publish import FILE_NAME
from dagster_project.runtime.build_scope import (
    BuildRecord,
    BuildScope,
    feed_settings,
    last_build,
    missing_tables,
    project_digest,
    rates_digest,
    record,
    required_scope,
    rows_digest,
)
from dagster_project.runtime.dbt_runner import DBT_PROJECT_DIR
from dagster_project.sources.registry import SOURCES

PUBLISHED = dg.AssetKey(["published", "milepost"])
PACKAGE = Path(__file__).parents[1]
# What decides a mart's rows, or which checks are run on it, is one of these, the raw rows apart.
DBT_PARTS = ("dbt_project.yml", "profiles.yml", "selectors.yml", "models", "macros", "seeds", "tests")
PACKAGE_PARTS = ("checks", "defs", "publishing", "raw", "runtime", "statistics")
TOOLS = ("milepost", "dbt-core", "dbt-duckdb", "duckdb")


@dataclass(frozen=True)
class RequiredBuild:
    """The build a run needs, its record to be, and what is missing of what an incremental one starts from."""

    scope: BuildScope
    last: BuildRecord | None
    record: BuildRecord
    missing: Sequence[str] = ()


def current_project(configured: Iterable[str] = ()) -> str:
    """Digest of the project as it stands, of what it is run with and of what else is configured: 20 ms."""
    declared = [repr((s.name, stream.name, stream.columns)) for s in SOURCES for stream in s.streams]
    versions = [f"{tool} {importlib.metadata.version(tool)}" for tool in TOOLS]
    folders = [DBT_PROJECT_DIR / part for part in DBT_PARTS] + [PACKAGE / part for part in PACKAGE_PARTS]
    return project_digest(folders, [*declared, *versions, *configured])


def required_build(warehouse: Warehouse, incremental_tables: Sequence[tuple[str, str]]) -> RequiredBuild:
    """The build this run needs: full where a table that an incremental one starts from is missing."""
    with warehouse.opened() as connection:
        last, rows = last_build(connection), rows_digest(connection)
        configured = [*feed_settings(connection), rates_digest(connection)]
        missing = missing_tables(connection, incremental_tables)
    build = BuildRecord(rows, current_project(configured), begun_at=settings().now())
    scope = required_scope(last, build.rows, build.project)
    if scope is BuildScope.NONE and not (settings().published / FILE_NAME).exists():
        scope = BuildScope.INCREMENTAL
    if scope is not BuildScope.FULL and missing:
        return RequiredBuild(BuildScope.FULL, last, build, missing)
    return RequiredBuild(scope, last, build)


@contextmanager
def recorded(warehouse: Warehouse, build: BuildRecord) -> Iterator[None]:
    """Unfinished while the block runs, and finished when it ends well."""
    _keep(warehouse, build)
    yield
    _keep(warehouse, replace(build, built_at=settings().now()))


def _keep(warehouse: Warehouse, build: BuildRecord) -> None:
    with warehouse.opened() as connection:
        record(connection, build)


def log_nothing_new(context: dg.AssetExecutionContext, since: datetime) -> None:
    """In the run's log and in the catalogue's history of the published file."""
    context.log.info(
        "Nothing new since %s: no raw row and no model changed, so dbt is not run, the last outcome of every "
        "check holds, and the published file stays.",
        since.isoformat(),
    )
    context.log_event(
        dg.AssetObservation(PUBLISHED, metadata={"nothing_new_since": dg.MetadataValue.timestamp(since)})
    )

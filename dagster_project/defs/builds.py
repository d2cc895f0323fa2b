"""The gate before dbt: what it has to build, from the raw rows and the project as they stand."""

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import dagster as dg

from dagster_project.defs.resources import Warehouse, settings
from dagster_project.publishing.publish import FILE_NAME
from dagster_project.runtime.build_scope import (
    Build,
    Due,
    due,
    last_build,
    project_digest,
    record,
    rows_digest,
)
from dagster_project.runtime.dbt_runner import DBT_PROJECT_DIR
from dagster_project.sources.registry import SOURCES

PUBLISHED = dg.AssetKey(["published", "milepost"])
PACKAGE = Path(__file__).parents[1]
# What decides a mart's rows, or which questions are asked of it, is one of these, the raw rows apart.
DBT_PARTS = ("dbt_project.yml", "profiles.yml", "selectors.yml", "models", "macros", "seeds", "tests")
PACKAGE_PARTS = ("checks", "defs", "publishing", "raw", "runtime", "statistics")
TOOLS = ("milepost", "dbt-core", "dbt-duckdb", "duckdb")


def current_project() -> str:
    """Digest of the project as it stands, and of what it is run with: 20 ms for 500 files."""
    declared = [repr((s.name, stream.name, stream.columns)) for s in SOURCES for stream in s.streams]
    versions = [f"{tool} {importlib.metadata.version(tool)}" for tool in TOOLS]
    folders = [DBT_PROJECT_DIR / part for part in DBT_PARTS] + [PACKAGE / part for part in PACKAGE_PARTS]
    return project_digest(folders, [*declared, *versions])


def build_due(warehouse: Warehouse) -> tuple[Due, Build | None, Build]:
    """What this run owes, the last build, and the one that would follow it."""
    with warehouse.opened() as connection:
        last, rows = last_build(connection), rows_digest(connection)
    ahead = Build(rows, current_project(), begun_at=settings().now())
    needed = due(last, ahead.rows, ahead.project)
    if needed is Due.NOTHING and not (settings().published / FILE_NAME).exists():
        needed = Due.CHANGES
    return needed, last, ahead


@contextmanager
def recorded(warehouse: Warehouse, last: Build | None, ahead: Build, is_whole: bool) -> Iterator[None]:
    """Unfinished from here on; built when the block ends well.

    A build of some models only (somebody chose them) leaves the rest as the last whole one did, of the same
    project: the next run builds the changes, publishes, and is whole again.
    """
    keep(warehouse, replace(ahead, built_at=None))
    yield
    if is_whole:
        keep(warehouse, replace(ahead, built_at=settings().now()))
    elif last is not None and last.project == ahead.project:
        keep(warehouse, replace(last, published_at=None))


def keep(warehouse: Warehouse, build: Build) -> None:
    with warehouse.opened() as connection:
        record(connection, build)


def say_nothing_new(context: dg.AssetExecutionContext, since: datetime) -> None:
    """In the run's log and in the history of what readers open."""
    context.log.info(
        "Nothing new since %s: no raw row and no model changed, so dbt is not run, the last verdict of every "
        "check holds, and the published file stays.",
        since.isoformat(),
    )
    context.log_event(
        dg.AssetObservation(PUBLISHED, metadata={"nothing_new_since": dg.MetadataValue.timestamp(since)})
    )

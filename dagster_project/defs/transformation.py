"""The dbt project as assets: from raw tables to marts, each model with its tests as checks."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from dagster_project.defs.builds import build_due, recorded, say_nothing_new
from dagster_project.defs.column_lineage import LINEAGE, table_of, trace, traced_before, with_column_lineage
from dagster_project.defs.dbt_command import Build
from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import unconfigured_sources
from dagster_project.defs.manifest import dbt_project, prepared
from dagster_project.defs.resources import WRITER_POOL, Warehouse, settings
from dagster_project.defs.table_metadata import columns_by_table, described, of_tables
from dagster_project.defs.translator import MilepostTranslator
from dagster_project.runtime.build_scope import Due
from dagster_project.runtime.dbt_runner import make_ready_ahead


class Dbt(dg.ConfigurableResource[Any]):
    """dbt in the process beside this one, made ready while a run's first steps pull: five seconds' work."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        make_ready_ahead()

    def build(self, context: dg.AssetExecutionContext, is_of_changes: bool) -> Build:
        return Build.of(context, dbt_project(), is_of_changes)


class BuildConfig(dg.Config):
    """`full_refresh` builds everything anew, also when nothing changed."""

    full_refresh: bool = False


def run_build(
    context: dg.AssetExecutionContext, build: Build, warehouse: Warehouse, is_full: bool, is_traced: bool
) -> Iterator[Any]:
    """One `dbt build` of what is selected, every table and test as it ends."""
    with warehouse.opened() as connection:
        tables = columns_by_table(connection)
        unbuilt = build.left(context.selected_asset_keys)
        left = [*of_tables(connection, tables, build.manifest["nodes"], unbuilt)]
    warehouse.close()
    # The SQL of a build of changes reads what is affected only; what a column comes from is the same.
    before = traced_before(context.instance, context.selected_asset_keys) if is_traced and not is_full else {}

    def lineage(node: Mapping[str, Any]) -> Mapping[str, Any]:
        if is_traced and is_full:
            return trace(build, node, tables)
        key = build.translator.get_asset_key(node)
        return {LINEAGE: before[key]} if key in before else {}

    arguments = ("build", "--full-refresh") if is_full else ("build",)
    for result, event in build.events(context, arguments):
        # Dagster takes a table only after those it is made of; none is taken where dbt did not get so far.
        yield from left
        left = []
        if isinstance(event, dg.Output):
            node = build.manifest["nodes"][str(event.metadata["unique_id"].value)]
            tables[table_of(node)] = result.columns
            yield described(event, result.columns, result.rows, lineage(node))
        else:
            yield event
    assert build.outcome is not None  # it is told last
    if not build.outcome.is_successful:
        raise dg.Failure(description=build.outcome.explanation, allow_retries=False)


@dg.definitions
def transformation() -> dg.Definitions:
    project = dbt_project()

    @dbt_assets(
        manifest=prepared(project),
        project=project,
        dagster_dbt_translator=MilepostTranslator(),
        name="dbt_models",
        pool=WRITER_POOL,
    )
    def dbt_models(
        context: dg.AssetExecutionContext, config: BuildConfig, warehouse: Warehouse, dbt: Dbt
    ) -> Iterator[Any]:
        for source in unconfigured_sources(os.environ):
            context.log.info("%s is left out: %s not set.", source.title, next(iter(source.variables)))
        with explained(context):
            # dbt runs in its own folder, from where a relative MILEPOST_HOME would lead elsewhere.
            os.environ["MILEPOST_HOME"] = str(settings().home)
            needed, last, ahead = build_due(warehouse)
        # Of a job of chosen models, `context.assets_def` holds no more than these.
        is_whole = context.selected_asset_keys == dbt_models.keys
        if needed is Due.NOTHING and is_whole and not config.full_refresh and last is not None:
            say_nothing_new(context, last.built_at or last.begun_at)
            return
        is_full = needed is Due.EVERYTHING or config.full_refresh
        with explained(context), recorded(warehouse, last, ahead, is_whole):
            build = dbt.build(context, is_of_changes=is_whole and not is_full)
            yield from run_build(context, build, warehouse, is_full, with_column_lineage(os.environ))

    return dg.Definitions(assets=[dbt_models], resources={"dbt": Dbt()})

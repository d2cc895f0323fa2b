"""The dbt project as assets: from raw tables to marts, each model with its tests as checks."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from dagster_project.defs.builds import log_nothing_new, recorded, required_build
from dagster_project.defs.column_lineage import LINEAGE, table_of, trace, traced_before, with_column_lineage
from dagster_project.defs.dbt_command import DbtCommand, LeftOut
from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import unconfigured_sources
from dagster_project.defs.manifest import dbt_project, incremental_tables, prepared, read_manifest
from dagster_project.defs.resources import WRITER_POOL, Warehouse, settings
from dagster_project.defs.table_metadata import columns_by_table, described, of_tables
from dagster_project.defs.translator import MilepostTranslator
from dagster_project.runtime.build_scope import BuildScope
from dagster_project.runtime.dbt_runner import prewarm_dbt
from dagster_project.runtime.lean_dagster import make_dagster_lean


class Dbt(dg.ConfigurableResource[Any]):
    """dbt in the worker process, prewarmed (five seconds of work) while a run's first steps pull."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        make_dagster_lean()
        prewarm_dbt()

    def command(self, context: dg.AssetExecutionContext, scope: BuildScope | None) -> DbtCommand:
        return DbtCommand.of(context, dbt_project(), scope)


class BuildConfig(dg.Config):
    """`full_refresh` asks for a full build, also when nothing changed."""

    full_refresh: bool = False


LEFT_OUT = (
    "Passed in the last full build; left out of this incremental one, since it tests the project rather than "
    "the data, and the project has not changed."
)
NOTHING_NEW = "Passed in the last build; no raw row and no model has changed since."


def still_passed(checks: Iterable[dg.AssetCheckKey], why: str) -> Iterator[dg.AssetCheckResult]:
    """Outcomes of tests that were not run, because they could not fail now: a build in which one fails is not
    finished, and the next one is full. Without an outcome Dagster warns that nothing gates what comes next.
    """
    for check in sorted(checks):
        yield dg.AssetCheckResult(
            passed=True,
            asset_key=check.asset_key,
            check_name=check.name,
            description=why,
            metadata={"evaluated_in": "an earlier run"},
        )


def run_command(
    context: dg.AssetExecutionContext, command: DbtCommand, warehouse: Warehouse, is_traced: bool
) -> Iterator[Any]:
    """One `dbt build` of what is selected, every table and test as it ends."""
    is_incremental = command.scope is BuildScope.INCREMENTAL
    with warehouse.opened() as connection:
        tables = columns_by_table(connection)
        unbuilt = command.outputs_left_out(context.selected_asset_keys)
        nodes = command.manifest["nodes"]
        left_out = LeftOut(nodes, of_tables(connection, tables, nodes, unbuilt))
    warehouse.close()
    # The SQL of an incremental build filters by affected persons; what a column comes from is the same.
    before = (
        traced_before(context.instance, context.selected_asset_keys) if is_traced and is_incremental else {}
    )

    def lineage(node: Mapping[str, Any]) -> Mapping[str, Any]:
        if is_traced and not is_incremental:
            return trace(command, node, tables)
        key = command.translator.get_asset_key(node)
        return {LINEAGE: before[key]} if key in before else {}

    unevaluated = set(context.selected_asset_check_keys) if is_incremental else set()
    for result, event in command.events(context):
        yield from left_out.made_into(result.event["data"]["node_info"]["unique_id"])
        if isinstance(event, dg.Output):
            node = nodes[str(event.metadata["unique_id"].value)]
            tables[table_of(node)] = result.columns
            yield described(event, result.columns, result.rows, lineage(node))
        else:
            if isinstance(event, dg.AssetCheckResult) and event.asset_key and event.check_name:
                unevaluated.discard(dg.AssetCheckKey(event.asset_key, event.check_name))
            yield event
    assert command.outcome is not None  # the last message of a command
    if not command.outcome.is_successful:
        raise dg.Failure(description=command.outcome.explanation, allow_retries=False)
    yield from left_out.rest()
    yield from still_passed(unevaluated, LEFT_OUT)


@dg.definitions
def transformation() -> dg.Definitions:
    project = dbt_project()
    incremental = incremental_tables(read_manifest(project))

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
            required = required_build(warehouse, incremental)
        # In a job of selected models, `context.assets_def` holds no more than these.
        is_whole = context.selected_asset_keys == dbt_models.keys
        scope = BuildScope.FULL if config.full_refresh else required.scope
        if is_whole and scope is BuildScope.NONE and required.last is not None:
            log_nothing_new(context, required.last.built_at or required.last.begun_at)
            yield from still_passed(context.selected_asset_check_keys, NOTHING_NEW)
            return
        if required.missing:
            context.log.warning(
                "Missing from the warehouse: %s. The build is full.", ", ".join(required.missing)
            )
        # A build of selected models has no scope: dbt itself marks the next build full.
        recording = recorded(warehouse, required.record) if is_whole else nullcontext()
        with explained(context), recording:
            command = dbt.command(context, scope if is_whole else None)
            yield from run_command(context, command, warehouse, with_column_lineage(os.environ))

    return dg.Definitions(assets=[dbt_models], resources={"dbt": Dbt()})

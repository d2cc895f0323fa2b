"""The dbt project as assets: from raw tables to marts, each model with its tests as checks."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from dagster_dbt.errors import DagsterDbtCliRuntimeError
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from dagster_project.defs.column_lineage import PythonModelsHaveNoSql, with_column_lineage
from dagster_project.defs.event_feeds import configured_feeds, feed_key
from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import unconfigured_sources
from dagster_project.defs.manifest import dbt_project, prepared
from dagster_project.defs.resources import (
    OWNERS,
    WRITER_POOL,
    opened_warehouse,
    settings,
)


class MilepostTranslator(DagsterDbtTranslator):
    """Raw tables are the ingestion assets' own; every model is `<schema>/<name>` in its schema's group."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return _get_source_key(dbt_resource_props)
        return dg.AssetKey([_get_schema(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return _get_schema(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        return super().get_owners(dbt_resource_props) or OWNERS

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(deps=[dep for given in spec.deps for dep in _get_deps(given)])


def _get_schema(props: Mapping[str, Any]) -> str:
    return str(props.get("config", {}).get("schema") or props["schema"])


def _get_source_key(props: Mapping[str, Any]) -> dg.AssetKey:
    """`raw.smaily__actions` is the asset `smaily/actions`; no asset makes the bookkeeping tables."""
    source, separator, stream = str(props["identifier"]).partition("__")
    return dg.AssetKey([source, stream] if separator else [_get_schema(props), source])


def _get_deps(dep: dg.AssetDep) -> Sequence[dg.AssetDep]:
    """The view `raw.event_files` depends on every feed it joins."""
    if dep.asset_key == dg.AssetKey(["raw", "event_files"]):
        return [dg.AssetDep(feed_key(feed)) for feed in configured_feeds()]
    return [dep]


def close_adapter(build: DbtCliInvocation) -> None:
    """Let go of the warehouse: the adapter that fetched row counts keeps it open, set up otherwise."""
    if build.adapter is not None:
        build.adapter.cleanup_connections()
    with suppress(Exception):  # there is no environment when nothing was fetched
        DuckDBConnectionManager.env().close()  # type: ignore[no-untyped-call]
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def explain_build(build: DbtCliInvocation, error: Exception) -> str:
    """Which models and tests failed and why, a line each; dbt's own words when it did not get that far."""
    try:
        results = build.get_artifact("run_results.json")["results"]
    except (OSError, KeyError, ValueError):
        return str(error)
    failed = [
        f"{result['unique_id'].split('.')[2]}: {' '.join(str(result['message']).split())[:300]}"
        for result in results
        if result["status"] in ("error", "fail", "runtime error")
    ]
    return (
        f"dbt build: {len(failed)} of {len(results)} failed. " + " | ".join(failed[:10])
        if failed
        else str(error)
    )


@dg.definitions
def transformation() -> dg.Definitions:
    project = dbt_project()
    dg.get_dagster_logger().addFilter(PythonModelsHaveNoSql())

    @dbt_assets(
        manifest=prepared(project),
        project=project,
        dagster_dbt_translator=MilepostTranslator(),
        name="dbt_models",
        pool=WRITER_POOL,
    )
    def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        for source in unconfigured_sources(os.environ):
            context.log.info("%s is left out: %s not set.", source.title, next(iter(source.variables)))
        with explained(context):
            # dbt runs in its own folder, from where a relative MILEPOST_HOME would lead elsewhere.
            os.environ["MILEPOST_HOME"] = str(settings().home)
            with opened_warehouse():
                pass  # every raw table exists now, be its source configured or not
        # One folder for every run, so that dbt finds its last parse there. The last run's results go first:
        # a build that ends before its own would be explained by them.
        target = project.target_path / "build"
        (target / "run_results.json").unlink(missing_ok=True)
        build = dbt.cli(
            ["build", "--exclude-resource-type", "unit_test"], context=context, target_path=target
        )
        try:
            events = build.stream().fetch_row_counts()
            yield from events.fetch_column_metadata(with_column_lineage=with_column_lineage(os.environ))
        except DagsterDbtCliRuntimeError as error:
            raise dg.Failure(description=explain_build(build, error), allow_retries=False) from None
        finally:
            close_adapter(build)

    return dg.Definitions(assets=[dbt_models])

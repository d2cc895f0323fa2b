"""The dbt project as assets: from raw tables to marts, each model with its tests as checks."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from filelock import FileLock

from dagster_project.defs.event_feeds import configured_feeds, feed_key
from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import unconfigured_sources
from dagster_project.defs.resources import (
    DBT_PROJECT_DIR,
    OWNERS,
    WRITER_POOL,
    dbt_resource,
    opened_warehouse,
    settings,
)

PARSED_FOLDERS = ("models", "macros", "seeds", "tests", "snapshots", "analyses")


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


def dbt_project() -> DbtProject:
    return DbtProject(project_dir=DBT_PROJECT_DIR, profiles_dir=DBT_PROJECT_DIR)


def prepared(project: DbtProject) -> Path:
    """The manifest, parsed anew when it is missing or older than a file it was parsed from.

    `DbtProject.prepare_if_dev` would do so under `dg dev` only, and leave a fresh clone without one.
    """
    manifest = project.manifest_path
    manifest.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(manifest.with_suffix(".lock")):
        if not manifest.exists() or manifest.stat().st_mtime < _newest_change(project.project_dir):
            dbt_resource().cli(["parse", "--quiet"], target_path=project.target_path).wait()
            # dbt leaves an unchanged manifest's time alone.
            manifest.touch()
    return manifest


def _newest_change(folder: Path) -> float:
    files = [*folder.glob("*.yml"), *(f for name in PARSED_FOLDERS for f in (folder / name).rglob("*"))]
    return max(file.stat().st_mtime for file in files)


@dg.definitions
def transformation() -> dg.Definitions:
    project = dbt_project()

    @dbt_assets(
        manifest=prepared(project),
        project=project,
        dagster_dbt_translator=MilepostTranslator(
            DagsterDbtTranslatorSettings(enable_asset_checks=True, enable_code_references=False)
        ),
        name="dbt_models",
        pool=WRITER_POOL,
    )
    def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        # dbt runs in its own folder, from where a relative MILEPOST_HOME would lead elsewhere.
        os.environ["MILEPOST_HOME"] = str(settings().home)
        for source in unconfigured_sources(os.environ):
            context.log.info("%s is left out: %s not set.", source.title, next(iter(source.variables)))
        with explained(context), opened_warehouse():
            pass  # every raw table exists now, be its source configured or not
        build = dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context)
        yield from build.stream().fetch_row_counts().fetch_column_metadata()

    return dg.Definitions(assets=[dbt_models])

"""How dbt's nodes are named and described in Dagster."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from dagster_project.defs.event_feeds import configured_feeds, feed_key
from dagster_project.defs.resources import OWNERS


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

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(
            description=_get_test_description(manifest, manifest["nodes"][unique_id])
        )


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


def _get_test_description(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str:
    """A test's own description, or that of its generic test with the arguments."""
    if test["description"]:
        return str(test["description"]).strip()
    generic = test.get("test_metadata")
    if generic is None:  # dbt's partial parsing drops the description of a singular test whose yml has moved
        return str(test["name"]).removeprefix("assert_").replace("_", " ")
    macros = filter(None, map(manifest["macros"].get, test["depends_on"]["macros"]))
    [meaning] = [m["description"].strip() for m in macros if m["name"] == f"test_{generic['name']}"] or [""]
    given = {name: value for name, value in generic["kwargs"].items() if name != "model"}
    arguments = ", ".join(f"{name} `{_text(value)}`" for name, value in given.items())
    return " ".join(
        [meaning or f"dbt's test `{generic['name']}`.", *([f"Here: {arguments}."] if given else [])]
    )


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).strip()

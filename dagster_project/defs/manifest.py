"""dbt's manifest: parsed when it is out of date, and read for what other definitions need of it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject
from filelock import FileLock

from dagster_project.publishing.draft import SCHEMA
from dagster_project.runtime import event_contracts
from dagster_project.runtime.dbt_runner import DBT_PROJECT_DIR, PARSED_FILE_NAME, Project, parse
from dagster_project.runtime.worker import worker

PARSED_FOLDERS = ("models", "macros", "seeds", "tests")


def dbt_project() -> DbtProject:
    return DbtProject(project_dir=DBT_PROJECT_DIR, profiles_dir=DBT_PROJECT_DIR)


def prepared(project: DbtProject) -> Path:
    """The manifest, parsed again when it (or dbt's own form of it) is missing or older than a file it is of.

    `DbtProject.prepare_if_dev` would do so under `dg dev` only, and leave a fresh clone without one.
    Raises RuntimeError with dbt's own words when the project cannot be parsed, IncompleteContract when a
    source of events does not declare all that is read of it.
    """
    manifest = project.manifest_path
    manifest.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(manifest.with_suffix(".lock")):
        event_contracts.write_macro(Path(project.project_dir))
        is_parsed = manifest.exists() and manifest.with_name(PARSED_FILE_NAME).exists()
        if not is_parsed or manifest.stat().st_mtime < _newest_change(project.project_dir):
            worker.call(parse, Project(project.project_dir))
            # Dagster's code server, which loads definitions and runs nothing, would never close it.
            worker.close()
            # dbt leaves an unchanged manifest's time alone.
            manifest.touch()
    return manifest


def _newest_change(folder: Path) -> float:
    """Folders count too: their time changes when a file is removed."""
    folders = [folder / name for name in PARSED_FOLDERS]
    files = [*folder.glob("*.yml"), *folders, *(file for parsed in folders for file in parsed.rglob("*"))]
    return max(file.stat().st_mtime for file in files if file.exists())


def read_manifest(project: DbtProject) -> dict[str, Any]:
    manifest = prepared(project)
    return _read(manifest, manifest.stat().st_mtime_ns)


@cache
def _read(manifest: Path, changed_at: int) -> dict[str, Any]:  # noqa: ARG001
    """Three definitions read it, 0.1 s each."""
    content: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return content


def mart_keys(manifest: dict[str, Any], translator: DagsterDbtTranslator) -> list[dg.AssetKey]:
    """The asset of every model in schema `marts`."""
    return sorted(
        translator.get_asset_key(node)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == SCHEMA
    )


def incremental_tables(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Schema and name of every incremental model: what an incremental build starts from."""
    return [
        (node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
    ]


def test_keys(manifest: dict[str, Any], translator: DagsterDbtTranslator) -> list[dg.AssetCheckKey]:
    """The asset check of every dbt test of a model: the model it is attached to, or that its meta names."""
    nodes = manifest["nodes"]
    models = {node["name"]: node for node in nodes.values() if node["resource_type"] == "model"}
    tested = [
        (node, nodes.get(node.get("attached_node")) or models.get(_named_model(node)))
        for node in nodes.values()
        if node["resource_type"] == "test"
    ]
    return [
        dg.AssetCheckKey(translator.get_asset_key(model), test["name"]) for test, model in tested if model
    ]


def _named_model(test: dict[str, Any]) -> str | None:
    """A singular test (a query in dbt's folder tests) names its model in its meta."""
    name: str | None = test["config"].get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
    return name

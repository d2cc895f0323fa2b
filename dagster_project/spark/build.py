"""dbt with target `spark`, in this process and its Spark session: what is SQL, of the tables of raw events.

Models in Python, and what is made of them, are DuckDB's: they read counts, which fit one machine at any size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.runtime.dbt_call import SHOWN, explanation, invoke
from dagster_project.runtime.dbt_runner import DBT_PROJECT_DIR, handed_over
from dagster_project.spark.ansi_dbt import with_ansi
from dagster_project.spark.seeds import Seed, load_seeds

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg
    from pyspark.sql import SparkSession

# What dbt builds; the other schemas are loaded.
BUILT_SCHEMAS = ("staging", "intermediate", "marts")


@dataclass(frozen=True)
class SparkProject:
    """The project as dbt parsed it for Spark, in a folder of its own: dbt parses again for another target."""

    manifest: "Manifest"
    target: Path

    @property
    def python_models(self) -> list[str]:
        """Names of the models that are written in Python."""
        return sorted(node.name for node in self._models() if node.language == "python")

    @property
    def left_to_duckdb(self) -> frozenset[str]:
        """Unique ids of the models that Spark does not build: those in Python and all that lie downstream."""
        left = {node.unique_id for node in self._models() if node.language == "python"}
        children = self.manifest.child_map
        waiting = list(left)
        while waiting:
            for child in children[waiting.pop()]:
                if child.startswith("model.") and child not in left:
                    left.add(child)
                    waiting.append(child)
        return frozenset(left)

    @property
    def built(self) -> dict[str, str]:
        """The models that Spark builds: schema by name."""
        left = self.left_to_duckdb
        return {node.name: node.schema for node in self._models() if node.unique_id not in left}

    @property
    def seeds(self) -> list[Seed]:
        """The seeds with their columns as declared."""
        return [
            Seed(node.name, DBT_PROJECT_DIR / node.original_file_path, node.config.column_types)
            for node in self._nodes("seed")
        ]

    def compiled(self, text: str) -> str:
        """A text of Jinja and SQL as Spark gets it. Raises RuntimeError with dbt's words when it is wrong."""
        outcome: Any = _invoke(["compile", "--inline", text], self.target, self.manifest)
        if not outcome.success:
            raise RuntimeError(f"dbt cannot compile this for Spark: {outcome.exception}")
        [result] = outcome.result.results
        return str(result.node.compiled_code)

    def operate(self, macro: str, arguments: str) -> None:
        """Run a macro with JSON arguments. Raises RuntimeError with dbt's words when it fails."""
        outcome = _invoke(["run-operation", macro, "--args", arguments], self.target, self.manifest)
        if not outcome.success:
            raise RuntimeError(f"dbt cannot run {macro} on Spark: {outcome.exception or outcome.result}")

    def _models(self) -> list[Any]:
        return self._nodes("model")

    def _nodes(self, kind: str) -> list[Any]:
        nodes: list[Any] = list(self.manifest.nodes.values())
        return [node for node in nodes if node.resource_type == kind]


def parse_project(target: Path = DBT_PROJECT_DIR / "target" / "spark") -> SparkProject:
    """Read dbt's project for Spark. Raises RuntimeError with dbt's own words when it cannot."""
    outcome = _invoke(["parse"], target)
    if not outcome.success:
        raise RuntimeError(f"dbt cannot parse its project for Spark: {outcome.exception}")
    manifest: Any = outcome.result
    manifest.build_parent_and_child_maps()
    manifest.build_flat_graph()
    return SparkProject(manifest, target)


def empty_schemas(session: "SparkSession") -> None:
    """Drop every table that dbt builds, with its files: a build is a full one."""
    for schema in BUILT_SCHEMAS:
        location = session.catalog.getDatabase(schema).locationUri
        session.sql(f"drop database {schema} cascade")
        _remove_folder(session, location)
        session.sql(f"create database {schema} location '{location}'")


def build_models(
    session: "SparkSession",
    project: SparkProject,
    *,
    select: Sequence[str] = (),
    with_tests: bool = True,
    threads: int = 2,
    show: Callable[[str], None] = lambda _: None,
) -> None:
    """Seeds, models and data tests on Spark, or those that `select` names; `show` gets what dbt would print.

    Raises RuntimeError that names what failed and why.
    """
    if not select:
        empty_schemas(session)
        load_seeds(session, project.seeds)
    left = [f"{name}+" for name in project.python_models]
    types = ["model", *(["test"] if with_tests else [])]
    outcome = _invoke(
        [
            "build",
            *(["--select", *select] if select else []),
            *(["--exclude", *left] if left else []),
            *(part for name in types for part in ("--resource-type", name)),
            "--threads", str(threads),
        ],
        project.target,
        project.manifest,
        lambda event: show(event.info.msg) if event.info.level in SHOWN else None,  # type: ignore[attr-defined]
    )  # fmt: skip
    if not outcome.success:
        raise RuntimeError(explanation(outcome, "dbt build on Spark"))


def _invoke(
    arguments: Sequence[str],
    target: Path,
    manifest: "Manifest | None" = None,
    handle: "Callable[[EventMsg], None]" = lambda _: None,
) -> "dbtRunnerResult":
    with_ansi()
    with handed_over(None):
        return invoke([*arguments, "--target", "spark"], DBT_PROJECT_DIR, target, manifest, handle)


def _remove_folder(session: "SparkSession", location: str) -> None:
    """Also where it lies in an object store: by the file system that Spark itself uses."""
    java: Any = session.sparkContext._jvm
    path = java.org.apache.hadoop.fs.Path(location)
    path.getFileSystem(session.sparkContext._jsc.hadoopConfiguration()).delete(path, True)

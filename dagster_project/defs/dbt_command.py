"""dbt in this process: imported once with Dagster, its libraries once with the checks', and parsed once.

A process of its own would spend as long on these as on a day's models, and write each of the 26 events of a
node as JSON, most of them to be read by nobody.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

# Half a second of CPU beyond what dagster_dbt imports of dbt, which a run that finds nothing new saves.
if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

RESULTS = ("LogSeedResult", "LogModelResult", "LogSnapshotResult", "LogTestResult")
SHOWN = ("info", "warn", "error")
FAILED = ("error", "fail", "runtime error")


def invoke(
    arguments: Sequence[str],
    project_dir: Path,
    target_path: Path,
    manifest: "Manifest | None" = None,
    take: "Callable[[EventMsg], None]" = lambda _: None,
) -> "dbtRunnerResult":
    """One dbt command; `take` gets every event. Nothing is parsed when `manifest` is given."""
    from dbt.cli.main import dbtRunner

    # dbt enters its project's folder and stays there; a relative MILEPOST_HOME would lead elsewhere from it.
    with chdir(Path.cwd()), _lets_go():
        return dbtRunner(manifest, callbacks=[take]).invoke(
            [
                *arguments,
                "--project-dir", os.fspath(project_dir),
                "--profiles-dir", os.fspath(project_dir),
                "--target-path", os.fspath(target_path),
                "--log-path", os.fspath(target_path),
                # Events go to `take`; a line of a log costs more than most of the statements it tells of.
                "--log-level", "none",
                "--log-level-file", "none",
                "--no-use-colors",
                # A second of writing a manifest that is there already.
                *(["--no-write-json"] if manifest else []),
            ]
        )  # fmt: skip


@contextmanager
def _lets_go() -> Iterator[None]:
    """dbt's adapter keeps the warehouse open until its process ends: nobody else could open the file, and
    what it wrote would stay in the log beside it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    try:
        yield
    finally:
        environment: Any = DuckDBConnectionManager._ENV
        if environment is not None:
            environment.close()
            DuckDBConnectionManager._ENV = None


@dataclass
class Build:
    """A dbt command that ran for `context`: what Dagster is to be told, and how it ended."""

    manifest: Mapping[str, Any]
    dagster_dbt_translator: DagsterDbtTranslator
    project: DbtProject | None
    target_path: Path
    results: list[Mapping[str, Any]] = field(default_factory=list)
    outcome: "dbtRunnerResult | None" = None

    def take(self, event: "EventMsg") -> None:
        """Keep the results, and say what dbt would on its own."""
        from dbt_common.events.functions import msg_to_dict

        if event.info.level in SHOWN:
            print(event.info.msg, flush=True)  # type: ignore[attr-defined]
        if event.info.name in RESULTS:
            self.results.append(msg_to_dict(event))

    @property
    def is_successful(self) -> bool:
        return self.outcome is not None and self.outcome.success

    @property
    def _ended(self) -> list[Any]:
        """How every node that dbt took up ended, also by being skipped; none when it did not get that far."""
        return list(getattr(getattr(self.outcome, "result", None), "results", []))

    def events(self, context: dg.AssetExecutionContext) -> Iterator[Any]:
        """An output of every model that was built, a result of every test."""
        for result in self.results:
            yield from DbtCoreCliEventMessage(
                raw_event=dict(result), event_history_metadata={}
            ).to_default_asset_events(
                self.manifest, self.dagster_dbt_translator, context, self.target_path, self.project
            )

    def left(self, selected: Set[dg.AssetKey]) -> Iterator[dg.Output[None]]:
        """An output of every table in `selected` that did not have to be built again, where the rest was."""
        taken_up = {result.node.unique_id for result in self._ended}
        if not taken_up:
            return
        for unique_id, node in self.manifest["nodes"].items():
            if node["resource_type"] not in ("model", "seed") or unique_id in taken_up:
                continue
            key = self.dagster_dbt_translator.get_asset_spec(self.manifest, unique_id, self.project).key
            if key in selected:
                yield dg.Output(None, key.to_python_identifier(), metadata={"unique_id": unique_id})

    def explanation(self) -> str:
        """Which models and tests failed and why; dbt's own words when it did not get that far."""
        failed = [
            f"{result.node.name}: {' '.join(str(result.message).split())[:300]}"
            for result in self._ended
            if result.status in FAILED
        ]
        if not failed:
            return f"dbt build: {getattr(self.outcome, 'exception', None) or 'ended without a result'}"
        return f"dbt build: {len(failed)} of {len(self._ended)} failed. " + " | ".join(failed[:10])


def run(
    context: dg.AssetExecutionContext,
    arguments: Sequence[str],
    target_path: Path,
    manifest: "Manifest",
    selector: str | None = None,
) -> Build:
    """One dbt command on what is selected in `context`; it has let go of the warehouse when this returns.

    `selector` of selectors.yml narrows it, where `context` has everything selected.
    """
    selected = get_updated_cli_invocation_params_for_context(context, {}, DagsterDbtTranslator())
    project = selected.dbt_project
    assert project is not None
    build = Build(selected.manifest, selected.dagster_dbt_translator, project, target_path)
    selection = ["--selector", selector] if selector else list(selected.selection_args)
    if selected.indirect_selection:
        selection += ["--indirect-selection", selected.indirect_selection]
    build.outcome = invoke(
        [*arguments, *selection],
        Path(project.project_dir),
        target_path,
        manifest,
        build.take,
    )
    return build

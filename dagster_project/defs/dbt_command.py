"""A `dbt build` in the worker process, as Dagster's events while it runs."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from dagster_project.runtime.build_scope import BuildScope
from dagster_project.runtime.dbt_runner import (
    INCREMENTAL_SELECTION,
    WITHOUT_UNIT_TESTS,
    Outcome,
    Project,
    Result,
    run,
    selected_nodes,
)
from dagster_project.runtime.worker import worker


@dataclass
class DbtCommand:
    """A dbt command of one step, and how it ended. Without a `scope` it builds selected models."""

    manifest: Mapping[str, Any]
    translator: DagsterDbtTranslator
    project: DbtProject
    paths: Project
    selection: tuple[str, ...]
    scope: BuildScope | None = None
    outcome: Outcome | None = None

    @classmethod
    def of(
        cls, context: dg.AssetExecutionContext, project: DbtProject, scope: BuildScope | None
    ) -> "DbtCommand":
        """A command on what is selected in `context`."""
        chosen = get_updated_cli_invocation_params_for_context(context, {}, DagsterDbtTranslator())
        # A selection too long for a command line is in a copy of the project.
        found_in = chosen.dbt_project or project
        is_incremental = scope is BuildScope.INCREMENTAL
        selection = INCREMENTAL_SELECTION if is_incremental else tuple(chosen.selection_args)
        if chosen.indirect_selection:
            selection += ("--indirect-selection", chosen.indirect_selection)
        return cls(
            chosen.manifest,
            chosen.dagster_dbt_translator,
            found_in,
            Project(Path(found_in.project_dir)),
            (*selection, *WITHOUT_UNIT_TESTS),
            scope,
        )

    def outputs_left_out(self, selected: Set[dg.AssetKey]) -> list[dg.Output[None]]:
        """An output for every table in `selected` that this command leaves as it is."""
        built = worker.call(selected_nodes, self.paths, self.selection)
        made_from = {
            unique_id: node["depends_on"]["nodes"] if node["resource_type"] == "model" else []
            for unique_id, node in self.manifest["nodes"].items()
            if node["resource_type"] in ("model", "seed")
        }
        # Dagster takes a view only after what it is made from.
        ordered = TopologicalSorter(made_from).static_order()
        nodes = [each for each in ordered if each in made_from and each not in built]
        keys = [self.translator.get_asset_spec(self.manifest, each, self.project).key for each in nodes]
        return [
            dg.Output(None, key.to_python_identifier(), metadata={"unique_id": unique_id})
            for key, unique_id in zip(keys, nodes, strict=True)
            if key in selected
        ]

    def events(self, context: dg.AssetExecutionContext) -> Iterator[tuple[Result, Any]]:
        """Run it: an output of every model that is built and a result of every test, each when it has ended.

        dbt opens the warehouse itself and has closed it at the end.
        """
        for message in worker.stream(run, self.paths, ("build",), self.selection, self.scope):
            if isinstance(message, Outcome):
                self.outcome = message
            elif isinstance(message, Result):
                event = DbtCoreCliEventMessage(raw_event=dict(message.event), event_history_metadata={})
                for converted in event.to_default_asset_events(
                    self.manifest, self.translator, context, self.paths.compiled, self.project
                ):
                    yield message, converted
            else:
                print(message, flush=True)


class LeftOut:
    """Outputs of tables and views that a command leaves as they are, given in topological order.

    They are to come in the order in which Dagster takes them: each after what it is made from, before what
    is made from it.
    """

    def __init__(self, nodes: Mapping[str, Any], outputs: Iterable[dg.Output[None]]) -> None:
        self._nodes = nodes
        self._outputs = {str(output.metadata["unique_id"].value): output for output in outputs}

    def made_into(self, unique_id: str) -> Iterator[dg.Output[None]]:
        """Those that are still to come of what this node, which has been built or tested, is made from.

        What they themselves are made from has been built before it, and so has come.
        """
        for parent in self._nodes[unique_id]["depends_on"].get("nodes", ()):
            if parent in self._outputs:
                yield from self.made_into(parent)
                yield self._outputs.pop(parent)

    def rest(self) -> Iterator[dg.Output[None]]:
        """Those from which nothing was made."""
        while self._outputs:
            yield self._outputs.pop(next(iter(self._outputs)))

"""A `dbt build` in the process beside this one, as Dagster's events while it runs."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from dagster_project.runtime.dbt_runner import (
    CHANGES,
    WITHOUT_UNIT_TESTS,
    Outcome,
    Project,
    Result,
    run,
    taken_up,
)
from dagster_project.runtime.worker import beside


@dataclass
class Build:
    """A dbt command that runs for a step, and how it ended."""

    manifest: Mapping[str, Any]
    translator: DagsterDbtTranslator
    project: DbtProject
    places: Project
    selection: tuple[str, ...]
    outcome: Outcome | None = None

    @classmethod
    def of(cls, context: dg.AssetExecutionContext, project: DbtProject, is_of_changes: bool) -> "Build":
        """Of what is selected in `context`; of changes only where that is everything."""
        chosen = get_updated_cli_invocation_params_for_context(context, {}, DagsterDbtTranslator())
        # A selection too long for a command line is in a copy of the project.
        found_in = chosen.dbt_project or project
        selection = CHANGES if is_of_changes else tuple(chosen.selection_args)
        if chosen.indirect_selection:
            selection += ("--indirect-selection", chosen.indirect_selection)
        return cls(
            chosen.manifest,
            chosen.dagster_dbt_translator,
            found_in,
            Project(Path(found_in.project_dir)),
            (*selection, *WITHOUT_UNIT_TESTS),
        )

    def left(self, selected: Set[dg.AssetKey]) -> list[dg.Output[None]]:
        """An output of every table in `selected` that this build leaves as it is."""
        built = beside.call(taken_up, self.places, self.selection)
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

    def events(
        self, context: dg.AssetExecutionContext, arguments: tuple[str, ...]
    ) -> Iterator[tuple[Result, Any]]:
        """Run it: an output of every model that is built and a result of every test, each when it has ended.

        dbt opens the warehouse itself and has let go of it at the end.
        """
        for thing in beside.told(run, self.places, arguments, self.selection):
            if isinstance(thing, Outcome):
                self.outcome = thing
            elif isinstance(thing, Result):
                message = DbtCoreCliEventMessage(raw_event=dict(thing.event), event_history_metadata={})
                for event in message.to_default_asset_events(
                    self.manifest, self.translator, context, self.places.compiled, self.project
                ):
                    yield thing, event
            else:
                print(thing, flush=True)

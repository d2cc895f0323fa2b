"""Worlds that differ in what steps change, and the rows of the marts on steps that the project makes of each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from dagster_project.simulator.step_truth import TESTED
from dagster_project.simulator.truth import make_truth
from dagster_project.simulator.world import World, WorldConfig, make_world
from dagster_project.simulator.world.config import StepConfig
from dagster_project.simulator.world.effects import BROKEN_TEST, HOLDOUT, HOLDOUT_SHARE
from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.truth_worlds.raw_rows import raw_rows

MODELS: Final = ("rpt_step_impact", "rpt_experiments", "rpt_attribution")
FEED: Final = Feed("site", "site/*.csv", "csv", "UTC", {"occurred_at": "t"})
# Arms, weights and what decides, as planned.
PLANNED: Final = (
    (HOLDOUT, HOLDOUT, HOLDOUT_SHARE, "conversion"),
    (HOLDOUT, "treatment", 1 - HOLDOUT_SHARE, "conversion"),
    (BROKEN_TEST, "A", 0.5, "conversion"),
    (BROKEN_TEST, "B", 0.5, "conversion"),
)
# Others follow these in the visit, and would share their effect.
_WITHOUT_EFFECT: Final = {"feature_page_visit", "foundational_blog_read", "video_completion"}
_LEADING: Final = {"brand_story_video_view", "product_demo_video_view"}  # video_completion follows
# Each with two in three of the steps that may have one; the popular ones without are the distractors.
_RATIOS: Final = (0.4, 1.8, 2.4, 3.2)


@dataclass(frozen=True)
class StepWorld:
    name: str
    config: WorldConfig

    @property
    def is_confounded(self) -> bool:
        return bool(self.config.steps.confounding)


def step_world(number: int, persons: int, confounding: float = 0.0) -> StepWorld:
    """The world of that number: its effects, how soon persons leave and how often a step is offered."""
    draws = np.random.default_rng([number, 41])
    candidates = sorted(
        label
        for label, labels in TESTED.items()
        if labels == (label,) and label not in _WITHOUT_EFFECT | _LEADING
    )
    chosen = draws.choice(candidates, size=round(len(candidates) * 2 / 3), replace=False)
    steps = StepConfig(
        purchase_odds_ratios=tuple((label, float(draws.choice(_RATIOS))) for label in sorted(chosen.tolist())),
        step_odds=float(draws.choice([1.0, 2.0, 3.0])),
        dropout_days=float(draws.choice([30.0, 90.0, 170.0])),
        base_purchase=0.06,
        confounding=confounding,
        prize_hunters=0.0,
        treatment_odds_ratio=1.8,
    )
    name = f"{number}{', unmeasured confounder' if confounding else ''}"
    return StepWorld(name, WorldConfig(persons=persons, seed=1_000 + number, steps=steps))


def worlds(count: int, persons: int) -> list[StepWorld]:
    """`count` worlds without an unmeasured confounder, and one with."""
    return [*(step_world(number, persons) for number in range(count)), step_world(count, persons, 0.8)]


class Estimates:
    """The project, compiled once, and its rows of one world after another."""

    def __init__(self, home: Path) -> None:
        self._project = CompiledProject(home, [FEED])
        self._project.replace_seed("experiments", PLANNED)

    def of(self, world: StepWorld) -> duckdb.DuckDBPyConnection:
        """A connection with the marts as tables and the truth of the world in schema `truth`."""
        made = make_world(world.config)
        self._project.build(
            {**raw_rows(made), f"event_files__{FEED.name}": assignment_rows(made)}, *MODELS
        )
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        with duckdb.connect(str(self._project.path)) as warehouse:
            for model in MODELS:
                connection.register("given", warehouse.table(f"marts.{model}").to_arrow_table())
                connection.execute(f"create table {model} as from given")
        connection.execute("create schema truth")
        truth = make_truth(made)
        for name in ("step_effects", "experiment_effects", "ab_tests"):
            connection.register("given", truth[name])
            connection.execute(f"create table truth.{name} as from given")
        return connection


def assignment_rows(world: World) -> pa.Table:
    """The event file of who was given which arm."""
    found: dict[str, Any] = world.tables["assignments"].to_pydict()
    n = len(found["at"])
    return pa.table(
        {
            "event_name": ["experiment_assigned"] * n,
            "occurred_at": found["at"],
            "contact_key": found["contact_key"],
            "experiment": found["experiment"],
            "variant": found["variant"],
            "_is_repeated": [False] * n,
            "_ordinal": [1] * n,
            "_landed_file": ["site.csv"] * n,
        }
    )

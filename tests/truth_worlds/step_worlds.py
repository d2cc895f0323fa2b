"""Worlds that differ in what steps change, and what the project's marts on steps make of each."""

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
from dagster_project.simulator.world.effects import BEST_HOUR, BROKEN_TEST, HOLDOUT, HOLDOUT_SHARE
from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.truth_worlds.raw_rows import raw_rows

MODELS: Final = ("rpt_step_impact", "rpt_experiments", "rpt_send_times", "rpt_bottlenecks")
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
        purchase_odds_ratios=tuple(
            (label, float(draws.choice(_RATIOS))) for label in sorted(chosen.tolist())
        ),
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


STEP_ROWS: Final = """
    select
        truth.micro_conversion, estimand, is_planted, truth, truth.completers, verdict, q_value,
        e_value_of_interval,
        case when estimand = 'net_revenue' then difference else ratio end as estimate,
        case when estimand = 'net_revenue' then difference_lower else ratio_lower end as lower,
        case when estimand = 'net_revenue' then difference_upper else ratio_upper end as upper,
        (
            select ratio from marts.rpt_step_impact as naive
            where naive.micro_conversion = truth.micro_conversion and naive.method = 'naive'
        ) as naive
    from truth_steps as truth
    left join marts.rpt_step_impact as found
        on
            found.micro_conversion = truth.micro_conversion
            and found.outcome = case when estimand = 'net_revenue' then estimand else 'conversion' end
            and found.method = case when estimand = 'net_revenue' then 'landmark_7' else estimand end
    order by truth.micro_conversion, estimand
"""
EXPERIMENT_ROWS: Final = """
    select
        found.experiment, found.campaign_name, variant, metric, role, found.difference,
        difference_lower as lower, difference_upper as upper, verdict, truth.difference as truth
    from marts.rpt_experiments as found
    left join truth_experiments as truth using (experiment, metric)
    where (role = 'primary' or truth.difference is not null) and not is_control
    order by found.experiment, metric, variant
"""


# What else is planted in every world, and whether it is the first that the marts name.
FINDING_ROWS: Final = f"""
    select
        'best hour of sending' as figure,
        coalesce(bool_or(slice = '{BEST_HOUR:02.0f}:00'), false) as is_found
    from marts.rpt_send_times
    where slice_type = 'send_hour_of_day' and outcome = 'human_open' and evidence = 'randomised'
        and place_rank = 1
    union all
    select 'best hour of sending, said to be better', coalesce(bool_or(verdict = 'more'), false)
    from marts.rpt_send_times
    where slice_type = 'send_hour_of_day' and outcome = 'human_open' and evidence = 'randomised'
        and slice = '{BEST_HOUR:02.0f}:00'
    union all
    select 'bottleneck: checkout on phones is technical friction',
        coalesce(bool_or(bottleneck_type = 'technical_friction'), false)
    from marts.rpt_bottlenecks where from_step = 'checkout_start'
"""
TABLES: Final = {"steps": STEP_ROWS, "experiments": EXPERIMENT_ROWS, "findings": FINDING_ROWS}


class Estimates:
    """What a compiled project with the feed makes of one world after another, with the truth."""

    def __init__(self, project: CompiledProject) -> None:
        self._project = project
        self._project.replace_seed("experiments", PLANNED)

    @classmethod
    def at(cls, home: Path) -> "Estimates":
        return cls(CompiledProject(home, [FEED]))

    def of(self, world: StepWorld) -> dict[str, pa.Table]:
        """One row per step and estimand; per experiment, metric and arm; per other finding."""
        made = make_world(world.config)
        truth = make_truth(made)
        self._project.build({**raw_rows(made), f"event_files__{FEED.name}": assignment_rows(made)}, *MODELS)
        with duckdb.connect(str(self._project.path)) as connection:
            connection.register("truth_steps", truth["step_effects"])
            connection.register("truth_experiments", truth["experiment_effects"])
            named = f"select '{world.name}' as world, {world.is_confounded} as is_confounded, *"
            return {
                name: connection.sql(f"{named} from ({query})").to_arrow_table()
                for name, query in TABLES.items()
            }


# The waves of these newsletters are drawn at random per recipient.
_LETTERS: Final = tuple(f"Weekly letter {number}" for number in range(4, 10))


def _waves(world: World) -> pa.Table:
    """Newsletters as tests of their hour: who was drawn for which wave, a minute before it."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("actions", world.tables["email_actions"])
        connection.register("persons", world.tables["persons"])
        return connection.sql(
            """
            select
                'hour of ' || actions.campaign_name as experiment,
                strftime(actions."at" at time zone 'Europe/Tallinn', '%H') as variant,
                persons.contact_key, actions."at" - interval 1 minute as "at",
                actions.campaign_name as campaign
            from actions inner join persons using (email)
            where actions.action = 'send' and list_contains(?, actions.campaign_name)
            order by all
            """,
            params=[list(_LETTERS)],
        ).to_arrow_table()


def assignment_rows(world: World) -> pa.Table:
    """The event file of who was given which arm."""
    found: dict[str, Any] = pa.concat_tables(
        [world.tables["assignments"].drop_columns(["person_id"]), _waves(world)], promote_options="permissive"
    ).to_pydict()
    n = len(found["at"])
    return pa.table(
        {
            "event_name": ["experiment_assigned"] * n,
            "occurred_at": found["at"],
            "contact_key": found["contact_key"],
            "campaign": found["campaign"],
            "experiment": found["experiment"],
            "variant": found["variant"],
            "_is_repeated": [False] * n,
            "_ordinal": [1] * n,
            "_landed_file": ["site.csv"] * n,
        }
    )

"""What the project expects of its actions in a world, whom it exports, and what that brings."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dagster_project.publishing.audiences.export import export_audience
from dagster_project.publishing.audiences.importers import IMPORTERS
from dagster_project.settings import Settings
from dagster_project.simulator.world import World, make_world
from tests.dbt.compiled_project import CompiledProject
from tests.truth_worlds.action_worlds import FIRST_DAY, SECOND_DAY, ActionWorld, buyers, owners
from tests.truth_worlds.comparison import compared
from tests.truth_worlds.figures.audiences import audiences
from tests.truth_worlds.raw_rows import rows_until

Row = dict[str, Any]
MODELS: Final = ("dim_audiences", "rpt_experiments")
HOLDOUT_SHARE: Final = 0.5
ASSIGNMENT: Final = ("audience_id", "contact_key", "arm", "share", "assigned_at")
EXPECTED: Final = """
    select
        actions.rule_id, actions.status, actions.gain_is, actions.gain, actions.gain_lower,
        actions.gain_upper, actions.to_mail, actions.window_days, experiments.horizon_days,
        experiments.difference, experiments.verdict
    from marts.rpt_actions as actions
    left join marts.rpt_experiments as experiments
        on actions.audience_id = experiments.experiment and experiments.variant = 'treated'
        and experiments.metric = 'conversion'
    where actions.level = 'segment' and actions.persons > 0
    order by actions.rule_id
"""


# Whom an earlier export wrote to since they entered the segment, and did not move.
WRITTEN_AGAIN: Final = """
    select assignments.audience_id, contacts.email
    from raw._audience_assignments as assignments
    inner join pii.contacts as contacts using (contact_key)
    inner join intermediate.int_person_identifiers as identifiers
        on identifier_kind = 'contact_key' and identifier = contact_key
    inner join staging.action_rules as rules on audience_id = 'action.' || rule_id
    inner join marts.fct_person_segments as segments
        on rules.segment = segments.segment_id and identifiers.person_key = segments.person_key
    where arm = 'treated' and segments.is_current and assigned_at >= valid_from
"""


class ActionEstimates:
    """One compiled project, on one world after another; `withdraw` gives it its own seeds back."""

    def __init__(self, project: CompiledProject, home: Path) -> None:
        self._project, self._home = project, home
        self._rules = [
            dict(zip(self._columns("action_rules"), rule, strict=True))
            for rule in project.rows("select * from staging.action_rules order by rule_id")
        ]
        self.rules = [rule["rule_id"] for rule in self._rules if rule["segment"] != "campaign_level"]

    def of(self, world: ActionWorld) -> list[Row]:
        """One row per action and export: what was expected, and what the recipients did."""
        self._declare(world)
        rows: list[Row] = []
        home = self._home / f"{world.config.seed}"
        before, interventions, assigned = make_world(world.config), [], list[Row]()
        for wave, day in enumerate((FIRST_DAY, SECOND_DAY), 1):
            until = world.day(day)
            raw = {**rows_until(before, until), "raw._audience_assignments": assigned}
            self._project.build(raw, *MODELS, extracted_at=until)
            expected = self._query(EXPECTED)
            again = {(row["audience_id"], row["email"]) for row in self._query(WRITTEN_AGAIN)}
            exported = {
                row["rule_id"]: self._export(row["rule_id"], home, until) if row["to_mail"] else []
                for row in expected
            }
            interventions += [
                world.intervention(f"action-{wave}-{rule}", rule, day, addresses)
                for rule, addresses in exported.items()
                if addresses
            ]
            after = make_world(replace(world.config, interventions=tuple(interventions)))
            for row in expected:
                first = [
                    address
                    for address in exported[row["rule_id"]]
                    if row["gain_is"] != "measured" or (f"action.{row['rule_id']}", address) not in again
                ]
                persons = owners(after, first)
                row |= {"world": world.number, "wave": wave, "effect": world.effects[row["rule_id"]]}
                rows.append(
                    row | {"written_to": len(persons)} | _realised(row, persons, before, after, until)
                )
            before = after
            assigned = self._query(f"select {', '.join(ASSIGNMENT)} from raw._audience_assignments")
        return rows

    def members(self, world: ActionWorld) -> list[Row]:
        """Shares of members of the first day's audiences who truly are, and of true ones who are found."""
        self._declare(world)
        until = world.day(FIRST_DAY)
        self._project.build(rows_until(make_world(world.config), until), *MODELS, extracted_at=until)
        # DuckDB opens no file twice in one process.
        copy = self._home / "copy.duckdb"
        with self._project.connect() as connection:
            connection.execute("checkpoint")
        shutil.copy(self._project.path, copy)
        with compared(copy, world.config, (world.config.end + timedelta(days=7)).isoformat()) as connection:
            return [
                {
                    "world": world.number,
                    "name": found.name,
                    "n": found.n,
                    "hits": round(found.truth * found.n),
                }
                for found in audiences(connection)
            ]

    def withdraw(self) -> None:
        for seed in ("action_holdouts", "action_rejections"):
            self._project.replace_seed(seed, [])
        self._project.replace_seed("action_rules", [list(rule.values()) for rule in self._rules])

    def _declare(self, world: ActionWorld) -> None:
        """A holdout of half for each action, the target where the world has one, and what is rejected."""
        project = self._project
        project.replace_seed("action_holdouts", [(f"action.{rule}", HOLDOUT_SHARE) for rule in self.rules])
        project.replace_seed(
            "action_rejections", [(rule, None, None, "not wanted") for rule in world.rejected]
        )
        given = {"target": world.target, "target_source": "the world's own"} if world.target else {}
        project.replace_seed("action_rules", [list((rule | given).values()) for rule in self._rules])

    def _columns(self, seed: str) -> Sequence[str]:
        rows = self._project.rows(
            f"select column_name from duckdb_columns() where table_name = '{seed}' order by column_index"
        )
        return [name for (name,) in rows]

    def _query(self, query: str) -> list[Row]:
        with self._project.connect() as connection:
            return connection.sql(query).to_arrow_table().to_pylist()

    def _export(self, rule: str, home: Path, now: datetime) -> list[str]:
        with self._project.connect() as connection:
            done = export_audience(connection, Settings(home, now), f"action.{rule}", IMPORTERS["hubspot"])
        with done.path.open(encoding="utf-8", newline="") as file:
            return [row["Email"] for row in csv.DictReader(file)]


def _realised(row: Row, persons: set[int], before: World, after: World, since: datetime) -> Row:
    """Over the days of the holdout's conversions where one measured the action, else of the action's goal."""
    days = row["horizon_days"] if row["gain_is"] == "measured" else row["window_days"]
    until = since + timedelta(days=days)
    bought = {
        "with": len(buyers(after, since, until) & persons),
        "without": len(buyers(before, since, until) & persons),
    }
    return bought | {"realised": bought["with"] - bought["without"]}

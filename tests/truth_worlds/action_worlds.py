"""Worlds in which the project's own audiences are written to, and what it had expected of that.

A world goes on to a day; the project says what each action may bring, and exports half of each audience. The
world is made again with these e-mails and their effects, and once more for a second export, made when the
holdouts of the first can be read. What an action truly brought is the number of recipients who bought, less
that of the same persons in the same world without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import pyarrow.compute as pc

from dagster_project.simulator.world import World, WorldConfig
from dagster_project.simulator.world.config import Intervention, StepConfig

FIRST_DAY, SECOND_DAY, DAYS = 135, 151, 182
_OPEN_RATE: Final = 0.5
_EFFECT_DAYS: Final = 14
_NO_CLICKS: Final = 1e-6
# Of which each world rejects about half, so that their persons are left to others.
_LARGE: Final = ("never_opened", "opened_no_click", "clicked_no_conversion")


@dataclass(frozen=True)
class Effect:
    """What an action does in a world: to the odds of a purchase, and how many readers it brings to the site.

    `share` of the actions have it.
    """

    purchase_odds_ratio: float
    click_rate: float
    share: float


EFFECTS: Final = {
    "none": Effect(1.0, _NO_CLICKS, 0.1),
    "visits only": Effect(1.0, 0.3, 0.1),
    "some": Effect(2.0, 0.1, 0.15),
    "strong": Effect(5.0, 0.3, 0.25),
    "very strong": Effect(20.0, 0.6, 0.3),
    "harmful": Effect(0.3, _NO_CLICKS, 0.1),
}


@dataclass(frozen=True)
class ActionWorld:
    """A world, its effects by rule, and what its user wants.

    `target` is the rate that the user expects of each rule's goal; without one their own months decide.
    `rejected` are rules that the user does not want.
    """

    number: int
    config: WorldConfig
    effects: Mapping[str, str]
    target: float | None
    rejected: tuple[str, ...]

    def day(self, day: int) -> datetime:
        return self.config.start + timedelta(days=day)

    def intervention(self, name: str, rule: str, day: int, addresses: list[str]) -> Intervention:
        effect = EFFECTS[self.effects[rule]]
        return Intervention(
            name=name,
            day=day,
            addresses=tuple(sorted(addresses)),
            open_rate=_OPEN_RATE,
            click_rate=effect.click_rate,
            purchase_odds_ratio=effect.purchase_odds_ratio,
            days=_EFFECT_DAYS,
        )


def action_world(number: int, persons: int, rules: list[str]) -> ActionWorld:
    """The world of that number: its effects, how soon persons leave and how readily they buy."""
    draws = np.random.default_rng([number, 43])
    steps = StepConfig(
        dropout_days=float(draws.choice([170.0, 400.0, 1_000.0])),
        base_purchase=float(draws.choice([0.07, 0.15, 0.3])),
    )
    shares = [effect.share for effect in EFFECTS.values()]
    effects = {rule: str(draws.choice(list(EFFECTS), p=shares)) for rule in rules}
    config = WorldConfig(persons=persons, days=DAYS, seed=3_000 + number, steps=steps)
    target = float(draws.uniform(0.2, 0.6)) if number % 2 else None
    rejected = tuple(rule for rule in _LARGE if draws.random() < 0.5)
    return ActionWorld(number, config, effects, target, rejected)


def owners(world: World, addresses: list[str]) -> set[int]:
    """The persons to whom addresses belong."""
    persons = world.tables["persons"].select(["person_id", "email", "second_email"]).to_pylist()
    of = {
        row[name].casefold(): int(row["person_id"])
        for row in persons
        for name in ("email", "second_email")
        if row[name]
    }
    return {of[address.casefold()] for address in addresses}


def buyers(world: World, since: datetime, until: datetime) -> set[int]:
    """Who bought in a visit that a source can show."""
    hits = world.tables["web_events"]
    bought = hits.filter(
        pc.and_(
            pc.and_(hits["is_macro"], pc.is_valid(hits["client_id"])),
            pc.and_(pc.greater(hits["at"], since), pc.less_equal(hits["at"], until)),
        )
    )
    return set(bought["person_id"].to_pylist())

"""Experiments that an event file reports: a holdout with a true effect, and one with a broken assignment."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from dagster_project.simulator.world.chance import DAY, Flags, Ints, between
from dagster_project.simulator.world.clock import Clock
from dagster_project.simulator.world.codes import instants
from dagster_project.simulator.world.config import WorldConfig
from dagster_project.simulator.world.effects import (
    BROKEN_TEST,
    EXPERIMENT_DAY,
    HOLDOUT,
    HOLDOUT_SHARE,
    LOST_SHARE,
)
from dagster_project.simulator.world.persons import Addresses, Population
from dagster_project.simulator.world.schema import table

_SALT: Final = 29


@dataclass(frozen=True)
class Assignments:
    """Of everybody who may take part; its draws are its own, so that the rest of the world stays as it is."""

    person: Ints
    at: Ints
    is_treated: Flags
    is_in_b: Flags
    is_lost: Flags  # from arm B, before anybody counted
    treated_from: Ints  # by person of the world


def assign(config: WorldConfig, clock: Clock, population: Population, addresses: Addresses) -> Assignments:
    """Those on the list and with consent, in the hours of one day. Who is lost from B reads little."""
    rng = np.random.default_rng(np.random.SeedSequence([config.seed, _SALT, len(population)]))
    n = len(population)
    begin = int(clock.start + round(config.days * EXPERIMENT_DAY) * DAY)
    draws = rng.random((n, 2))
    at = begin + between(rng, 0, DAY, n)
    takes_part = (
        population.has_consent
        & (addresses.subscribed[:n] < begin)
        & (addresses.unsubscribed[:n] > begin)
        & (population.dropout > begin)
    )
    person = np.flatnonzero(takes_part)
    treated, in_b = draws[person, 0] >= HOLDOUT_SHARE, draws[person, 1] >= 0.5
    engagement = population.engagement[person]
    lost = in_b & (engagement < np.quantile(engagement, LOST_SHARE)) if len(person) else in_b
    treated_from = np.full(n, np.iinfo(np.int64).max)
    treated_from[person[treated]] = at[person[treated]]
    return Assignments(person, at[person], treated, in_b, lost, treated_from)


def assignments(found: Assignments, addresses: Addresses) -> pa.Table:
    """One row per experiment and person who was counted in it."""
    kept = ~found.is_lost
    person = np.concatenate([found.person, found.person[kept]])
    arms = [
        *("treatment" if treated else HOLDOUT for treated in found.is_treated),
        *("B" if in_b else "A" for in_b in found.is_in_b[kept]),
    ]
    return table(
        "assignments",
        {
            "experiment": [HOLDOUT] * len(found.person) + [BROKEN_TEST] * int(kept.sum()),
            "variant": arms,
            "person_id": person + 1,
            "contact_key": [addresses.key[index] for index in person],
            "at": instants(np.concatenate([found.at, found.at[kept]])),
        },
    )

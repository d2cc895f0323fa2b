"""The state of the simulation, which changes from day to day."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from dagster_project.simulator.world.campaigns import plan
from dagster_project.simulator.world.chance import Columns, Flags, Ints
from dagster_project.simulator.world.clock import Clock
from dagster_project.simulator.world.codes import NONE, Values
from dagster_project.simulator.world.config import WorldConfig
from dagster_project.simulator.world.experiments import Assignments, assign
from dagster_project.simulator.world.interventions import Interventions
from dagster_project.simulator.world.mailings import Calendar
from dagster_project.simulator.world.persons import DEVICE_SLOTS, Addresses, Population, make_population
from dagster_project.simulator.world.traffic import Traffic

# Selects one of many equally likely worlds for each seed, such that in the demo's world (2,000 persons,
# 90 days, seed 7) the test without an effect shows none. In some worlds it has a winner by chance.
_SALT: Final = 23
_PERSON: Final = 2**42  # person and instant in one number: milliseconds stay below it for a century


IMAGES_OFF: Final = 0.07  # of reads, or of persons


def _images_off(config: WorldConfig, persons: int) -> Flags:
    """Who never loads images, by draws of its own: the rest of the world stays as it is without."""
    draws = np.random.default_rng(np.random.SeedSequence([config.seed, _SALT, persons]))
    return np.asarray((draws.random(persons) < IMAGES_OFF) & config.images_off_by_person)


@dataclass(frozen=True)
class Visits:
    """Future visits. `address` is the recipient of the clicked e-mail, NONE otherwise."""

    person: Ints
    at: Ints
    source: Ints  # traffic code
    address: Ints

    def where(self, chosen: Flags) -> "Visits":
        return Visits(self.person[chosen], self.at[chosen], self.source[chosen], self.address[chosen])

    @staticmethod
    def join(parts: "list[Visits]") -> "Visits":
        empty = np.empty(0, dtype=np.int64)
        return Visits(
            *(
                np.concatenate([getattr(part, name) for part in parts] or [empty])
                for name in ("person", "at", "source", "address")
            )
        )


@dataclass(frozen=True)
class FlowSends:
    """Future flow e-mails; `since` is the instant of their trigger."""

    flow: str
    address: Ints
    at: Ints
    since: Ints


@dataclass
class State:
    config: WorldConfig
    clock: Clock
    rng: np.random.Generator
    population: Population
    addresses: Addresses
    calendar: Calendar
    traffic: Traffic
    values: Values
    done: dict[str, Flags]
    purchases: Ints
    client_seen: Flags
    forwards: Ints
    last_sent: Ints  # by address
    images_off: Flags  # of persons who never load images
    assigned: Assignments
    interventions: Interventions
    actions: Columns = field(default_factory=Columns)
    reads: Columns = field(default_factory=Columns)
    sessions: Columns = field(default_factory=Columns)
    events: Columns = field(default_factory=Columns)
    chances: Columns = field(default_factory=Columns)
    session_count: int = 0
    visits: list[Visits] = field(default_factory=list)
    flow_sends: list[FlowSends] = field(default_factory=list)
    _purchases: list[Ints] = field(default_factory=list)

    @classmethod
    def begin(cls, config: WorldConfig) -> "State":
        seeds = np.random.SeedSequence([config.seed, _SALT]).spawn(3)
        people, letters, course = (np.random.default_rng(seed) for seed in seeds)
        clock = Clock(config)
        population, addresses = make_population(config, clock, people)
        calendar = plan(config, clock, letters)
        interventions = Interventions(config, clock, addresses, calendar)
        n = len(population)
        return cls(
            config=config,
            clock=clock,
            rng=course,
            population=population,
            addresses=addresses,
            calendar=calendar,
            traffic=Traffic(calendar),
            values=Values(calendar),
            done={key: np.zeros(n, dtype=np.bool_) for key, _ in config.steps.purchase_odds_ratios},
            purchases=np.zeros(n, dtype=np.int64),
            client_seen=np.zeros(n * DEVICE_SLOTS, dtype=np.bool_),
            images_off=_images_off(config, n),
            assigned=assign(config, clock, population, addresses),
            interventions=interventions,
            last_sent=np.full(len(addresses), NONE, dtype=np.int64),
            forwards=np.zeros(len(calendar.mailings), dtype=np.int64),
        )

    def log(self, at: Ints, address: Ints, action: int, **columns: Any) -> None:
        """Append rows to the ESP's action log; columns that are not given are null."""
        row: dict[str, Any] = {
            "mailing": NONE, "section": NONE, "value": NONE, "link": NONE, "micro": NONE,
            "actor": NONE, "is_machine": False, "is_forwarded": False,
        }  # fmt: skip
        self.actions.add(len(at), at=at, address=address, action=action, **{**row, **columns})

    def record_purchases(self, person: Ints, at: Ints) -> None:
        self._purchases.append(person * _PERSON + at)
        np.add.at(self.purchases, person, 1)

    def bought_between(self, person: Ints, since: Ints, until: Ints) -> Flags:
        """Whether each person bought anything from `since` to `until`."""
        bought = np.sort(np.concatenate([*self._purchases, np.empty(0, dtype=np.int64)]))
        before = np.searchsorted(bought, person * _PERSON + since)
        return np.asarray(np.searchsorted(bought, person * _PERSON + until, side="right") > before)

    def take_visits(self, until: int) -> Visits:
        """Remove and return the waiting visits that begin before `until`."""
        waiting = Visits.join(self.visits)
        is_due = waiting.at < until
        self.visits = [waiting.where(~is_due)]
        return waiting.where(is_due)

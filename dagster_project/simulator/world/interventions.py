"""What is done about some persons: an e-mail to their addresses, and its effect on whether they buy."""

from collections.abc import Iterator

import numpy as np

from dagster_project.simulator.world.chance import DAY, HOUR, MINUTE, NEVER, Floats, Ints
from dagster_project.simulator.world.clock import HOME, Clock
from dagster_project.simulator.world.config import Intervention, WorldConfig
from dagster_project.simulator.world.mailings import Calendar, Mailing
from dagster_project.simulator.world.persons import Addresses

_HOUR_OF_SENDING = 9


class Interventions:
    """Of a world; their e-mails come after all others, so that the codes of these stay as they are."""

    def __init__(self, config: WorldConfig, clock: Clock, addresses: Addresses, calendar: Calendar) -> None:
        self._all = config.interventions
        self._addresses = [_indices(addresses, intervention) for intervention in self._all]
        self._sent = [
            int(clock.local(HOME, intervention.day, _HOUR_OF_SENDING * HOUR)) for intervention in self._all
        ]
        self._mailings = [_mailing(intervention, calendar, clock) for intervention in self._all]
        self._treated_from = [
            _treated_from(*given, addresses) for given in zip(self._addresses, self._sent, strict=True)
        ]

    def on(self, day: int) -> Iterator[tuple[Mailing, Ints, Ints]]:
        """E-mail, addresses and instants of what is sent on a day."""
        for number, intervention in enumerate(self._all):
            if intervention.day == day:
                address = self._addresses[number]
                yield self._mailings[number], address, np.full(len(address), self._sent[number])

    def log_odds(self, person: Ints, at: Ints) -> Floats:
        """What those so far add to the log odds of a purchase in each visit."""
        total = np.zeros(len(person))
        for intervention, treated_from in zip(self._all, self._treated_from, strict=True):
            since = at - treated_from[person]
            is_treated = (since > 0) & (since <= intervention.days * DAY)
            total += np.log(intervention.purchase_odds_ratio) * is_treated
        return total


def _indices(addresses: Addresses, intervention: Intervention) -> Ints:
    index = {email.casefold(): number for number, email in enumerate(addresses.email)}
    return np.array([index[email.casefold()] for email in intervention.addresses], dtype=np.int64)


def _mailing(intervention: Intervention, calendar: Calendar, clock: Clock) -> Mailing:
    links = [("cta", intervention.path)]
    return calendar.add(
        Mailing(
            index=len(calendar.mailings),
            name=intervention.name,
            slug=intervention.name,
            kind="flow",
            tags=("action",),
            goal=None,
            sections=(calendar.section(intervention.name, "For you", "Have a look", links),),
            open_rate=intervention.open_rate,
            click_rate=intervention.click_rate,
            created=int(clock.local(HOME, intervention.day, MINUTE)),
            trigger="audience",
        )
    )


def _treated_from(address: Ints, sent: int, addresses: Addresses) -> Ints:
    """By person; NEVER for whom nothing is sent."""
    found = np.full(addresses.persons, NEVER)
    found[addresses.person[address]] = sent
    return found

"""Readers' reactions to an e-mail: click, manage preferences, unsubscribe, complain, forward."""

from dataclasses import dataclass

import numpy as np

from dagster_project.simulator.world.chance import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Ints,
    between,
    choose,
    happens,
    is_first_of,
    logit,
    sigmoid,
    spread,
)
from dagster_project.simulator.world.codes import (
    CLICK,
    COMPLAINT,
    MICRO,
    MODIFY,
    OPTOUT,
    click_meaning,
)
from dagster_project.simulator.world.mailings import ROLE_WEIGHTS, Mailing
from dagster_project.simulator.world.state import State, Visits

_SECOND_CLICK = 0.12
_LEAVES = 0.0085  # of those who read: about 0.2 % of the delivered
_COMPLAINS = 0.0008
_FORWARDS = 0.012


@dataclass(frozen=True)
class Readers:
    """The human readers of an e-mail, with the time they read it."""

    address: Ints
    person: Ints
    arm: Ints
    at: Ints


def click(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
    rng, n = state.rng, len(readers.at)
    appeal = logit(mailing.click_rate) + 0.3 * state.population.engagement[readers.person]
    appeal = appeal + np.log(mailing.click_odds_b) * (readers.arm == 1)
    clicks = happens(rng, sigmoid(appeal), n)
    at = readers.at + spread(rng, 25 * SECOND, 0.8, n)
    again = clicks & happens(rng, _SECOND_CLICK, n)
    later = at + spread(rng, 70 * SECOND, 0.8, n)
    for chosen, when, is_first in ((clicks, at, True), (again, later, False)):
        for position, part in enumerate(mailing.sections):
            here = chosen & (readers.arm == position) & (when < state.clock.end)
            weights = [ROLE_WEIGHTS[link.role] for link in part.links]
            picked = choose(rng, weights, int(here.sum()))
            keys = np.array([MICRO[click_meaning(mailing, link, is_first)] for link in part.links])
            links = np.array([link.index for link in part.links])[picked]
            actor = readers.person[here]
            record_clicks(
                state,
                mailing,
                section[position],
                readers.address[here],
                actor,
                when[here],
                links,
                keys[picked],
            )
            _manage_preferences(state, readers.address[here], when[here], picked, mailing, position)


def record_clicks(
    state: State,
    mailing: Mailing,
    section: int,
    address: Ints,
    actor: Ints,
    at: Ints,
    link: Ints,
    key: Ints,
    is_forwarded: bool = False,
) -> None:
    """Log human clicks, and start a visit for those that lead to the site."""
    state.log(
        at,
        address,
        CLICK,
        mailing=mailing.index,
        section=section,
        value=state.values.of_links(link),
        link=link,
        micro=key,
        actor=actor,
        is_forwarded=is_forwarded,
    )
    on_site = np.array([item.path is not None for item in state.calendar.links])[link]
    arrives = on_site & happens(state.rng, 0.97, len(at))
    start = at + between(state.rng, 600, 4 * SECOND, len(at))
    state.visits.append(
        Visits(actor[arrives], start[arrives], state.traffic.first_email + link[arrives], address[arrives])
    )


def _manage_preferences(
    state: State, address: Ints, at: Ints, picked: Ints, mailing: Mailing, position: int
) -> None:
    """Of those who open the preference page a third changes something, a quarter unsubscribes."""
    roles = [link.role for link in mailing.sections[position].links]
    visits = np.flatnonzero(picked == roles.index("preferences"))
    draw = state.rng.random(len(visits))
    changes = visits[draw < 0.35]
    texts = [
        f'{{"email": "{state.addresses.email[who]}", "topics": "offers", "frequency": "weekly"}}'
        for who in address[changes]
    ]
    when = at[changes] + between(state.rng, 20 * SECOND, 3 * MINUTE, len(changes))
    state.log(when, address[changes], MODIFY, value=state.values.of_changes(texts))
    leaves = visits[draw > 0.75]
    when = at[leaves] + between(state.rng, 10 * SECOND, MINUTE, len(leaves))
    _opt_out(state, mailing, mailing.sections[position].index, address[leaves], when)


def _opt_out(state: State, mailing: Mailing, section: Ints | int, address: Ints, at: Ints) -> None:
    """An address unsubscribes once, after the last e-mail already sent; shared mailboxes never do."""
    at = np.maximum(at, state.last_sent[address] + 30 * SECOND)
    is_on = (state.addresses.unsubscribed[address] > at) & (at < state.clock.end) & is_first_of(address)
    is_on &= ~state.addresses.is_shared(address)
    section = np.broadcast_to(section, len(at))[is_on]
    address, at = address[is_on], at[is_on]
    actor = state.addresses.person[address]
    key = MICRO["unsubscribe"]
    state.log(at, address, OPTOUT, mailing=mailing.index, section=section, micro=key, actor=actor)
    state.addresses.unsubscribed[address] = at


def unsubscribe_or_complain(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
    rng, n = state.rng, len(readers.at)
    complains = happens(rng, _COMPLAINS, n) & (state.addresses.unsubscribed[readers.address] > readers.at)
    complains &= ~state.addresses.is_shared(readers.address)
    leaves = happens(rng, _LEAVES, n) | complains
    at = readers.at + between(rng, 15 * SECOND, 2 * MINUTE, n)
    complains &= at < state.clock.end
    state.log(
        at[complains],
        readers.address[complains],
        COMPLAINT,
        mailing=mailing.index,
        section=section[readers.arm[complains]],
        micro=MICRO["spam_complaint"],
        actor=readers.person[complains],
    )
    _opt_out(state, mailing, section[readers.arm[leaves]], readers.address[leaves], at[leaves] + SECOND)


def forward(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
    """A reader forwards the e-mail; half of the friends click, each on the friend's device."""
    if not state.config.has_forwards:
        return
    rng = state.rng
    chosen = np.flatnonzero(happens(rng, _FORWARDS, len(readers.at)))
    state.forwards[mailing.index] += len(chosen)
    chosen = chosen[happens(rng, 0.5, len(chosen))]
    friend = rng.integers(0, len(state.population), len(chosen))
    at = readers.at[chosen] + between(rng, HOUR, 2 * DAY, len(chosen))
    address = readers.address[chosen]
    is_there = (
        (friend != readers.person[chosen])
        & (state.population.created[friend] < at)
        & (state.population.dropout[friend] > at)
        & (at < state.clock.end)
    )
    chosen, friend, at, address = chosen[is_there], friend[is_there], at[is_there], address[is_there]
    for position, part in enumerate(mailing.sections):
        here = readers.arm[chosen] == position
        link = part.links[0]
        key = np.full(int(here.sum()), MICRO[click_meaning(mailing, link, False)])
        links = np.full(int(here.sum()), link.index)
        record_clicks(
            state, mailing, section[position], address[here], friend[here], at[here], links, key, True
        )

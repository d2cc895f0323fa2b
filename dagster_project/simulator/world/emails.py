"""Sending one e-mail to many addresses, and what comes back: bounces, opens, clicks, departures."""

from dataclasses import dataclass

import numpy as np

from dagster_project.simulator.world.campaigns import ROLE_WEIGHTS, Mailing
from dagster_project.simulator.world.chance import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Flags,
    Ints,
    between,
    choose,
    happens,
    logit,
    sigmoid,
    spread,
)
from dagster_project.simulator.world.effects import send_hour_logit
from dagster_project.simulator.world.machines import prefetch, scan
from dagster_project.simulator.world.state import State, Visits
from dagster_project.simulator.world.words import (
    BOUNCE,
    CLICK,
    COMPLAINT,
    HARD,
    MICRO,
    MODIFY,
    OPTOUT,
    SEND,
    SOFT,
    VIEW,
    click_meaning,
    reader_agents,
)

_LOAD_IMAGES = 0.93  # the others read without the pixel being fetched
_REPEATS = 0.14
_SECOND_CLICK = 0.12
_LEAVES = 0.0085  # of those who read: about 0.2 % of the delivered
_COMPLAINS = 0.0008
_FORWARDS = 0.012


@dataclass(frozen=True)
class Readers:
    """Those who read the e-mail themselves, and when."""

    address: Ints
    person: Ints
    arm: Ints
    at: Ints


def deliver(state: State, mailing: Mailing, address: Ints, sent: Ints, arm: Ints) -> None:
    """Send to every address that may be sent to, and let its owner respond."""
    may = (
        (state.addresses.subscribed[address] <= sent)
        & (state.addresses.unsubscribed[address] > sent)
        & (state.addresses.suppressed[address] > sent)
        & (sent < state.clock.end)
    )
    address, sent, arm = address[may], sent[may], arm[may]
    section = np.array([s.index for s in mailing.sections], dtype=np.int64)
    state.log(sent, address, SEND, mailing=mailing.index, section=section[arm])
    is_delivered = _bounce(state, mailing, address, sent, section[arm])
    address, sent, arm = address[is_delivered], sent[is_delivered], arm[is_delivered]
    prefetch(state, mailing, address, sent, section[arm])
    scan(state, mailing, address, sent, arm)
    readers = _read(state, mailing, address, sent, arm)
    _show(state, mailing, readers, section)
    _click(state, mailing, readers, section)
    _depart(state, mailing, readers, section)
    _forward(state, mailing, readers, section)


def _bounce(state: State, mailing: Mailing, address: Ints, sent: Ints, section: Ints) -> Flags:
    rng, n = state.rng, len(address)
    is_hard = state.addresses.is_invalid[address] & happens(rng, 0.9, n)
    is_soft = ~is_hard & happens(rng, 0.005, n)
    for bounced, code, key in ((is_hard, HARD, "hard_bounce"), (is_soft, SOFT, "soft_bounce")):
        at = sent[bounced] + between(rng, 2 * SECOND, 10 * MINUTE, int(bounced.sum()))
        state.log(
            at,
            address[bounced],
            BOUNCE,
            mailing=mailing.index,
            section=section[bounced],
            value=state.values.of_bounce(code),
            micro=MICRO[key],
        )
    state.addresses.suppressed[address[is_hard]] = sent[is_hard] + 1
    return ~(is_hard | is_soft)


def _read(state: State, mailing: Mailing, address: Ints, sent: Ints, arm: Ints) -> Readers:
    rng, n = state.rng, len(address)
    person = state.addresses.person[address]
    zone = state.population.zone[person]
    appeal = logit(mailing.open_rate) + 0.8 * state.population.engagement[person]
    appeal = appeal + send_hour_logit(state.clock.local_hour(zone, sent))
    appeal = appeal - 1.0 * (address >= len(state.population))  # second addresses are looked at less
    at = sent + spread(rng, 95 * MINUTE, 1.5, n)
    hour = state.clock.local_hour(zone, at)
    sleeps = (hour < 6) & happens(rng, 0.8, n)
    at = at + np.where(sleeps, ((6 - hour) * HOUR).astype(np.int64) + between(rng, 0, 2 * HOUR, n), 0)
    reads = (
        happens(rng, sigmoid(appeal), n) & (at < state.population.dropout[person]) & (at < state.clock.end)
    )
    return Readers(address[reads], person[reads], arm[reads], at[reads])


def _show(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
    """Pixel loads by the readers. Apple's proxy has its users' pixels already, so theirs stay unseen."""
    rng, n = state.rng, len(readers.at)
    is_proxied = state.population.uses_mpp[readers.person] & (readers.address < len(state.population))
    shows = ~is_proxied & happens(rng, _LOAD_IMAGES, n)
    first = MICRO["promotional_offer_open" if "promotion" in mailing.tags else "email_open"]
    again = shows & happens(rng, _REPEATS, n)
    for chosen, delay, key in (
        (shows, np.zeros(n, dtype=np.int64), first),
        (again, spread(rng, 9 * HOUR, 1.0, n), MICRO["repeat_email_open"]),
    ):
        at = readers.at + delay
        chosen = chosen & (at < state.clock.end) & (at < state.population.dropout[readers.person])
        person = readers.person[chosen]
        agents = reader_agents(rng, state.population.provider[person], state.population.zone[person])
        state.log(
            at[chosen],
            readers.address[chosen],
            VIEW,
            mailing=mailing.index,
            section=section[readers.arm[chosen]],
            value=agents,
            micro=key,
            actor=person,
        )


def _click(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
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
    state: State, mailing: Mailing, section: int, address: Ints, actor: Ints, at: Ints, link: Ints, key: Ints
) -> None:
    """Log human clicks and let those that stay on the site become visits."""
    is_forwarded = state.addresses.person[address] != actor
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
    """Of those who open the preference page a third change something, a quarter leaves."""
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
    """An address leaves once: later requests find it gone."""
    is_on = (state.addresses.unsubscribed[address] > at) & (at < state.clock.end)
    section = np.broadcast_to(section, len(at))[is_on]
    address, at = address[is_on], at[is_on]
    actor = state.addresses.person[address]
    key = MICRO["unsubscribe"]
    state.log(at, address, OPTOUT, mailing=mailing.index, section=section, micro=key, actor=actor)
    state.addresses.unsubscribed[address] = at


def _depart(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
    rng, n = state.rng, len(readers.at)
    complains = happens(rng, _COMPLAINS, n) & (state.addresses.unsubscribed[readers.address] > readers.at)
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


def _forward(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
    """A reader passes the e-mail on; half of the friends click, on a device of their own."""
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
        record_clicks(state, mailing, section[position], address[here], friend[here], at[here], links, key)

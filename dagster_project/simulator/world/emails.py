"""Sending one e-mail to many addresses: bounces, machine opens, and human readers with their times."""

import numpy as np

from dagster_project.simulator.world.chance import (
    HOUR,
    MINUTE,
    SECOND,
    Flags,
    Ints,
    between,
    happens,
    logit,
    sigmoid,
    spread,
)
from dagster_project.simulator.world.codes import (
    BOUNCE,
    HARD,
    MICRO,
    SEND,
    SOFT,
    VIEW,
    reader_agents,
)
from dagster_project.simulator.world.effects import send_hour_logit
from dagster_project.simulator.world.machines import prefetch, scan
from dagster_project.simulator.world.mailings import Mailing
from dagster_project.simulator.world.responses import Readers, click, forward, unsubscribe_or_complain
from dagster_project.simulator.world.state import IMAGES_OFF, State

_REPEATS = 0.14


def deliver(state: State, mailing: Mailing, address: Ints, sent: Ints, arm: Ints) -> None:
    """Send to every address that may receive it, and simulate the reactions."""
    may = (
        (state.addresses.subscribed[address] <= sent)
        & (state.addresses.unsubscribed[address] > sent)
        & (state.addresses.suppressed[address] > sent)
        & (sent < state.clock.end)
    )
    address, sent, arm = address[may], sent[may], arm[may]
    section = np.array([s.index for s in mailing.sections], dtype=np.int64)
    np.maximum.at(state.last_sent, address, sent)
    state.log(sent, address, SEND, mailing=mailing.index, section=section[arm])
    is_delivered = _bounce(state, mailing, address, sent, section[arm])
    address, sent, arm = address[is_delivered], sent[is_delivered], arm[is_delivered]
    prefetch(state, mailing, address, sent, section[arm])
    scan(state, mailing, address, sent, arm)
    readers = _read(state, mailing, address, sent, arm)
    _load_pixels(state, mailing, readers, section)
    click(state, mailing, readers, section)
    unsubscribe_or_complain(state, mailing, readers, section)
    forward(state, mailing, readers, section)


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


def _expand_shared_mailboxes(
    state: State, address: Ints, sent: Ints, arm: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Address, possible reader, send and variant: one row per address, or per colleague if it is shared."""
    addresses, is_shared = state.addresses, state.addresses.is_shared(address)
    own, shared = np.flatnonzero(~is_shared), np.flatnonzero(is_shared)
    colleagues = addresses.colleagues[address[shared] - addresses.persons]
    row = np.concatenate([own, np.repeat(shared, colleagues.shape[1])])
    person = np.concatenate([addresses.person[address[own]], colleagues.reshape(-1)])
    return address[row], person, sent[row], arm[row]


def _read(state: State, mailing: Mailing, address: Ints, sent: Ints, arm: Ints) -> Readers:
    address, person, sent, arm = _expand_shared_mailboxes(state, address, sent, arm)
    rng, n = state.rng, len(address)
    zone = state.population.zone[person]
    appeal = logit(mailing.open_rate) + 0.8 * state.population.engagement[person]
    appeal = appeal + send_hour_logit(state.clock.local_hour(zone, sent))
    # Second addresses are read less, shared mailboxes more.
    is_own, is_shared = address < state.addresses.persons, state.addresses.is_shared(address)
    appeal = appeal + np.select([is_own, is_shared], [0.0, 0.8], -1.0)
    appeal = appeal + np.log(state.config.proxy_read_odds) * (state.population.uses_mpp[person] & is_own)
    at = sent + spread(rng, 95 * MINUTE, 1.5, n)
    hour = state.clock.local_hour(zone, at)
    sleeps = (hour < 6) & happens(rng, 0.8, n)
    at = at + np.where(sleeps, ((6 - hour) * HOUR).astype(np.int64) + between(rng, 0, 2 * HOUR, n), 0)
    is_there = (at > state.population.created[person]) & (at < state.population.dropout[person])
    reads = happens(rng, sigmoid(appeal), n) & is_there & (at < state.clock.end)
    return Readers(address[reads], person[reads], arm[reads], at[reads])


def _load_pixels(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
    """Pixel loads by human readers, except users of Apple's proxy, which already fetched their pixels."""
    rng, n = state.rng, len(readers.at)
    is_proxied = state.population.uses_mpp[readers.person] & (readers.address < len(state.population))
    shows = happens(rng, 1 - IMAGES_OFF, n)
    if state.config.images_off_by_person:
        shows = ~state.images_off[readers.person]
    shows = shows & ~is_proxied
    state.reads.add(
        n,
        at=readers.at,
        address=readers.address,
        person=readers.person,
        mailing=mailing.index,
        section=section[readers.arm],
        loads_images=shows,
        is_proxied=is_proxied,
    )
    again = shows & happens(rng, _REPEATS, n)
    for chosen, delay in ((shows, np.zeros(n, dtype=np.int64)), (again, spread(rng, 9 * HOUR, 1.0, n))):
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
            actor=person,
        )

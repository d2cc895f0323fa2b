"""Sending one e-mail to many addresses: bounces, machines, and who reads it when."""

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
from dagster_project.simulator.world.effects import send_hour_logit
from dagster_project.simulator.world.machines import prefetch, scan
from dagster_project.simulator.world.mailings import Mailing
from dagster_project.simulator.world.responses import Readers, click, depart, forward
from dagster_project.simulator.world.state import State
from dagster_project.simulator.world.words import (
    BOUNCE,
    HARD,
    MICRO,
    SEND,
    SOFT,
    VIEW,
    reader_agents,
)

_LOAD_IMAGES = 0.93  # the others read without the pixel being fetched
_REPEATS = 0.14


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
    np.maximum.at(state.last_sent, address, sent)
    state.log(sent, address, SEND, mailing=mailing.index, section=section[arm])
    is_delivered = _bounce(state, mailing, address, sent, section[arm])
    address, sent, arm = address[is_delivered], sent[is_delivered], arm[is_delivered]
    prefetch(state, mailing, address, sent, section[arm])
    scan(state, mailing, address, sent, arm)
    readers = _read(state, mailing, address, sent, arm)
    _show(state, mailing, readers, section)
    click(state, mailing, readers, section)
    depart(state, mailing, readers, section)
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


def _hand_round(state: State, address: Ints, sent: Ints, arm: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Address, possible reader, send and variant: one row each, per colleague at shared ones."""
    addresses, is_shared = state.addresses, state.addresses.is_shared(address)
    own, shared = np.flatnonzero(~is_shared), np.flatnonzero(is_shared)
    colleagues = addresses.colleagues[address[shared] - addresses.persons]
    row = np.concatenate([own, np.repeat(shared, colleagues.shape[1])])
    person = np.concatenate([addresses.person[address[own]], colleagues.reshape(-1)])
    return address[row], person, sent[row], arm[row]


def _read(state: State, mailing: Mailing, address: Ints, sent: Ints, arm: Ints) -> Readers:
    address, person, sent, arm = _hand_round(state, address, sent, arm)
    rng, n = state.rng, len(address)
    zone = state.population.zone[person]
    appeal = logit(mailing.open_rate) + 0.8 * state.population.engagement[person]
    appeal = appeal + send_hour_logit(state.clock.local_hour(zone, sent))
    # Second addresses are looked at less; a shared mailbox is somebody's duty.
    is_own, is_shared = address < state.addresses.persons, state.addresses.is_shared(address)
    appeal = appeal + np.select([is_own, is_shared], [0.0, 0.8], -1.0)
    at = sent + spread(rng, 95 * MINUTE, 1.5, n)
    hour = state.clock.local_hour(zone, at)
    sleeps = (hour < 6) & happens(rng, 0.8, n)
    at = at + np.where(sleeps, ((6 - hour) * HOUR).astype(np.int64) + between(rng, 0, 2 * HOUR, n), 0)
    is_there = (at > state.population.created[person]) & (at < state.population.dropout[person])
    reads = happens(rng, sigmoid(appeal), n) & is_there & (at < state.clock.end)
    return Readers(address[reads], person[reads], arm[reads], at[reads])


def _show(state: State, mailing: Mailing, readers: Readers, section: Ints) -> None:
    """Pixel loads by the readers. Apple's proxy has its users' pixels already, so theirs stay unseen."""
    rng, n = state.rng, len(readers.at)
    is_proxied = state.population.uses_mpp[readers.person] & (readers.address < len(state.population))
    shows = ~is_proxied & happens(rng, _LOAD_IMAGES, n)
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

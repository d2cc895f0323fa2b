"""What machines do with a delivered e-mail: Apple's privacy proxy and security scanners."""

import numpy as np

from dagster_project.simulator.world.chance import MINUTE, SECOND, Ints, between, happens, spread
from dagster_project.simulator.world.codes import CLICK, VIEW, mpp_agents
from dagster_project.simulator.world.mailings import Mailing
from dagster_project.simulator.world.state import State

_SCANS = 0.3  # of the e-mails to an address behind a scanner
_LINK_SCANNED = 0.92


def prefetch(state: State, mailing: Mailing, address: Ints, sent: Ints, section: Ints) -> None:
    """Apple Mail Privacy Protection fetches the pixel of every e-mail, minutes to hours after delivery."""
    is_own = address < len(state.population)
    mpp = is_own & state.population.uses_mpp[state.addresses.person[address]]
    size = int(mpp.sum())
    at = sent[mpp] + spread(state.rng, 25 * MINUTE, 1.3, size)
    inside = at < state.clock.end
    state.log(
        at[inside],
        address[mpp][inside],
        VIEW,
        mailing=mailing.index,
        section=section[mpp][inside],
        value=mpp_agents(state.rng, int(inside.sum())),
        is_machine=True,
    )


def scan(state: State, mailing: Mailing, address: Ints, sent: Ints, arm: Ints) -> None:
    """A scanner follows nearly all links within ten seconds, shortly after the send, without a visit."""
    rng = state.rng
    is_own = address < len(state.population)
    behind = is_own & state.population.behind_scanner[state.addresses.person[address]]
    behind &= happens(rng, _SCANS, len(address))
    for position, part in enumerate(mailing.sections):
        chosen = np.flatnonzero(behind & (arm == position))
        begin = sent[chosen] + between(rng, 2 * SECOND, 40 * SECOND, len(chosen))
        links = np.array([link.index for link in part.links])
        row = np.repeat(np.arange(len(chosen)), len(links))
        link = np.tile(links, len(chosen))
        # The first link is always followed, so that no scan is empty.
        follows = happens(rng, _LINK_SCANNED, len(row)) | (link == links[0])
        row, link = row[follows], link[follows]
        at = begin[row] + between(rng, 0, 9 * SECOND, len(row))
        inside = at < state.clock.end
        state.log(
            at[inside],
            address[chosen][row][inside],
            CLICK,
            mailing=mailing.index,
            section=part.index,
            value=state.values.of_links(link[inside]),
            link=link[inside],
            is_machine=True,
        )

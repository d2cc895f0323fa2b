"""Visits to the site: from the visitor's activities to single hits with their instants."""

from typing import Final

import numpy as np

from dagster_project.simulator.world import content
from dagster_project.simulator.world.behaviour import Parts, decide
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
    spread,
)
from dagster_project.simulator.world.clock import HOME
from dagster_project.simulator.world.codes import CREATE, MICRO, OPTIN
from dagster_project.simulator.world.persons import DEVICE_SLOTS
from dagster_project.simulator.world.state import FlowSends, State, Visits
from dagster_project.simulator.world.steps import SHUFFLED, STEPS

# Relative number of visits by local hour: before work, at lunch, and most in the evening.
_HOURS: Final = (14, 6, 3, 2, 2, 6, 26, 34, 30, 30, 34, 36, 44, 46, 42, 36, 34, 36, 42, 54, 66, 60, 48, 38)
_LONGEST_GAP: Final = 29 * MINUTE
_TIMEOUT: Final = 30 * MINUTE
_STEP: Final = {name: index for index, name in enumerate(f"{s.part}.{s.event}" for s in STEPS)}
PURCHASE_STEP: Final = _STEP["purchase.purchase"]
SIGNUP_STEP: Final = _STEP["signup.sign_up"]
CART_STEP: Final = _STEP["cart.add_to_cart"]
LOGIN_STEP: Final = _STEP["login.login"]
_SECONDS: Final = np.array([step.seconds for step in STEPS])
_IS_VIEW_OF: Final = np.array([-1 if step.is_view_of is None else step.is_view_of for step in STEPS])


def _layout() -> tuple[Ints, Ints]:
    """Group of each step (-1: keeps its position) and its position in the table."""
    group_of = {part: group for group, parts in enumerate(SHUFFLED) for part in parts}
    return np.array([group_of.get(step.part, -1) for step in STEPS]), np.arange(len(STEPS))


_GROUP, _PLACE = _layout()
_FIRST_SHUFFLED: Final = int(_PLACE[_GROUP >= 0].min())
_BEFORE_ALL: Final = -1.5  # steps of the landing page come before all others, including log-in
_GROUP_OF_KIND: Final = np.full(len(content.KINDS), -1)
_GROUP_OF_KIND[_IS_VIEW_OF[_IS_VIEW_OF >= 0]] = _GROUP[_IS_VIEW_OF >= 0]


def organic(state: State, day: int) -> Visits:
    """Visits of one day that no e-mail caused, and the first visits of new persons."""
    rng, population = state.rng, state.population
    n = len(population)
    begin, end = (int(state.clock.local(HOME, d, 0)) for d in (day, day + 1))
    newcomer = (population.created >= begin) & (population.created < end) & ~state.addresses.imported[:n]
    # New persons come back sooner.
    is_fresh = population.created > begin - 8 * DAY
    rate = population.visits_per_day * np.where(is_fresh, 2.2, 1.0)
    is_around = (population.created < begin) & (population.dropout > begin)
    visitor = np.flatnonzero(is_around & happens(rng, rate, n))
    hour = choose(rng, _HOURS, len(visitor))
    at = state.clock.local(population.zone[visitor], day, hour * HOUR + between(rng, 0, HOUR, len(visitor)))
    repeated = state.clock.repeated_hour
    if repeated and repeated[0] == day:
        awake = happens(rng, 0.10, len(visitor))
        at = np.where(awake, repeated[1] + between(rng, -HOUR, HOUR, len(visitor)), at)
    first = np.flatnonzero(newcomer)
    person = np.concatenate([visitor, first])
    at = np.concatenate([at, population.created[first]])
    shared = sum(1 for mailing in state.traffic.shared if mailing.completed < begin)
    source = state.traffic.draw_sources(rng, len(person), shared)
    return Visits(person, at, source, np.full(len(person), -1, dtype=np.int64))


def browse(state: State, visits: Visits) -> None:
    """Simulate the visits: hits, sign-ups, purchases, and the flow e-mails they trigger."""
    if not len(visits.person):
        return
    visits = visits.where(visits.at < state.clock.end)
    landing = state.traffic.draw_landings(state.rng, visits.source)
    kind = state.traffic.page_kind[landing]
    device = _pick_device(state, visits)
    client = state.population.device_client[device]
    is_first = ~state.client_seen[client]
    is_first &= is_first_of(client)
    state.client_seen[client] = True
    parts = decide(state, visits, kind, device, is_first)
    row, step, at = _hits(state, visits, kind, parts)
    inside = at < state.clock.end
    row, step, at = row[inside], step[inside], at[inside]
    _record_visits(state, visits, landing, device, row, step, at)
    _follow_up(state, visits, row, step, at)


def _pick_device(state: State, visits: Visits) -> Ints:
    population, person = state.population, visits.person
    second = population.has_second_device[person] & happens(state.rng, 0.35, len(person))
    slot = np.where(second, 1, np.where(visits.at >= population.reset[person], 2, 0))
    return np.asarray(person * DEVICE_SLOTS + slot, dtype=np.int64)


def _hits(state: State, visits: Visits, kind: Ints, parts: Parts) -> tuple[Ints, Ints, Ints]:
    """Visit, step and instant of every hit, in chronological order within each visit."""
    rng, m = state.rng, len(visits.person)
    matrix = np.column_stack([parts[step.part] for step in STEPS])
    # The landing's page_view already is the view of that page.
    matrix &= ~((_IS_VIEW_OF[None, :] == kind[:, None]) & (_IS_VIEW_OF[None, :] >= 0))
    row, step = np.nonzero(matrix)
    order = rng.random((m, len(SHUFFLED)))
    lands_in = np.flatnonzero(_GROUP_OF_KIND[kind] >= 0)
    order[lands_in, _GROUP_OF_KIND[kind[lands_in]]] = _BEFORE_ALL
    shuffled = _FIRST_SHUFFLED + order[row, np.maximum(_GROUP[step], 0)]
    place = np.where(_GROUP[step] >= 0, shuffled, _PLACE[step])
    by_place = np.lexsort((step, place, row))
    row, step = row[by_place], step[by_place]
    median = _SECONDS[step] * SECOND
    gap = np.minimum(spread(rng, median, 0.9, len(step)), _LONGEST_GAP)
    # A few gaps are exactly the session time-out, which still is the same session.
    gap = np.where((median >= 5 * SECOND) & happens(rng, 0.001, len(step)), _TIMEOUT, gap)
    gap = np.where(median == 0, 0, gap)
    elapsed = np.cumsum(gap)
    starts = np.searchsorted(row, np.arange(m))
    at = visits.at[row] + elapsed - (elapsed[starts] - gap[starts])[row]
    return row.astype(np.int64), step.astype(np.int64), at


def _record_visits(
    state: State, visits: Visits, landing: Ints, device: Ints, row: Ints, step: Ints, at: Ints
) -> None:
    """Record visits and hits for the table, with the instant from which the site knows the visitor."""
    m = len(visits.person)
    known_from = np.full(m, 2**62, dtype=np.int64)
    identifies = np.isin(step, (LOGIN_STEP, SIGNUP_STEP, PURCHASE_STEP))
    np.minimum.at(known_from, row[identifies], at[identifies])
    rng = state.rng
    state.sessions.add(
        m,
        person=visits.person,
        start=visits.at,
        source=visits.source,
        address=visits.address,
        landing=landing,
        device=device,
        known_from=known_from,
        category=rng.integers(0, len(state.traffic.categories), m),
        product=rng.integers(0, len(state.traffic.products), m),
        article=rng.integers(0, len(state.traffic.articles) - 1, m),
    )
    state.events.add(len(row), session=state.session_count + row, step=step, at=at)
    state.session_count += m


def _follow_up(state: State, visits: Visits, row: Ints, step: Ints, at: Ints) -> None:
    """Add sign-ups to the list; start the flows of carts, purchases and sign-ups."""
    rng = state.rng
    signs = step == SIGNUP_STEP
    who, when = visits.person[row[signs]], at[signs]
    confirmed = when + between(rng, 20 * SECOND, 8 * MINUTE, len(who))
    confirms = happens(rng, 0.93, len(who)) & (confirmed < state.clock.end)
    state.log(when + SECOND, who, CREATE)
    who, confirmed = who[confirms], confirmed[confirms]
    state.log(confirmed, who, OPTIN, micro=MICRO["newsletter_signup"], actor=who)
    state.addresses.subscribed[who] = confirmed // SECOND * SECOND
    for number, delay in enumerate((2 * MINUTE, 3 * DAY, 7 * DAY), 1):
        state.flow_sends.append(FlowSends(f"welcome_{number}", who, confirmed + delay, confirmed))
    buys = step == PURCHASE_STEP
    who, when = visits.person[row[buys]], at[buys]
    state.record_purchases(who, when)
    state.flow_sends.append(FlowSends("review_request", who, when + 7 * DAY, when))
    carts = (step == CART_STEP) & state.population.has_consent[visits.person[row]]
    who, when = visits.person[row[carts]], at[carts]
    state.flow_sends.append(FlowSends("cart_reminder", who, when + 4 * HOUR, when))

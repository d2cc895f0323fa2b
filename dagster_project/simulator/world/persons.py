"""The persons of the world, their addresses and their devices."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np

from dagster_project.simulator.world.chance import (
    DAY,
    HOUR,
    NEVER,
    SECOND,
    Flags,
    Floats,
    Ints,
    between,
    choose,
    happens,
)
from dagster_project.simulator.world.clock import ZONES, Clock
from dagster_project.simulator.world.config import WorldConfig

DEVICE_SLOTS: Final = 3  # main, second, and the main one after its cookies were cleared
DEVICE_CATEGORIES: Final = ("mobile", "desktop", "tablet")
MOBILE: Final = 0
PROVIDERS: Final = ("gmail", "outlook", "apple", "yahoo", "company")
_PROVIDER_SHARES: Final = (0.43, 0.15, 0.15, 0.05, 0.22)
_APPLE, _COMPANY = 2, 4
_HUNTERS_DISINTEREST: Final = 2.0  # those who come for contests care less about the goods
_COLLEAGUES: Final = 30  # who read a shared mailbox
_COMPANY_SIZE: Final = 8  # persons per company domain, about
_FIRST: Final = (
    "Mari", "Jaan", "Liis", "Tanel", "Kadri", "Rein", "Anu", "Priit", "Katrin", "Margus", "Eeva", "Mikko",
    "Aino", "Juhani", "Ilze", "Janis", "Anna", "Lukas", "Sophie", "Jonas", "Emma", "Oliver", "Grace",
    "Harry", "Emily", "James", "Olivia", "Noah",
)  # fmt: skip
_LAST: Final = (
    "Tamm", "Saar", "Sepp", "Kask", "Kukk", "Ilves", "Rebane", "Oja", "Korhonen", "Virtanen", "Nieminen",
    "Berzins", "Kalnins", "Ozols", "Schmidt", "Weber", "Fischer", "Wagner", "Smith", "Taylor", "Brown",
    "Wilson", "Miller", "Davis", "Garcia", "Clark",
)  # fmt: skip


def contact_key(address: str) -> str:
    """Lower-case hex SHA-256 of the trimmed, lower-cased address."""
    return sha256(address.strip().lower().encode()).hexdigest()


@dataclass
class Population:
    """One entry per person; instants are milliseconds, NEVER for a missing one. Index = person_id - 1."""

    name: list[str]
    zone: Ints
    provider: Ints
    has_consent: Flags
    uses_mpp: Flags
    behind_scanner: Flags
    interest: Floats  # in buying
    engagement: Floats  # with e-mail
    visits_per_day: Floats
    hunts_prizes: Flags
    created: Ints
    dropout: Ints  # after this the person neither reads nor visits
    subscribes_on_site: Flags  # is willing to sign up when visiting
    device_client: Ints  # index into `clients`, persons × slots flattened
    device_category: Ints  # the same layout
    has_second_device: Flags
    reset: Ints  # when the main device lost its cookies
    clients: list[str]

    def __len__(self) -> int:
        return len(self.name)


@dataclass
class Addresses:
    """One entry per e-mail address: the persons' first ones in order, shared mailboxes, second addresses.

    A shared mailbox counts as its owner's second address, but its `colleagues` read it (one row each).
    """

    email: list[str]
    key: list[str]
    person: Ints
    subscribed: Ints
    unsubscribed: Ints
    suppressed: Ints  # after a hard bounce: receives no more e-mails
    is_invalid: Flags
    colleagues: Ints
    persons: int
    imported: Flags  # added to the list by the shop's staff, not on the site

    def __len__(self) -> int:
        return len(self.email)

    def is_shared(self, address: Ints) -> Flags:
        return np.asarray((address >= self.persons) & (address < self.first_second))

    @property
    def first_second(self) -> int:
        """Index of the first second address that is not a shared mailbox."""
        return self.persons + len(self.colleagues)


def make_population(
    config: WorldConfig, clock: Clock, rng: np.random.Generator
) -> tuple[Population, Addresses]:
    """Draw the persons: 40 % known before the first day, the others arrive evenly over the days."""
    n = config.persons
    zone = choose(rng, [share for _, _, share in ZONES], n)
    provider = choose(rng, _PROVIDER_SHARES, n)
    is_old = happens(rng, 0.40 if config.web_first_share is None else 1 - config.web_first_share, n)
    # Arrivals stop before the end, so that the last ones have time for a visit.
    arrival = between(rng, clock.start + HOUR, clock.end - 4 * HOUR, n)
    created = np.where(is_old, clock.start - between(rng, DAY, 700 * DAY, n), arrival)
    begins = np.maximum(created, clock.start)
    interest = rng.standard_normal(n)
    hunts = happens(rng, config.steps.prize_hunters, n)
    engagement = 0.3 * interest + np.sqrt(1 - 0.09) * rng.standard_normal(n)
    clients, device_client, device_category, has_second, reset = _devices(config, clock, rng)
    population = Population(
        name=_names(rng, n),
        zone=zone,
        provider=provider,
        has_consent=happens(rng, 0.88, n),
        uses_mpp=(provider == _APPLE) & happens(rng, 0.8, n),
        behind_scanner=(provider == _COMPANY) & happens(rng, 0.2, n),
        interest=interest - _HUNTERS_DISINTEREST * hunts,
        engagement=engagement,
        visits_per_day=0.062 * np.exp(0.5 * rng.standard_normal(n) - 0.125),
        hunts_prizes=hunts,
        created=created,
        dropout=begins + (rng.exponential(config.steps.dropout_days, n) * DAY).astype(np.int64),
        subscribes_on_site=~is_old & happens(rng, 0.72, n),
        device_client=device_client,
        device_category=device_category,
        has_second_device=has_second,
        reset=reset,
        clients=clients,
    )
    return population, _addresses(config, population, is_old, clock, rng)


def _names(rng: np.random.Generator, n: int) -> list[str]:
    first, last = rng.integers(0, len(_FIRST), n), rng.integers(0, len(_LAST), n)
    return [f"{_FIRST[a]} {_LAST[b]}" for a, b in zip(first, last, strict=True)]


def _devices(
    config: WorldConfig, clock: Clock, rng: np.random.Generator
) -> tuple[list[str], Ints, Ints, Flags, Ints]:
    """Client ids in Google's format `random.first-seen`, three slots per person; some slots are shared."""
    n = config.persons
    numbers = rng.integers(10**8, 2 * 10**9, n * DEVICE_SLOTS)
    stamps = rng.integers(clock.start // 1_000 - 300 * 86_400, clock.start // 1_000, n * DEVICE_SLOTS)
    clients = [f"{a}.{b}" for a, b in zip(numbers, stamps, strict=True)]
    client = np.arange(n * DEVICE_SLOTS, dtype=np.int64)
    main = choose(rng, (0.56, 0.38, 0.06), n)
    second = np.where(main == MOBILE, 1, MOBILE)
    category = np.column_stack([main, second, main]).reshape(-1)
    has_second = happens(rng, 0.40, n)
    reset = np.where(happens(rng, 0.08, n), between(rng, clock.start, clock.end, n), NEVER)
    # One person in a hundred uses the neighbour's main device as a second one.
    borrows = np.flatnonzero(happens(rng, 0.01, n))
    lender = (borrows + 1) % n
    client[borrows * DEVICE_SLOTS + 1] = lender * DEVICE_SLOTS
    category[borrows * DEVICE_SLOTS + 1] = category[lender * DEVICE_SLOTS]
    has_second[borrows] = True
    return clients, client, category, has_second, reset


def _addresses(
    config: WorldConfig, population: Population, is_old: Flags, clock: Clock, rng: np.random.Generator
) -> Addresses:
    n = len(population)
    companies = rng.integers(0, max(1, n // (5 * _COMPANY_SIZE)), n)
    capital = happens(rng, 0.03, n)  # addresses are typed in any case; the key must not depend on it
    emails = []
    for index, name in enumerate(population.name):
        provider = PROVIDERS[population.provider[index]]
        domain = f"firm{companies[index]}.example.com" if provider == "company" else f"{provider}.example.com"
        local = f"{name.replace(' ', '.')}{index + 1}"
        emails.append(f"{local if capital[index] else local.lower()}@{domain}")
    # Where the share of web-first persons is set, there are no others than members and these.
    is_exact = config.web_first_share is not None
    member = is_old & happens(rng, 1.0 if is_exact else 0.92, n)
    imported = ~is_old & ~population.subscribes_on_site & happens(rng, 0.0 if is_exact else 0.25, n)
    second = np.flatnonzero(member & happens(rng, 0.025, n))
    shared = min(len(second), max(1, n // 1_000)) if config.has_shared_mailboxes else 0
    emails += [f"info@office{number + 1}.example.com" for number in range(shared)]
    emails += [f"{population.name[i].split()[0].lower()}.{i + 1}@second.example.com" for i in second[shared:]]
    subscribed = np.where(member | imported, (population.created + HOUR) // SECOND * SECOND, NEVER)
    left = member & happens(rng, 0.04, n)
    total = n + len(second)
    unsubscribed = np.full(total, NEVER, dtype=np.int64)
    gone = np.flatnonzero(left)
    unsubscribed[gone] = np.minimum(subscribed[gone] + DAY, clock.start - DAY // 2)
    is_invalid = happens(rng, 0.012, total)
    is_invalid[n : n + shared] = False
    return Addresses(
        email=emails,
        key=[contact_key(email) for email in emails],
        person=np.concatenate([np.arange(n, dtype=np.int64), second]),
        subscribed=np.concatenate([subscribed, subscribed[second]]),
        unsubscribed=unsubscribed,
        suppressed=np.full(total, NEVER, dtype=np.int64),
        is_invalid=is_invalid,
        colleagues=rng.choice(np.flatnonzero(is_old | ~is_old.any()), (shared, _COLLEAGUES)),
        persons=n,
        imported=np.concatenate([imported, np.zeros(len(second), dtype=np.bool_)]),
    )

"""The ESP's tables: contacts, lists, campaigns, variants, links and the action log."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dagster_project.simulator.world.chance import NEVER, Ints
from dagster_project.simulator.world.clock import ZONES
from dagster_project.simulator.world.codes import (
    ACTIONS,
    MICRO,
    MICRO_CONVERSIONS,
    VIEW,
    instants,
    numbers,
    texts,
)
from dagster_project.simulator.world.mailings import Mailing
from dagster_project.simulator.world.persons import PROVIDERS
from dagster_project.simulator.world.schema import TEXTS, table
from dagster_project.simulator.world.state import State

FIRST_CAMPAIGN_ID = 101
FIRST_SECTION_ID = 501
FIRST_LINK_ID = 9001
LISTS = ((1, "All subscribers"), (2, "Customers"), (3, "Newsletter"))


def persons(state: State) -> pa.Table:
    people, addresses, n = state.population, state.addresses, len(state.population)
    second = {int(owner): n + number for number, owner in enumerate(addresses.person[n:])}
    seconds = [second.get(index) for index in range(n)]
    return table(
        "persons",
        {
            "person_id": np.arange(1, n + 1),
            "email": addresses.email[:n],
            "contact_key": addresses.key[:n],
            "name": people.name,
            "time_zone": texts([zone for zone, _, _ in ZONES], people.zone),
            "country": texts([country for _, country, _ in ZONES], people.zone),
            "has_consent": people.has_consent,
            "mailbox_provider": texts(PROVIDERS, people.provider),
            "uses_apple_mpp": people.uses_mpp,
            "behind_scanner": people.behind_scanner,
            "is_contact": addresses.subscribed[:n] < NEVER,
            "subscribed_at": instants(addresses.subscribed[:n]),
            "unsubscribed_at": instants(_whole_seconds(addresses.unsubscribed[:n])),
            "created_at": instants(people.created),
            "interest": people.interest,
            "second_email": [None if index is None else addresses.email[index] for index in seconds],
            "second_contact_key": [None if index is None else addresses.key[index] for index in seconds],
        },
    )


def _whole_seconds(at: Any) -> Any:
    return np.where(at >= NEVER, NEVER, at // 1_000 * 1_000)


def lists(state: State) -> dict[str, pa.Table]:
    addresses = state.addresses
    members = np.flatnonzero(addresses.subscribed < NEVER)
    customers = members[state.purchases[addresses.person[members]] > 0]
    active = members[addresses.unsubscribed[members] >= NEVER]
    parts = [members, customers, active]
    return {
        "lists": table("lists", {"list_id": [i for i, _ in LISTS], "name": [name for _, name in LISTS]}),
        "list_members": table(
            "list_members",
            {
                "list_id": np.repeat([i for i, _ in LISTS], [len(part) for part in parts]),
                "email": texts(addresses.email, np.concatenate(parts)),
            },
        ),
    }


def action_name(mailing: Mailing, variant: str | None) -> str:
    """The mailing's name in the action log, which differs by variant of an A/B test."""
    return f"{mailing.name} ({variant})" if variant else mailing.name


def campaigns(state: State) -> dict[str, pa.Table]:
    mailings = state.calendar.mailings
    placed = [
        (mailing, position, section)
        for mailing in mailings
        for position, section in enumerate(mailing.sections)
    ]
    return {
        "campaigns": table(
            "campaigns",
            {
                "campaign_id": [FIRST_CAMPAIGN_ID + mailing.index for mailing in mailings],
                "name": [mailing.name for mailing in mailings],
                "slug": [mailing.slug for mailing in mailings],
                "kind": [mailing.kind for mailing in mailings],
                "tags": pa.array([list(mailing.tags) for mailing in mailings], TEXTS),
                "created_at": instants([mailing.created for mailing in mailings]),
                "completed_at": instants([mailing.completed or NEVER for mailing in mailings]),
                "status": ["ACTIVE" if mailing.kind == "flow" else "COMPLETED" for mailing in mailings],
                "trigger_type": [mailing.trigger for mailing in mailings],
                "goal_micro_conversion": [mailing.goal for mailing in mailings],
            },
        ),
        "sections": table(
            "sections",
            {
                "campaign_id": [FIRST_CAMPAIGN_ID + mailing.index for mailing, _, _ in placed],
                "section_id": [FIRST_SECTION_ID + section.index for _, _, section in placed],
                "position": [position for _, position, _ in placed],
                "variant": [section.variant for _, _, section in placed],
                "subject": [section.subject for _, _, section in placed],
                "preview_text": [f"{section.wording} – inside" for _, _, section in placed],
                "template_id": [FIRST_SECTION_ID + 1_000 + section.index for _, _, section in placed],
                "template_name": [
                    f"{mailing.slug} {section.variant or 'main'}" for mailing, _, section in placed
                ],
                "cta_count": [section.cta_count for _, _, section in placed],
                "cta_wording": [section.wording for _, _, section in placed],
                "campaign_name": [action_name(mailing, section.variant) for mailing, _, section in placed],
            },
        ),
        "forwards": table(
            "forwards",
            {
                "campaign_id": [FIRST_CAMPAIGN_ID + mailing.index for mailing in mailings],
                "forward_count": state.forwards,
            },
        ),
    }


def _label_opens(log: dict[str, Ints], mailings: Sequence[Mailing]) -> None:
    """Label the opens of a chronological log: all but the first of a person and campaign are repeats."""
    opens = np.flatnonzero((log["action"] == VIEW) & ~log["is_machine"])
    mailing = log["mailing"][opens]
    _, first = np.unique(log["actor"][opens] * len(mailings) + mailing, return_index=True)
    promotes = np.array(["promotion" in mailing.tags for mailing in mailings])
    meaning = np.full(len(opens), MICRO["repeat_email_open"])
    meaning[first] = np.where(promotes[mailing[first]], MICRO["promotional_offer_open"], MICRO["email_open"])
    log["micro"][opens] = meaning


def reads(state: State) -> pa.Table:
    """Every human read, in the order of time."""
    log = state.reads.join(
        at=np.int64, address=np.int64, person=np.int64, mailing=np.int32, section=np.int32,
        loads_images=np.bool_, is_proxied=np.bool_,
    )  # fmt: skip
    order = np.argsort(log["at"], kind="stable")
    log = {name: column[order] for name, column in log.items()}
    return table(
        "email_reads",
        {
            "at": instants(log["at"]),
            "email": texts(state.addresses.email, log["address"]),
            "person_id": log["person"] + 1,
            "campaign_id": log["mailing"].astype(np.int64) + FIRST_CAMPAIGN_ID,
            "section_id": log["section"].astype(np.int64) + FIRST_SECTION_ID,
            "loads_images": log["loads_images"],
            "is_proxied": log["is_proxied"],
        },
    )


def actions(state: State) -> pa.Table:
    """The action log in chronological order; its sequence numbers have gaps, like a shared sequence."""
    log = state.actions.join(
        at=np.int64, address=np.int64, action=np.int8, mailing=np.int32, section=np.int32, value=np.int64,
        link=np.int32, micro=np.int16, actor=np.int64, is_machine=np.bool_, is_forwarded=np.bool_,
    )  # fmt: skip
    second = log["at"] // 1_000
    inside = np.flatnonzero((second * 1_000 < state.clock.end) & (second * 1_000 >= state.clock.start))
    order = inside[np.argsort(second[inside], kind="stable")]
    log = {name: column[order] for name, column in log.items()}
    _label_opens(log, state.calendar.mailings)
    steps = np.random.default_rng(state.config.seed).integers(1, 4, len(order))
    names = [
        action_name(mailing, section.variant)
        for mailing in state.calendar.mailings
        for section in mailing.sections
    ]
    return table(
        "email_actions",
        {
            "seq_id": 90_000 + np.cumsum(steps),
            "at": instants(second[order] * 1_000),
            "email": texts(state.addresses.email, log["address"]),
            "person_id": state.addresses.person[log["address"]] + 1,
            "actor_person_id": numbers(np.where(log["actor"] < 0, -1, log["actor"] + 1)),
            "campaign_id": numbers(np.where(log["mailing"] < 0, -1, log["mailing"] + FIRST_CAMPAIGN_ID)),
            "section_id": numbers(np.where(log["section"] < 0, -1, log["section"] + FIRST_SECTION_ID)),
            "campaign_name": texts(names, log["section"]),
            "action": texts(ACTIONS, log["action"]),
            "value": texts(state.values.vocabulary(), log["value"]),
            "link_id": numbers(np.where(log["link"] < 0, -1, log["link"] + FIRST_LINK_ID)),
            "is_machine": log["is_machine"],
            "is_forwarded": log["is_forwarded"],
            "micro_conversion": texts(MICRO_CONVERSIONS, log["micro"]),
        },
    )

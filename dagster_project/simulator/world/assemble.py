"""Simulating the days in turn and assembling the tables."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dagster_project.simulator.world import effects, links, mail_tables
from dagster_project.simulator.world.chance import MINUTE, SECOND, Flags, between
from dagster_project.simulator.world.clock import HOME
from dagster_project.simulator.world.codes import CREATE, instants
from dagster_project.simulator.world.config import WorldConfig
from dagster_project.simulator.world.emails import deliver
from dagster_project.simulator.world.experiments import assignments
from dagster_project.simulator.world.mailings import Mailing
from dagster_project.simulator.world.schema import SCHEMAS, table
from dagster_project.simulator.world.state import FlowSends, State
from dagster_project.simulator.world.web import browse, organic
from dagster_project.simulator.world.web_tables import web_events


@dataclass(frozen=True)
class World:
    """The tables of `schema.SCHEMAS`, by name."""

    config: WorldConfig
    tables: dict[str, pa.Table]


def make_world(config: WorldConfig) -> World:
    """Simulate every day in turn. Equal configurations give equal tables.

    Flow e-mails are sent last, when the purchases of the day are known; the visits they cause are simulated
    with the next day, at their correct instants.
    """
    state = State.begin(config)
    imported = np.flatnonzero(state.addresses.imported)
    state.log(state.addresses.subscribed[imported], imported, CREATE)
    for day in range(config.days):
        end = int(state.clock.local(HOME, day + 1, 0))
        for mailing in state.calendar.mailings:
            if mailing.sent and mailing.day == day:
                _send_out(state, mailing)
        for mailing, address, sent in state.interventions.on(day):
            deliver(state, mailing, address, sent, np.zeros(len(address), dtype=np.int64))
        state.visits.append(organic(state, day))
        browse(state, state.take_visits(end))
        _send_flows(state, end)
    return World(config, _tables(state))


def _send_out(state: State, mailing: Mailing) -> None:
    """Send to the whole list; wave and variant are drawn at random per recipient."""
    address = np.arange(len(state.addresses), dtype=np.int64)
    wave = state.rng.integers(0, len(mailing.sent), len(address))
    sent = np.array(mailing.sent, dtype=np.int64)[wave] + between(state.rng, 0, 15 * MINUTE, len(address))
    arm = state.rng.integers(0, len(mailing.sections), len(address))
    deliver(state, mailing, address, sent // SECOND * SECOND, arm)


def _send_flows(state: State, until: int) -> None:
    """Send the flow e-mails that are due. A cart reminder is dropped after a purchase in the meantime."""
    waiting: list[FlowSends] = []
    due: dict[str, list[FlowSends]] = {}
    for sends in state.flow_sends:
        is_due = sends.at < until
        waiting.append(_part(sends, ~is_due))
        due.setdefault(sends.flow, []).append(_part(sends, is_due))
    state.flow_sends = [sends for sends in waiting if len(sends.at)]
    for flow, parts in due.items():
        address = np.concatenate([part.address for part in parts])
        at = np.concatenate([part.at for part in parts])
        since = np.concatenate([part.since for part in parts])
        if flow == "cart_reminder":
            keeps = ~state.bought_between(state.addresses.person[address], since, at)
            address, at = address[keeps], at[keeps]
        address, first = np.unique(address, return_index=True)  # at most one reminder a day
        if len(address):
            at = at[first] // SECOND * SECOND
            deliver(state, state.calendar.flows[flow], address, at, np.zeros(len(address), dtype=np.int64))


def _part(sends: FlowSends, chosen: Flags) -> FlowSends:
    return FlowSends(sends.flow, sends.address[chosen], sends.at[chosen], sends.since[chosen])


def _tables(state: State) -> dict[str, pa.Table]:
    tables = {
        "persons": mail_tables.persons(state),
        **mail_tables.lists(state),
        **mail_tables.campaigns(state),
        "email_actions": mail_tables.actions(state),
        "email_reads": mail_tables.reads(state),
        **links.tables(state),
        "web_events": web_events(state),
        "effects": _from_rows("effects", effects.rows(dict(state.config.steps.purchase_odds_ratios))),
        "assignments": assignments(state.assigned, state.addresses),
        "visit_chances": _chances(state),
        "ab_tests": _from_rows("ab_tests", _ab_tests(state)),
    }
    return {name: tables[name] for name in SCHEMAS}


def _chances(state: State) -> pa.Table:
    log = state.chances.join(
        person=np.int64, at=np.int64, engaged=np.bool_, odds=np.float64, completed=np.float64, steps=np.int64
    )
    return table(
        "visit_chances",
        {
            "person_id": log["person"] + 1,
            "at": instants(log["at"]),
            "is_engaged": log["engaged"],
            "log_odds": log["odds"],
            "completed_share": log["completed"],
            "steps": log["steps"],
        },
    )


def _from_rows(name: str, rows: list[dict[str, object]]) -> pa.Table:
    return table(name, {column: [row[column] for row in rows] for column in SCHEMAS[name].names})


def _ab_tests(state: State) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for mailing in state.calendar.mailings:
        if mailing.kind == "ab_test":
            has_winner = mailing.click_odds_b > 1
            rows.append(
                {
                    "campaign_id": mail_tables.FIRST_CAMPAIGN_ID + mailing.index,
                    "metric": "click" if has_winner else "open",
                    "odds_ratio": mailing.click_odds_b,
                    "winner": "B" if has_winner else None,
                    "description": " against ".join(
                        f"{s.variant}: {s.subject} / {s.wording}" for s in mailing.sections
                    ),
                }
            )
    return rows

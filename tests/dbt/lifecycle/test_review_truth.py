"""The simulated reviews through the real connector, and what rpt_reviews makes of them against the truth.

Who a person is and what they ordered is the world's: only the reviews are measured.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.landing import pull_stream
from dagster_project.raw.streams.load import load
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.trustpilot.account import ORDER_NAMESPACE
from dagster_project.simulator.trustpilot.reviews import STATE, TABLE
from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.sources.core.stream import Request
from dagster_project.sources.trustpilot import SOURCE
from tests.dbt.harness import Warehouse
from tests.dbt.lifecycle.conftest import INPUTS, REVIEWS, Lifecycle
from tests.simulator_fixture import RunningSimulator, serve_in_thread

CONFIG = WorldConfig(persons=3_000, days=60, seed=7)
EARLIER = timedelta(days=6)  # between the two pulls some reviews are edited, and some taken down
DAYS = 28
# What the marts hold of the world: its e-mails and orders, and the reviews that were read.
MARTS = """
    insert into marts.dim_campaigns by name
    select distinct 'ask' as campaign_key, 'Ask' as name, 'review_invitation_click' as goal_micro_conversion;
    insert into marts.fct_events by name
    select
        row_number() over () as event_id, person_id as person_key, sent_at as occurred_at,
        'send' as event_name, 'ask' as campaign_key, false as is_machine, false as is_macro
    from invitations;
    insert into marts.fct_email_sends by name
    select
        row_number() over () as email_send_id, person_id as person_key, 'ask' as campaign_key,
        sent_at, sent_at as delivered_at, 'yes' as opens_observable
    from invitations;
    insert into marts.fct_macro_conversions by name
    select
        event_no as macro_conversion_id, person_id as person_key, "at" as occurred_at, true as is_order,
        transaction_id as order_id, $namespace as order_namespaces
    from orders;
    insert into marts.fct_events by name
    select
        events.event_id, persons.person_id as person_key, events.occurred_at, events.source,
        events.event_name,
        case when events.event_name = 'review' then 'trustpilot_review' end as micro_conversion,
        false as is_machine, false as is_macro, events.properties
    from staging.stg_trustpilot__events as events
    left join persons on events.contact_key = persons.contact_key;
    update intermediate.int_outcome_watermarks set watermark_at = $until;
    update intermediate.int_observable_micro_conversions set has_rule = true, is_observable = true;
"""


def pull(simulator: RunningSimulator, simulation: Simulation, warehouse: Warehouse) -> None:
    now = simulation.clock.now
    landing = warehouse.home / "landing"
    with SOURCE.connect(SOURCE.configure(simulator.environment), lambda: now, time.sleep) as client:
        for stream in SOURCE.streams:
            pull_stream(SOURCE.name, stream, client, landing, lambda: now, Request())
            with warehouse.connect() as connection:
                load(connection, landing, SOURCE.name, stream, lambda: now)


@pytest.fixture(scope="module")
def truth(
    lifecycle: Lifecycle, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lifecycle, Simulation, datetime]:
    """The report on two pulls, the world, and when the first pull was."""
    folder: Path = tmp_path_factory.mktemp("reviews")
    world = make_world(CONFIG)
    simulation, warehouse = Simulation(world), Warehouse(folder / "home")
    until = simulation.clock.now
    with serve_in_thread(simulation, folder) as simulator:
        for at in (until - EARLIER, until):
            simulator.set_clock(at)
            pull(simulator, simulation, warehouse)
    staged = ("stg_trustpilot__events", "stg_trustpilot__data_quality")
    with lifecycle.project.on(warehouse.path, *staged) as connection:
        for table in INPUTS:
            connection.execute(f"delete from {table}")
        put_world(connection, simulation, until)
        lifecycle.project.make_alone(connection, REVIEWS)
    return lifecycle, simulation, until - EARLIER


def put_world(connection: duckdb.DuckDBPyConnection, simulation: Simulation, until: datetime) -> None:
    def table(name: str, query: str) -> None:
        connection.register("of_the_world", simulation.database.arrow(query))
        connection.execute(f"create or replace temp table {name} as from of_the_world")
        connection.unregister("of_the_world")

    table("persons", "select person_id, contact_key from persons")
    table("orders", "from web_events where event_name = 'purchase' and transaction_id is not null")
    table("invitations", INVITATIONS)
    for statement in MARTS.split(";"):
        if statement.strip():
            named = {"namespace": ORDER_NAMESPACE, "until": until.replace(tzinfo=None)}
            used = {name: value for name, value in named.items() if f"${name}" in statement}
            connection.execute(statement, used)


INVITATIONS = """
    select person_id, "at" at time zone 'UTC' as sent_at from email_actions
    where action = 'send' and campaign_id in (
        select campaign_id from campaigns where list_contains(tags, 'review_request')
    )
"""


def known(simulation: Simulation, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    rows = simulation.database.rows(query, {"now": simulation.clock.now} | parameters)
    return [tuple(row.values()) for row in rows]


def test_reviews_by_origin_are_those_shown(truth: tuple[Lifecycle, Simulation, datetime]) -> None:
    lifecycle, simulation, _ = truth
    expected = known(
        simulation,
        f"select source, count(*), count_if(stars_now = 5) from ({STATE}) where not is_removed"
        " group by all order by all",
    )
    assert lifecycle.rows("rpt_reviews", "row_name, persons, reached", "row_type = 'origin'") == expected
    assert len(expected) == 3


def test_a_reference_is_an_orders_only_where_it_is_one(
    truth: tuple[Lifecycle, Simulation, datetime],
) -> None:
    lifecycle, simulation, _ = truth
    [expected] = known(
        simulation,
        f"select count(reference_id), count_if(reference_id = transaction_id) from ({STATE})",
    )
    assert lifecycle.row("rpt_reviews", "persons, reached", "row_type = 'reference'") == expected
    assert 0 < expected[1] < expected[0]


def test_edits_and_removals_are_those_between_the_pulls(
    truth: tuple[Lifecycle, Simulation, datetime],
) -> None:
    lifecycle, simulation, first = truth
    [(reviews, changed, removed)] = known(
        simulation,
        f"""
        select
            count(*),
            count_if(created_at <= $first and (
                edited_at > $first and edited_at <= $now or removed_at > $first and removed_at <= $now
            )),
            count_if(is_removed)
        from ({STATE})
        """,
        first=first,
    )
    rows = lifecycle.rows("rpt_reviews", "row_name, persons, reached", "row_type = 'change'")
    assert rows == [("changed", reviews, changed), ("removed", reviews, removed)]
    assert 0 < changed < reviews
    assert removed > 0


def test_who_was_invited_and_reviewed(truth: tuple[Lifecycle, Simulation, datetime]) -> None:
    """Also without an address, where the reference is an order's."""
    lifecycle, simulation, _ = truth
    [expected] = known(
        simulation,
        f"""
        with invited as (select person_id, min(sent_at) as sent_at from ({INVITATIONS}) group by all)
        select
            count(*),
            count_if(exists (
                from {TABLE} as reviews
                where reviews.person_id = invited.person_id and reviews.kind = 'invited'
                    and (referral_email is not null or reference_id = transaction_id)
                    and created_at at time zone 'UTC' between sent_at and sent_at + interval {DAYS} day
            ))
        from invited
        where sent_at + interval {DAYS} day <= $now at time zone 'UTC'
        """,
    )
    assert lifecycle.row("rpt_reviews", "persons, reached", "row_name = 'reviewed'") == expected
    assert expected[1] > 0


def test_the_public_totals_agree(truth: tuple[Lifecycle, Simulation, datetime]) -> None:
    lifecycle, _, _ = truth
    rows = lifecycle.project.rows(
        "select indicator, sum(affected), count(*) from staging.stg_trustpilot__data_quality"
        " group by all order by all"
    )
    assert rows == [("unknown_review_statuses", 0, 1), ("unreconciled_reviews", 0, 5)]

"""A simulated world through the real connectors, and what the base models make of it against its truth."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.landing import pull_stream
from dagster_project.raw.connection import connect
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.sources.core.stream import Kind, Request, Window
from dagster_project.sources.registry import SOURCES
from tests.dbt.harness import BASE, SECRET, Warehouse
from tests.simulator_fixture import RunningSimulator, run_simulator

CONFIG = WorldConfig(persons=1_000, days=60)


def pull_everything(simulator: RunningSimulator, home: Path) -> None:
    ours = {"MILEPOST_HOME": str(home), "MILEPOST_SECRET": SECRET.decode()}
    environment = simulator.environment | ours
    settings = Settings.from_environment(environment)
    start = date.fromisoformat(environment["MILEPOST_START_DATE"])
    window = Window(start, settings.now().date() - timedelta(days=1))
    for source in SOURCES:
        configuration = source.configure(environment)
        if configuration is None:
            continue
        with source.connect(configuration, settings.now, time.sleep) as client:
            for stream in source.streams:
                request = Request(window=window) if stream.kind is Kind.WINDOW else Request()
                pull_stream(source.name, stream, client, settings.landing, settings.now, request)
                with connect(settings) as connection:
                    load(connection, settings.landing, source.name, stream)


@pytest.fixture(scope="module")
def truth(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built warehouse with the world's tables in schema `truth`."""
    warehouse = Warehouse(home)
    with run_simulator("--retention-days", "90", persons=CONFIG.persons, days=CONFIG.days) as simulator:
        pull_everything(simulator, home)
    warehouse.build(*BASE)
    with warehouse.connect() as connection:
        connection.execute("create schema truth")
        for name, table in make_world(CONFIG).tables.items():
            connection.register("table_of_the_world", table)
            connection.execute(f"create table truth.{name} as from table_of_the_world")
        # Who owns an identifier: a browser may have several users, a shared mailbox has one owner.
        connection.execute("""
            create table truth.owners as
            select distinct 'client_id' as kind, client_id as identifier, person_id from truth.web_events
            where client_id is not null
            union
            select 'contact_key', contact_key, person_id from truth.persons
            union
            select 'contact_key', second_contact_key, person_id from truth.persons
            where second_contact_key is not null
        """)
        # An identifier met without an owner among persons (a shared mailbox) belongs to no single person.
        connection.execute("""
            create table truth.known as
            select i.identifier_kind as kind, i.identifier, i.person_key, list(o.person_id) as persons
            from intermediate.int_person_identifiers as i
            inner join truth.owners as o on i.identifier_kind = o.kind and i.identifier = o.identifier
            group by all
        """)
        yield connection


def share(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    [(numerator, denominator)] = connection.execute(sql).fetchall()
    assert denominator > 50
    return float(numerator) / float(denominator)


def test_identifiers_taken_for_one_person_are_one(truth: duckdb.DuckDBPyConnection) -> None:
    precision = share(
        truth,
        """
        select count_if(list_has_any(a.persons, b.persons)), count(*)
        from truth.known as a
        inner join truth.known as b
            on a.person_key = b.person_key and (a.kind, a.identifier) < (b.kind, b.identifier)
        """,
    )
    assert precision >= 0.95


def test_identifiers_met_together_are_found(truth: duckdb.DuckDBPyConnection) -> None:
    """Of pairs on one hit of their true owner; devices that never show an address stay apart."""
    recall = share(
        truth,
        """
        select count_if(a.person_key = b.person_key), count(*)
        from (
            select distinct w.client_id, w.contact_key
            from truth.web_events as w
            inner join truth.owners as o
                on o.kind = 'contact_key' and w.contact_key = o.identifier and w.person_id = o.person_id
            where w.client_id is not null
        ) as met
        inner join truth.known as a on a.kind = 'client_id' and met.client_id = a.identifier
        inner join truth.known as b on b.kind = 'contact_key' and met.contact_key = b.identifier
        """,
    )
    assert recall >= 0.95


@pytest.mark.parametrize("action", ["view", "click"])
def test_machine_verdicts(truth: duckdb.DuckDBPyConnection, action: str) -> None:
    found = f"""
        select is_machine, contact_key, occurred_at, coalesce(url, '') as url, count(*) as n
        from intermediate.int_events_identified
        where source = 'smaily' and event_name = '{action}' group by all
    """
    happened = f"""
        select is_machine, sha256(lower(trim(email))) as contact_key, timezone('UTC', "at") as occurred_at,
            case when action = 'click' then value else '' end as url, count(*) as n
        from truth.email_actions where action = '{action}' group by all
    """
    both = (
        f"select sum(least(t.n, h.n)) as n from ({found}) as t inner join ({happened}) as h "
        "using (is_machine, contact_key, occurred_at, url) where is_machine"
    )
    assert share(truth, f"select ({both}), (select sum(n) from ({found}) where is_machine)") >= 0.95
    assert share(truth, f"select ({both}), (select sum(n) from ({happened}) where is_machine)") >= 0.95


def test_web_events_match_the_true_catalogue_rows(truth: duckdb.DuckDBPyConnection) -> None:
    """A second purchase is the catalogue's repeat_purchase, where the world only says purchase."""
    agreement = share(
        truth,
        """
        select
            count_if(replace(e.micro_conversion, 'repeat_', '') is not distinct from w.micro_conversion),
            count(*)
        from truth.web_events as w
        inner join intermediate.int_events_identified as e
            on
                w.client_id = e.client_id
                and timezone('UTC', w."at") = e.occurred_at
                and w.event_name = e.event_name
        where e.source = 'google_analytics'
        """,
    )
    assert agreement >= 0.99

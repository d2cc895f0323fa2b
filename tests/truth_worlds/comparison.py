"""A connection on which a warehouse can be compared with the world that it was made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.simulator.truth import make_truth
from dagster_project.simulator.world import WorldConfig, make_world
from tests.truth_worlds import other_vendors

# What several tests query.
VIEWS = (
    # Persons who read a mailbox that others read too, and browsers that came from one.
    """
    create table sharing as
    with shared as (select value as contact_key from truth.identifiers where kind = 'shared_contact_key')
    select distinct a.actor_person_id as person_id, null as client_id
    from world.email_actions as a inner join shared using (contact_key)
    union all
    select distinct w.person_id, w.client_id
    from world.web_events as w inner join shared using (contact_key)
    """,
    # Identifiers in the data, each with the persons who really use it.
    """
    create table users as
    select i.identifier_kind as kind, i.identifier, i.person_key, list(distinct t.person_id) as persons
    from warehouse.intermediate.int_person_identifiers as i
    inner join truth.identifiers as t
        on i.identifier_kind = replace(t.kind, 'shared_', '') and i.identifier = t.value
    group by all
    """,
    # Persons whose identifiers all became one person, and who are one person only.
    """
    create table resolved as
    with owners as (select unnest(persons) as person_id, person_key from users),
    alone as (select person_key from owners group by person_key having count(distinct person_id) = 1),
    forwarded as (
        select unnest([person_id, actor_person_id]) as person_id from world.email_actions where is_forwarded
    )
    select person_id, any_value(person_key) as person_key
    from owners
    anti join (select person_id from sharing union all select person_id from forwarded) using (person_id)
    group by person_id
    having count(distinct person_key) = 1 and any_value(person_key) in (select person_key from alone)
    """,
    # Persons who came to be after the data begin: the first time that they do something there is their first.
    """
    create table newcomers as
    select person_id from world.persons
    where created_at >= (select date_trunc('day', min("at")) from world.email_actions)
    """,
    # Mailboxes of one reader with no scanner before them. A second address that nothing links to the first
    # is left out: a repeated open looks like a first one.
    """
    create table plain as
    select unnest([contact_key, second_contact_key]) as contact_key
    from world.persons anti join sharing using (person_id)
    where not behind_scanner
        and (second_contact_key is null or person_id in (select person_id from resolved))
    """,
)


@contextmanager
def compared(warehouse: Path, config: WorldConfig, now: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse as `warehouse`, the world's tables in `world`, the truth's in `truth`.

    Hits that had not become visible `now`, when the data were pulled, are left out of both.
    """
    world = make_world(config)
    everything, hits = dict(world.tables), world.tables["web_events"]
    world.tables["web_events"] = hits.filter(
        pc.less_equal(hits["visible_at"], pa.scalar(datetime.fromisoformat(now), hits["visible_at"].type))
    )
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        for schema, tables in (("world", world.tables), ("truth", make_truth(world))):
            connection.execute(f"create schema {schema}")
            for name, table in tables.items():
                connection.register("given", table)
                connection.execute(f'create table {schema}."{name}" as from given')
        connection.execute(
            "alter table world.email_actions add column contact_key varchar;"
            "update world.email_actions set contact_key = sha256(lower(trim(email)))"
        )
        other_vendors.add(connection, everything, now)
        for view in VIEWS:
            connection.execute(view)
        yield connection

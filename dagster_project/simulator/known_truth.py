"""Whom the sources could name when, what of each person they can see, and the retention of both.

All from who really acted where. A person is known at an act if some source could name them by the address or
browser of that act at that instant: of an own address always, as every e-mail of it names it; of a browser
from the first time that they did something on it which says who is there (came from an e-mail to an own
address, logged in, signed up or ordered). What a source can see of a person is what they did on own addresses
and on browsers that were named by the end; the rest is of browsers of which no one can say whose they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb
import pyarrow as pa

_OWN: Final = """
    create view own as
    select person_id, email, contact_key from persons
    union all
    select person_id, second_email, second_contact_key from persons where second_email is not null
"""
_KNOWN_PERSONS: Final = """
    with sightings as (
        select own.person_id, actions."at" from own join email_actions as actions using (email)
        union all
        select own.person_id, hits."at" from own join web_events as hits using (person_id, contact_key)
        union all
        -- A contact that was there before the first day; the log has no creation of it.
        select person_id, subscribed_at
        from persons
        where is_contact
            and not exists (from email_actions as a where a.email = persons.email and a.action = 'create')
    )
    select persons.person_id, min(sightings."at") as known_at
    from persons left join sightings using (person_id)
    group by persons.person_id
    order by persons.person_id
"""
_KNOWN_ACTS: Final = """
    with visible as (
        select actions.actor_person_id as person_id, actions."at", own.email is not null as is_known
        from email_actions as actions
        left join own on actions.actor_person_id = own.person_id and actions.email = own.email
        where actions.actor_person_id is not null and not is_machine
        union all
        select hits.person_id, hits."at", coalesce(named_at <= hits."at", false)
        from web_events as hits left join browsers using (person_id, client_id)
        where client_id is not null
    )
    select person_id, visible."at", bool_or(is_known) as is_known
    from visible group by all order by all
"""
_BROWSERS: Final = """
    create table browsers as
    select hits.person_id, client_id, min(hits."at") as named_at
    from own join web_events as hits using (person_id, contact_key)
    where client_id is not null
    group by all
"""
# What a source would count as one: a person as far as it can see them, or a browser that no one is named on.
_UNITS: Final = """
    select
        client_id,
        hits.person_id,
        if(named_at is null, client_id, hits.person_id::varchar) as unit
    from web_events as hits left join browsers using (person_id, client_id)
    where client_id is not null
    group by all
    order by all
"""
_COHORTS: Final = """
    with activities as (
        select
            actor_person_id as person_id,
            "at",
            own.email is not null as is_known,
            actor_person_id::varchar as unit
        from email_actions as actions
        left join own on actions.actor_person_id = own.person_id and actions.email = own.email
        where actor_person_id is not null and not is_machine
            and action in ('click', 'complaint', 'optout', 'optin')
        union all
        select hits.person_id, hits."at", coalesce(named_at <= hits."at", false), known_units.unit
        from web_events as hits
        join known_units using (person_id, client_id)
        left join browsers using (person_id, client_id)
    ),
    counted_units as (
        select 'all' as seen, person_id::varchar as unit, "at", is_known from activities
        union all
        select 'seen', unit, "at", is_known from activities
    ),
    populations as (
        select seen, unit, if(min_by(is_known, ("at", not is_known)), 'known', 'web_first') as population
        from counted_units group by all
    ),
    weeks as (
        select distinct
            population || if(seen = 'all', '', '_seen') as population,
            unit,
            date_trunc('week', "at")::date as week
        from counted_units join populations using (seen, unit)
    ),
    counted as (
        select population, unit, week, min(week) over (partition by population, unit) as cohort_week
        from weeks
    ),
    sizes as (
        select population, cohort_week, count(distinct unit) as cohort_size from counted group by all
    )
    select
        population,
        cohort_week,
        (week - cohort_week) // 7 as week_offset,
        any_value(cohort_size) as cohort_size,
        count(*) as active
    from counted join sizes using (population, cohort_week)
    group by population, cohort_week, week_offset
    order by all
"""


def seen_tables(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The same without visits on browsers that no source could name by the end."""
    with _connected(tables) as connection:
        web = connection.sql(
            """
            select hits.* from web_events as hits semi join browsers using (person_id, client_id)
            order by hits."at"
            """
        ).to_arrow_table()
    return {**tables, "web_events": web.cast(tables["web_events"].schema)}


def known_tables(tables: dict[str, pa.Table], acts: pa.Table) -> dict[str, pa.Table]:
    """`known_persons`: one row per person, with the first instant at which a source has an own address.

    `known_acts`: one row per person and instant of an act, and whether a source could then name them.
    `known_units`: one row per person and browser, and the unit that a source would count it in.
    `known_cohorts`: one row per population, week of first activity (opens are none) and weeks since. The
    populations are persons `known` at their first touch and persons come `web_first`, with all they did;
    and `known_seen` and `web_first_seen`, with units that a source would count and what it can see of them.
    """
    with _connected(tables) as connection:
        connection.register("acts", acts)
        made = {}
        for name, query in (
            ("known_persons", _KNOWN_PERSONS),
            ("known_acts", _KNOWN_ACTS),
            ("known_units", _UNITS),
            ("known_cohorts", _COHORTS),
        ):
            made[name] = connection.sql(query).to_arrow_table()
            connection.register(name, made[name])
        return made


@contextmanager
def _connected(tables: dict[str, pa.Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in ("persons", "email_actions", "web_events"):
            connection.register(name, tables[name])
        connection.execute(_OWN)
        connection.execute(_BROWSERS)
        yield connection

"""Whom the sources know when, and the retention of these and of those who come to the site first.

Without any rule of the pipeline. An act is of a known person when the source that saw it knows whose it is
at that instant: an e-mail act by the address, if it is the actor's own; a hit by the address that it or an
earlier hit of the same browser declared, if it is the visitor's own. Of all others the source has a browser.
"""

from typing import Any, Final

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
    with browsers as (
        select hits.person_id, client_id, min(hits."at") as linked_at
        from own join web_events as hits using (person_id, contact_key)
        where client_id is not null
        group by all
    ),
    acts as (
        select actions.actor_person_id as person_id, actions."at", own.email is not null as is_known
        from email_actions as actions
        left join own on actions.actor_person_id = own.person_id and actions.email = own.email
        where actions.actor_person_id is not null and not is_machine
        union all
        select hits.person_id, hits."at", coalesce(linked_at <= hits."at", false)
        from web_events as hits left join browsers using (person_id, client_id)
        where client_id is not null
    )
    select person_id, acts."at", bool_or(is_known) as is_known
    from acts group by all order by all
"""
# A unit is a true person, or a browser whose first hit was of somebody unknown.
_COHORTS: Final = """
    with hits as (select * from web_events where client_id is not null),
    first_acts as (
        select person_id, min_by(is_known, acts."at") as is_known
        from acts join known_acts as known using (person_id, "at")
        where not is_open
        group by person_id
    ),
    first_hits as (
        select client_id, min_by(is_known, hits."at") as is_known
        from hits join known_acts using (person_id, "at")
        group by client_id
    ),
    units as (
        select
            if(is_known, 'known', 'web_first') as population,
            person_id::varchar as unit,
            acts."at"
        from acts join first_acts using (person_id)
        where not is_open
        union all
        select 'web_first_device', client_id, hits."at"
        from hits join first_hits using (client_id)
        where not is_known
    ),
    weeks as (select distinct population, unit, date_trunc('week', units."at")::date as week from units),
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


def known_tables(tables: dict[str, pa.Table], acts: pa.Table) -> dict[str, pa.Table]:
    """`known_persons`: one row per person, with the first instant at which a source has an own address.

    `known_acts`: one row per person and instant of an act, and whether the source then knew whose it was.
    `known_cohorts`: one row per population, week of first activity (opens are none) and weeks since. The
    populations are persons `known` then, persons come `web_first`, and their browsers (`web_first_device`).
    """
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        given: dict[str, Any] = {name: tables[name] for name in ("persons", "email_actions", "web_events")}
        for name, table in (given | {"acts": acts}).items():
            connection.register(name, table)
        connection.execute(_OWN)
        made = {}
        for name, query in (
            ("known_persons", _KNOWN_PERSONS),
            ("known_acts", _KNOWN_ACTS),
            ("known_cohorts", _COHORTS),
        ):
            made[name] = connection.sql(query).to_arrow_table()
            connection.register(name, made[name])
        return made

"""The world as the input tables of the journey models, for all or only a few persons."""

import duckdb

from tests.benchmarks.scale_world import DAYS

# The events by day of arrival, with the sources' identifiers and all columns of `int_events_identified`.
_ARRIVED = """
create table world.arrived as
select
    events.event_id,
    persons.contact_key,
    null::varchar as user_id,
    persons.client_id,
    persons.contact_key is not null as is_known,
    events.occurred_at,
    events.occurred_at + interval '2 hours' as occurred_at_local,
    events.source::marts.event_source as source,
    null::varchar as feed,
    events.event_name,
    events.event_rank,
    events.micro_conversion::marts.micro_conversion as micro_conversion,
    nullif(types.journey_stage, 'none')::marts.journey_stage as journey_stage,
    coalesce(types.polarity = 'macro', false) as is_macro,
    events.is_machine,
    case when events.is_machine then if(event_name = 'view', 'Apple privacy proxy', 'security scanner') end
        as machine_reason,
    events.is_person_action,
    events.campaign_key,
    events.email_id,
    case when events.event_name = 'click' then 'link-' || md5(events.campaign_key || '|' || events.url) end
        as link_key,
    events.url,
    events.traffic_source,
    events.traffic_medium,
    events.traffic_campaign,
    events.revenue::decimal(18, 4) as revenue,
    case when events.revenue is not null then 'EUR' end as currency,
    events.order_id,
    null::varchar as experiment,
    null::varchar as variant,
    events.device,
    events.country,
    events.engagement_seconds,
    1::integer as event_count,
    events.event_id % 1000000 as source_position,
    events.properties::json as properties,
    timestamp '2026-11-16 04:00:00' as loaded_at
from world.events as events
left join world.persons as persons on events.person = persons.person
left join staging.micro_conversion_types as types on events.micro_conversion = types.micro_conversion
order by events.occurred_at::date
"""

_KEYS = """
create table world.keys as
select
    contact_key,
    row_number() over ()::integer as person_key
from (select distinct contact_key from world.arrived where contact_key is not null)
"""

_KEYED = """
create or replace table intermediate.int_events_identified as
select
    arrived.event_id,
    keys.person_key,
    arrived.* exclude (event_id)
from world.arrived as arrived
left join world.keys as keys on arrived.contact_key = keys.contact_key
"""

_IDENTITY = """
create or replace table intermediate.int_person_identifiers as
select
    'contact_key' as identifier_kind,
    contact_key as identifier,
    person_key,
    person_id,
    true as is_stable_key
from world.persons inner join world.keys using (contact_key)
union all
select 'client_id', client_id, person_key, person_id, false
from world.persons inner join world.keys using (contact_key);

create or replace table intermediate.int_person_keys as
select person_id, person_key from intermediate.int_person_identifiers where is_stable_key;

create or replace table intermediate.int_person_time_zones as
select person_key, 'Estonia' as country, 'Europe/Tallinn' as time_zone, 'country' as time_zone_source
from world.keys;

create or replace table intermediate.int_person_kinds as
select person_key, 'contact' as person_kind, timestamp '2026-01-01' as known_at from world.keys;

create or replace table intermediate.int_mailbox_providers as
select contact_key, ['gmail', 'outlook', 'other'][(1 + person_key % 3)::int] as mailbox_provider
from world.keys;
"""

# The results of change detection and identity models when one person in `every` has new events.
_CHANGED = """
create or replace table intermediate.int_affected_persons as
select person_key from world.keys where person_key % {every} = 0;

create or replace table intermediate.int_events_identified as
with affected as (
    select keys.person_key, arrived.*
    from world.arrived as arrived
    inner join world.keys as keys on arrived.contact_key = keys.contact_key
    where keys.person_key % {every} = 0
),

latest as (
    select * from affected
    qualify row_number() over (partition by person_key order by occurred_at desc, event_id) <= 2
),

later as (
    select * replace (
        hash(event_id, 9) >> 1 as event_id,
        timestamp '2026-05-01' + to_days({days}) + (occurred_at - occurred_at::date) as occurred_at
    )
    from latest
)

select event_id::bigint as event_id, person_key, * exclude (event_id, person_key)
from (select * from affected union all select * from later);

create or replace table intermediate.int_identity_nodes as
select row_number() over ()::integer as node, identifier_kind, identifier, person_key, is_stable_key
from intermediate.int_person_identifiers where person_key % {every} = 0;

create or replace table intermediate.int_identity_components as
select nodes.node, roots.node as component
from intermediate.int_identity_nodes as nodes
inner join intermediate.int_identity_nodes as roots
    on nodes.person_key = roots.person_key and roots.is_stable_key;
"""


def arrive(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `world.arrived`; requires the seeds."""
    connection.execute(_ARRIVED)


def key_persons(connection: duckdb.DuckDBPyConnection) -> None:
    """Assign integer keys to persons and add them to the events."""
    connection.execute(_KEYS)
    connection.execute(_KEYED)


def describe_persons(connection: duckdb.DuckDBPyConnection) -> None:
    """The other inputs of the journey models."""
    connection.execute(_IDENTITY)


def change_persons(connection: duckdb.DuckDBPyConnection, every: int) -> None:
    """Two new events, a day later, for one person in `every`."""
    connection.execute(_CHANGED.format(every=every, days=DAYS))

with

nodes as (

    select * from {{ ref('int_identity_nodes') }}

),

components as (

    select * from {{ ref('int_identity_components') }}

),

contacts as (

    select * from {{ ref('int_contacts') }}

),

event_components as (

    select * from {{ ref('int_event_components') }}

),

forwarded_clicks as (

    select * from {{ ref('int_forwarded_click_components') }}

),

persons as (

    select * from {{ ref('int_identity_persons') }}

),

listed as (

    select components.component
    from contacts
    inner join nodes on nodes.identifier_kind = 'contact_key' and contacts.contact_key = nodes.identifier
    inner join components on nodes.node = components.node

),

-- A friend's click counts for the friend only.
with_own_events as (

    select coalesce(forwarded_clicks.component, event_components.component) as component
    from event_components
    left join forwarded_clicks on event_components.event_id = forwarded_clicks.event_id

)

select
    component,
    person_id
from persons
where
    component in (select listed.component from listed)
    or component in (select with_own_events.component from with_own_events)

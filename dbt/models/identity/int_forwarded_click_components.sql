with

events as (

    select * from {{ ref('int_events') }}

),

event_components as (

    select * from {{ ref('int_event_components') }}

),

persons as (

    select * from {{ ref('int_identity_persons') }}

),

landings as (

    select
        events.contact_key,
        events.occurred_at,
        {{ url_path('events.url') }} as path,
        persons.person_id
    from event_components
    inner join events on event_components.event_id = events.event_id
    inner join persons on event_components.component = persons.component
    where event_components.is_forwarded and events.event_name in {{ landing_page_view_names() }}

),

clicks as (

    {%- for source, email in email_contracts().items() if email.events.click %}
    select
        event_id,
        contact_key,
        occurred_at,
        {{ url_path('url') }} as path
    from {{ ref('stg_' ~ source ~ '__events') }}
    where event_name in {{ texts(email.events.click) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- The last click of the forwarder's address on that page before the friend's device landed on it.
matched as (

    select
        clicks.event_id,
        landings.person_id,
        row_number() over (
            partition by landings.contact_key, landings.occurred_at
            order by clicks.occurred_at desc, clicks.event_id
        ) as clicks_before_landing
    from landings
    inner join clicks
        on
            landings.contact_key = clicks.contact_key
            and landings.path = clicks.path
            and landings.occurred_at >= clicks.occurred_at
            and clicks.occurred_at > landings.occurred_at - interval '{{ var("click_landing_minutes") }}' minute

),

-- By the id, as keys are assigned in the order in which persons first appear.
followed as (

    select
        event_id,
        min(person_id) as person_id
    from matched
    where clicks_before_landing = 1
    group by event_id

)

select
    followed.event_id,
    persons.component
from followed
inner join persons on followed.person_id = persons.person_id

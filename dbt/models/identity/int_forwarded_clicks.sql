with

events as (

    select * from {{ ref('int_events') }}

),

persons as (

    select * from {{ ref('int_event_persons') }}

),

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

landings as (

    select
        events.contact_key,
        events.occurred_at,
        {{ url_path('events.url') }} as path,
        identifiers.person_id
    from persons
    inner join events on persons.event_id = events.event_id
    inner join identifiers on persons.person_key = identifiers.person_key and identifiers.is_stable_key
    where persons.is_forwarded and events.event_name in {{ landing_page_view_names() }}

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
    identifiers.person_key
from followed
inner join identifiers on followed.person_id = identifiers.person_id and identifiers.is_stable_key

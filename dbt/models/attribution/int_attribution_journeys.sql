with

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

touches as (

    select * from {{ ref('int_attribution_touches') }}

),

persons as (

    select * from {{ ref('int_person_keys') }}

),

last_conversions as (

    select
        person_key,
        max(occurred_at) as last_converted_at
    from macro_conversions
    where person_key is not null
    group by person_key

),

-- What a person did after the last conversion led to none yet: its last days, as many as before a conversion.
open_journeys as (

    select
        touches.person_key,
        max(touches.occurred_at) as ended_at
    from touches
    left join last_conversions on touches.person_key = last_conversions.person_key
    where last_conversions.last_converted_at is null or touches.occurred_at > last_conversions.last_converted_at
    group by touches.person_key

),

journeys as (

    select
        macro_conversion_id as journey_id,
        person_key,
        occurred_at as ended_at,
        true as is_converted,
        is_order,
        net_revenue
    from macro_conversions

    union all

    select
        -cast(person_key as bigint),
        person_key,
        ended_at,
        false,
        false,
        null
    from open_journeys

)

select
    journeys.*,
    coalesce(
        mod({{ stable_key(['persons.person_id']) }}, {{ var('jackknife_buckets') }}),
        mod(journeys.journey_id, {{ var('jackknife_buckets') }})
    ) as bucket,
    last_conversions.last_converted_at
from journeys
left join persons on journeys.person_key = persons.person_key
left join last_conversions on journeys.person_key = last_conversions.person_key

with

journeys as (

    select * from {{ ref('int_attribution_journeys') }}

),

touches as (

    select * from {{ ref('int_attribution_touches') }}

),

-- A touch before two conversions in a row serves both.
touches_in_time as (

    select
        journeys.journey_id,
        journeys.bucket,
        journeys.is_converted,
        journeys.net_revenue,
        touches.dimension,
        touches.touch,
        {{ seconds_between('touches.occurred_at', 'journeys.ended_at') }} / 86400.0 as days_before,
        row_number() over (
            partition by journeys.journey_id, touches.dimension
            order by touches.occurred_at, touches.place_in_instant, touches.touch_id
        ) as position,
        count(*) over (partition by journeys.journey_id, touches.dimension) as touches,
        lag(touches.touch) over (
            partition by journeys.journey_id, touches.dimension
            order by touches.occurred_at, touches.place_in_instant, touches.touch_id
        ) as previous_touch
    from journeys
    inner join touches
        on
            journeys.person_key = touches.person_key
            and touches.occurred_at <= journeys.ended_at
            and touches.occurred_at >= {{ plus_days('journeys.ended_at', '-' ~ var('attribution_lookback_days')) }}
            and (journeys.is_converted or journeys.last_converted_at is null or touches.occurred_at > journeys.last_converted_at)

)

select
    *,
    power(2.0, -days_before / {{ var('attribution_half_life_days') }}) as decay
from touches_in_time

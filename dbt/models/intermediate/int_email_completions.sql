with

populations as (

    select *
    from {{ ref('completion_populations') }}
    where population <> 'persons'

),

exposures as (

    select * from {{ ref('int_email_exposures') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

-- A click implies an open, whether or not the pixel was loaded.
counted_as as (

    select
        micro_conversion,
        counts_as
    from lineage

    union

    select
        micro_conversion,
        'email_open' as counts_as
    from lineage
    where counts_as = 'email_click'

)

select
    populations.micro_conversion,
    exposures.person_key,
    exposures.email_id,
    max(case when events.is_machine then 0 else 1 end) = 1 as is_human
from events
inner join counted_as on events.micro_conversion = counted_as.micro_conversion
inner join populations on counted_as.counts_as = populations.micro_conversion
inner join exposures
    on
        events.person_key = exposures.person_key
        and events.email_id = exposures.email_id
        and events.occurred_at >= exposures.sent_at
        and events.occurred_at <= {{ plus_days('exposures.sent_at', 'populations.window_days') }}
where
    {{ exposure_is_mature('exposures.sent_at', 'populations.window_days') }}
    and (populations.population = 'sends' or exposures.delivered_at is not null)
group by populations.micro_conversion, exposures.person_key, exposures.email_id

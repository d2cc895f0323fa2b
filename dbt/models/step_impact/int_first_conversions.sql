with

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

first_conversions as (

    select
        person_key,
        min(occurred_at) as converted_at
    from macro_conversions
    where person_key is not null
    group by person_key

)

select
    first_conversions.person_key,
    first_conversions.converted_at,
    sessions.session_id,
    sessions.started_at as visit_started_at
from first_conversions
left join sessions
    on
        first_conversions.person_key = sessions.person_key
        and first_conversions.converted_at >= sessions.started_at
        and first_conversions.converted_at <= sessions.ended_at

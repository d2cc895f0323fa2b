{{ config(materialized='incremental', unique_key='person_key') }}

with

micro_conversions as (

    select * from {{ delta('fct_micro_conversions') }}

),

-- The first time is the first whose days for the next step have passed: whether a person counts follows from it.
-- Of several events of that instant one that shows the person is enough.
taken as (

    select
        person_key,
        micro_conversion,
        null as next_micro_conversion,
        min(occurred_at) as first_taken_at,
        coalesce(min(case when is_known then occurred_at end) = min(occurred_at), false) as is_known
    from micro_conversions
    group by person_key, micro_conversion

),

continued as (

    select
        person_key,
        previous_micro_conversion as micro_conversion,
        micro_conversion as next_micro_conversion,
        min({{ plus_seconds('occurred_at', '-seconds_since_previous') }}) as first_taken_at
    from micro_conversions
    where
        previous_micro_conversion <> micro_conversion
        and seconds_since_previous <= {{ var('next_step_days') }} * 86400
    group by person_key, previous_micro_conversion, micro_conversion

),

steps as (

    select
        person_key,
        micro_conversion,
        next_micro_conversion,
        first_taken_at
    from taken
    union all
    select * from continued

)

-- A person counts where they were known when they first took the step, whenever it was followed.
select
    steps.person_key,
    steps.micro_conversion,
    steps.next_micro_conversion,
    steps.first_taken_at,
    taken.first_taken_at as step_first_taken_at,
    taken.is_known
from steps
inner join taken on steps.person_key = taken.person_key and steps.micro_conversion = taken.micro_conversion

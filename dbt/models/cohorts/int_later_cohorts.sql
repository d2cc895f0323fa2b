with

person_days as (

    select * from {{ ref('int_person_days') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

-- Opening an e-mail does not count as activity, so no cohort begins with it.
opens as (

    select micro_conversion
    from {{ ref('int_micro_conversion_lineage') }}
    where counts_as in ('email_open', 'repeat_email_open')

),

first_micro_conversions as (

    select
        'first_micro_conversion' as cohort_by,
        person_key,
        min(occurred_at) as began_at,
        coalesce(min(case when is_known then occurred_at end) = min(occurred_at), false) as is_known
    from micro_conversions
    where micro_conversion not in (select opens.micro_conversion from opens)
    group by person_key

),

first_purchases as (

    select
        'first_purchase' as cohort_by,
        macro_conversions.person_key,
        min(macro_conversions.occurred_at) as began_at,
        min_by(events.is_known, macro_conversions.conversion_number) as is_known
    from macro_conversions
    inner join events on macro_conversions.event_id = events.event_id
    where macro_conversions.is_order and macro_conversions.person_key is not null
    group by macro_conversions.person_key

),

later_origins as (

    select * from first_micro_conversions
    union all
    select * from first_purchases

),

-- Whether persons of these cohorts convert: after the purchase that put them there, that is once more.
first_conversions as (

    select
        later_origins.cohort_by,
        later_origins.person_key,
        min(cast(macro_conversions.occurred_at as date)) as day
    from later_origins
    inner join macro_conversions
        on
            later_origins.person_key = macro_conversions.person_key
            and (
                macro_conversions.occurred_at > later_origins.began_at
                or (
                    later_origins.cohort_by = 'first_micro_conversion'
                    and macro_conversions.occurred_at = later_origins.began_at
                )
            )
    group by later_origins.cohort_by, later_origins.person_key

)

-- On a day without any row of the person nothing can be counted, so no cohort begins with it.
select
    later_origins.cohort_by,
    later_origins.person_key,
    person_days.day as first_day,
    later_origins.is_known,
    left_truncated_persons.person_key is not null as is_left_truncated,
    first_conversions.day as converted_on
from later_origins
inner join person_days
    on
        later_origins.person_key = person_days.person_key
        and cast(later_origins.began_at as date) = person_days.day
left join first_conversions
    on
        later_origins.person_key = first_conversions.person_key
        and later_origins.cohort_by = first_conversions.cohort_by
left join left_truncated_persons on later_origins.person_key = left_truncated_persons.person_key

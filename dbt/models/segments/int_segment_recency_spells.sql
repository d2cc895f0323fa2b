with

terms as (

    select * from {{ ref('int_segment_terms') }}
    where is_evaluated and method = 'recency'

),

acts as (

    select * from {{ ref('int_segment_acts') }}

),

sessions as (

    select
        session_id,
        channel_group
    from {{ ref('fct_sessions') }}

),

conditions as (

    select distinct
        condition_key,
        days
    from terms

),

acts_of_conditions as (

    {{ acts_of_segment_terms('acts', 'terms', 'sessions') }}

),

neighbouring_acts as (

    select
        conditions.condition_key,
        acts_of_conditions.person_key,
        acts_of_conditions.occurred_at,
        {{ plus_days('acts_of_conditions.occurred_at', 'conditions.days') }} as expires_at,
        {{ plus_days(
            'lag(acts_of_conditions.occurred_at) over (partition by conditions.condition_key, acts_of_conditions.person_key'
            ~ ' order by acts_of_conditions.occurred_at)', 'conditions.days'
        ) }} as previous_expires_at,
        lead(acts_of_conditions.occurred_at) over (
            partition by conditions.condition_key, acts_of_conditions.person_key
            order by acts_of_conditions.occurred_at
        ) as next_occurred_at
    from acts_of_conditions
    inner join conditions on acts_of_conditions.condition_key = conditions.condition_key

),

-- Acts of which each comes before the window of the last one is over make one spell.
ends_of_spells as (

    select
        condition_key,
        person_key,
        case when coalesce(previous_expires_at < occurred_at, true) then occurred_at end as begins_at,
        case when coalesce(next_occurred_at > expires_at, true) then expires_at end as ends_at
    from neighbouring_acts

)

select * from ends_of_spells
where begins_at is not null or ends_at is not null

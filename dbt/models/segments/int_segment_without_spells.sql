with

terms as (

    select * from {{ ref('int_segment_terms') }}
    where is_evaluated and method = 'without'

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
        days,
        within_days
    from terms

),

acts_of_conditions as (

    {{ acts_of_segment_terms('acts', 'terms', 'sessions') }}

),

-- The next act that ends or prevents it, of the same instant too.
followed as (

    select
        conditions.condition_key,
        acts_of_conditions.person_key,
        acts_of_conditions.role,
        conditions.days,
        {{ plus_days('acts_of_conditions.occurred_at', 'conditions.within_days') }} as begins_at,
        min(case when acts_of_conditions.role = 'without' then acts_of_conditions.occurred_at end) over (
            partition by conditions.condition_key, acts_of_conditions.person_key
            order by acts_of_conditions.occurred_at
            range between current row and unbounded following
        ) as followed_at
    from acts_of_conditions
    inner join conditions on acts_of_conditions.condition_key = conditions.condition_key

),

unfollowed as (

    select
        condition_key,
        person_key,
        begins_at,
        followed_at,
        {{ plus_days('begins_at', 'days') }} as expires_at
    from followed
    where role = 'subject' and (followed_at is null or followed_at > begins_at)

)

select
    condition_key,
    person_key,
    begins_at,
    least(coalesce(followed_at, expires_at), coalesce(expires_at, followed_at)) as ends_at
from unfollowed

with

terms as (

    select * from {{ ref('int_segment_terms') }}
    where is_evaluated and method = 'figure'

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

persons as (

    select * from {{ ref('dim_persons') }}

),

conditions as (

    select distinct
        condition_key,
        measure,
        comparison,
        limit_value,
        window_days,
        compared_with
    from terms

),

acts_of_conditions as (

    {{ acts_of_segment_terms('acts', 'terms', 'sessions') }}

),

-- What several events of one visit report counts once.
occasions as (

    select
        condition_key,
        role,
        person_key,
        item,
        min(occurred_at) as occurred_at,
        max(amount) as amount
    from acts_of_conditions
    group by condition_key, role, person_key, item, occasion

),

weighted as (

    select
        occasions.condition_key,
        occasions.person_key,
        occasions.item,
        occasions.occurred_at,
        conditions.window_days,
        conditions.compared_with,
        conditions.limit_value,
        case
            when conditions.measure = 'net_revenue' then coalesce(occasions.amount, 0)
            when occasions.role = 'compared_with' then -conditions.limit_value
            else 1
        end as weight
    from occasions
    inner join conditions on occasions.condition_key = conditions.condition_key

),

changes as (

    select
        condition_key,
        person_key,
        item,
        occurred_at as changed_at,
        weight as change
    from weighted
    union all
    select
        condition_key,
        person_key,
        item,
        {{ plus_days('occurred_at', 'window_days') }},
        -weight
    from weighted
    where window_days is not null
    {%- for windows, sign in {1: '-', 2: ''}.items() %}
    union all
    select
        condition_key,
        person_key,
        item,
        {{ plus_days('occurred_at', windows ~ ' * window_days') }},
        {{ sign }}limit_value
    from weighted
    where compared_with = 'previous_window'
    {%- endfor %}
    union all
    -- Without any act a figure is 0 from when the person was first seen.
    select
        conditions.condition_key,
        persons.person_key,
        null,
        persons.first_seen_at,
        0
    from persons
    cross join conditions
    where conditions.comparison in ('at_most', 'below') and conditions.compared_with is null

)

select
    condition_key,
    person_key,
    item,
    changed_at,
    cast(change as decimal(38, 4)) as change
from changes
where changed_at is not null

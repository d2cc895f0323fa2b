with

terms as (

    select * from {{ ref('int_segment_terms') }}
    where is_evaluated

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

absences as (

    select * from {{ ref('int_absences') }}

),

stages as (

    select * from {{ ref('int_journey_stages') }}

),

acts_of_conditions as (

    select
        terms.*,
        acts.person_key,
        acts.occurred_at,
        acts.occasion,
        acts.amount,
        acts.topic as item
    from acts
    inner join terms on acts.word = terms.word and (terms.topic is null or acts.topic = terms.topic)
    left join sessions on acts.session_id = sessions.session_id and terms.channel is not null
    where
        terms.measure not in ('absence', 'stage', 'attribute')
        -- What must not have happened counts in any channel.
        and (terms.channel is null or terms.role <> 'subject' or terms.channel = sessions.channel_group)

),

-- What several events of one visit report counts once.
occasions as (

    select
        condition_key,
        measure,
        role,
        window_days,
        compared_with,
        person_key,
        item,
        occasion,
        min(occurred_at) as occurred_at,
        cast(
            max(case when measure = 'net_revenue' then coalesce(amount, 0) else 1 end)
            * max(case when role = 'compared_with' then -limit_value else 1 end) as decimal(38, 4)
        ) as weight,
        cast(max(limit_value) as decimal(38, 4)) as limit_value
    from acts_of_conditions
    where measure in ('count', 'net_revenue')
    group by condition_key, measure, role, window_days, compared_with, person_key, item, occasion

),

first_acts as (

    select
        condition_key,
        comparison,
        limit_value,
        person_key,
        min(occurred_at) as occurred_at
    from acts_of_conditions
    where measure = 'days_since_first'
    group by condition_key, comparison, limit_value, person_key

),

-- The next act that ends or prevents it, of the same instant too.
followed as (

    select
        *,
        min(case when role = 'without' then occurred_at end) over (
            partition by condition_key, person_key
            order by occurred_at
            range between current row and unbounded following
        ) as followed_at
    from acts_of_conditions
    where measure = 'without'

),

unfollowed as (

    select
        *,
        {{ plus_days('occurred_at', 'within_days') }} as begins_at,
        {{ plus_days('occurred_at', 'within_days + window_days') }} as expires_at
    from followed
    where role = 'subject'

),

spells as (

    select
        condition_key,
        person_key,
        begins_at,
        least(coalesce(followed_at, expires_at), coalesce(expires_at, followed_at)) as ends_at
    from unfollowed
    where followed_at is null or followed_at > begins_at
    union all
    select
        terms.condition_key,
        absences.person_key,
        absences.since,
        least(
            coalesce(absences.resolved_at, {{ plus_days('absences.since', 'terms.window_days') }}),
            coalesce({{ plus_days('absences.since', 'terms.window_days') }}, absences.resolved_at)
        )
    from absences
    inner join terms on absences.state = terms.word and terms.measure = 'absence'
    union all
    select
        terms.condition_key,
        stages.person_key,
        stages.entered_at,
        stages.left_at
    from stages
    inner join terms on stages.stage = terms.word and terms.measure = 'stage'
    union all
    select
        terms.condition_key,
        acts.person_key,
        acts.occurred_at,
        {{ plus_days('acts.occurred_at', 'cast(terms.limit_value as integer)') }}
    from acts
    inner join terms on acts.word = terms.word and terms.measure = 'days_since'
    union all
    select
        condition_key,
        person_key,
        case
            when comparison = 'below' then occurred_at
            else {{ plus_days('occurred_at', 'cast(limit_value as integer)') }}
        end,
        case when comparison = 'below' then {{ plus_days('occurred_at', 'cast(limit_value as integer)') }} end
    from first_acts
    union all
    select
        terms.condition_key,
        persons.person_key,
        persons.first_seen_at,
        null
    from persons
    inner join terms
        on
            terms.measure = 'attribute'
            and coalesce(
                case terms.word
                    {%- for attribute in segment_attributes() %}
                    when '{{ attribute }}' then persons.{{ attribute }}
                    {%- endfor %}
                end = terms.limit_text,
                false
            ) = (terms.comparison = 'is')

),

-- Without any act a count is 0 from when the person was first seen.
zeros as (

    select distinct
        terms.condition_key,
        persons.person_key,
        persons.first_seen_at
    from persons
    cross join terms
    where
        terms.measure in ('count', 'net_revenue')
        and terms.comparison in ('at_most', 'below')
        and terms.compared_with is null

),

changes as (

    select
        condition_key,
        person_key,
        item,
        occurred_at as changed_at,
        weight as change
    from occasions
    union all
    select
        condition_key,
        person_key,
        item,
        {{ plus_days('occurred_at', 'window_days') }},
        -weight
    from occasions
    where window_days is not null
    {%- for windows, sign in {1: '-', 2: ''}.items() %}
    union all
    select
        condition_key,
        person_key,
        item,
        {{ plus_days('occurred_at', windows ~ ' * window_days') }},
        {{ sign }}limit_value
    from occasions
    where compared_with = 'previous_window'
    {%- endfor %}
    union all
    select
        condition_key,
        person_key,
        null,
        begins_at,
        1
    from spells
    union all
    select
        condition_key,
        person_key,
        null,
        ends_at,
        -1
    from spells
    where ends_at is not null
    union all
    select
        condition_key,
        person_key,
        null,
        first_seen_at,
        0
    from zeros

)

select
    condition_key,
    person_key,
    item,
    changed_at,
    cast(change as decimal(38, 4)) as change
from changes
where changed_at is not null

with

terms as (

    select * from {{ ref('int_segment_terms') }}
    where is_evaluated and method <> 'figure'

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

    select * from {{ ref('fct_absences') }}

),

stages as (

    select * from {{ ref('int_journey_stages') }}

),

recency_spells as (

    select * from {{ ref('int_segment_recency_spells') }}

),

without_spells as (

    select * from {{ ref('int_segment_without_spells') }}

),

conditions as (

    select distinct
        condition_key,
        measure,
        method,
        days,
        is_inverted,
        comparison
    from terms

),

terms_of_first_acts as (

    select * from terms
    where method = 'first'

),

acts_of_conditions as (

    {{ acts_of_segment_terms('acts', 'terms_of_first_acts', 'sessions') }}

),

-- Of who may have been there before the data begin the first act in them need not be the first.
first_acts as (

    select
        conditions.condition_key,
        acts_of_conditions.person_key,
        conditions.measure,
        conditions.comparison,
        conditions.days,
        min(acts_of_conditions.occurred_at) as occurred_at
    from acts_of_conditions
    inner join conditions on acts_of_conditions.condition_key = conditions.condition_key and conditions.method = 'first'
    left join {{ ref('int_left_truncated_persons') }} as left_truncated_persons
        on acts_of_conditions.person_key = left_truncated_persons.person_key
    where conditions.measure <> 'days_since_first' or left_truncated_persons.person_key is null
    group by
        conditions.condition_key, acts_of_conditions.person_key, conditions.measure, conditions.comparison,
        conditions.days

),

spells as (

    select
        condition_key,
        person_key,
        case
            when measure = 'days_since_first' and comparison = 'at_least' then {{ plus_days('occurred_at', 'days') }}
            else occurred_at
        end as begins_at,
        case
            when measure = 'days_since_first' and comparison = 'below' then {{ plus_days('occurred_at', 'days') }}
        end as ends_at
    from first_acts
    union all
    select * from recency_spells
    union all
    select * from without_spells
    union all
    select
        terms.condition_key,
        absences.person_key,
        absences.since,
        least(
            coalesce(absences.resolved_at, {{ plus_days('absences.since', 'terms.days') }}),
            coalesce({{ plus_days('absences.since', 'terms.days') }}, absences.resolved_at)
        )
    from absences
    inner join terms on absences.state = terms.word and terms.method = 'absence'
    union all
    select
        terms.condition_key,
        stages.person_key,
        stages.entered_at,
        stages.left_at
    from stages
    inner join terms on stages.stage = terms.word and terms.method = 'stage'
    union all
    select
        terms.condition_key,
        persons.person_key,
        persons.first_seen_at,
        null
    from persons
    inner join terms
        on
            terms.method = 'attribute'
            and coalesce(
                case terms.word
                    {%- for attribute in segment_attributes() %}
                    when '{{ attribute }}' then persons.{{ attribute }}
                    {%- endfor %}
                end = terms.limit_text,
                false
            ) = (terms.comparison = 'is')

),

-- What is the opposite of the spells holds from the first act on, or from when the person was first seen.
opposites as (

    select
        recency_spells.condition_key,
        recency_spells.person_key,
        min(recency_spells.begins_at) as begins_at
    from recency_spells
    inner join conditions
        on
            recency_spells.condition_key = conditions.condition_key
            and conditions.is_inverted
            and conditions.measure = 'days_since'
    group by recency_spells.condition_key, recency_spells.person_key
    union all
    select
        conditions.condition_key,
        persons.person_key,
        persons.first_seen_at
    from persons
    inner join conditions on conditions.is_inverted and conditions.measure = 'count'

),

-- Of one condition several may last at a time.
overlapping_changes as (

    select
        spells.condition_key,
        spells.person_key,
        spells.begins_at as changed_at,
        1 as change
    from spells
    inner join conditions
        on spells.condition_key = conditions.condition_key and conditions.method in ('without', 'absence')
    union all
    select
        spells.condition_key,
        spells.person_key,
        spells.ends_at,
        -1
    from spells
    inner join conditions
        on spells.condition_key = conditions.condition_key and conditions.method in ('without', 'absence')
    where spells.ends_at is not null

),

changes as (

    {{ turning_points_of_sums('overlapping_changes', ['condition_key', 'person_key']) }}

    union all
    select
        spells.condition_key,
        spells.person_key,
        spells.begins_at,
        case when conditions.is_inverted then -1 else 1 end
    from spells
    inner join conditions
        on spells.condition_key = conditions.condition_key and conditions.method not in ('without', 'absence')
    where spells.begins_at is not null
    union all
    select
        spells.condition_key,
        spells.person_key,
        spells.ends_at,
        case when conditions.is_inverted then 1 else -1 end
    from spells
    inner join conditions
        on spells.condition_key = conditions.condition_key and conditions.method not in ('without', 'absence')
    where spells.ends_at is not null
    union all
    select
        condition_key,
        person_key,
        begins_at,
        1
    from opposites

)

-- What begins as something else ends goes on.
select
    condition_key,
    person_key,
    changed_at,
    cast(sum(change) as integer) as change
from changes
group by condition_key, person_key, changed_at
having sum(change) <> 0

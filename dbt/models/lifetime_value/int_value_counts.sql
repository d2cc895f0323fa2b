{#-
    Sums by group of persons, as a sum over persons needs no row of each. Subjects are numbers until they are few: those
    of steps have three digits, those of patterns more.
-#}
{%- set horizons = var('value_horizon_days') -%}
{%- set known_until = outcome_watermark('macro_conversion') -%}
{%- set known_from = outcome_known_from('macro_conversion') -%}
with

person_steps as (

    select *
    from {{ ref('int_person_steps') }}
    where next_micro_conversion is null

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

pattern_completions as (

    select *
    from {{ ref('int_pattern_completions') }}
    where is_control = false

),

subjects as (

    select
        'step' as subject_kind,
        cast(micro_conversion as string) as subject,
        step_code as subject_code
    from {{ ref('int_pattern_codes') }}

    union all

    select
        'pattern',
        pattern,
        pattern_code
    from {{ ref('int_pattern_counts') }}

),

codes as (

    select * from {{ ref('int_pattern_codes') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

-- Of persons who were there before the data begin, the first completion is not known.
persons as (

    select
        persons.person_key,
        mod({{ stable_key(['persons.person_id']) }}, {{ var('jackknife_buckets') }}) as bucket
    from {{ ref('dim_persons') }} as persons
    left join {{ ref('int_left_truncated_persons') }} as left_truncated_persons
        on persons.person_key = left_truncated_persons.person_key
    where left_truncated_persons.person_key is null

),

-- Persons count from their first completion, where they were known at it.
step_completions as (

    select
        codes.step_code as subject_code,
        person_steps.person_key,
        min(person_steps.first_taken_at) as completed_at
    from person_steps
    inner join lineage on person_steps.micro_conversion = lineage.micro_conversion
    inner join codes on lineage.counts_as = codes.micro_conversion
    group by codes.step_code, person_steps.person_key
    having min(case when person_steps.is_known then person_steps.first_taken_at end) = min(person_steps.first_taken_at)

),

completions as (

    select
        subject_code,
        person_key,
        completed_at
    from step_completions

    union all

    select
        pattern_code,
        person_key,
        completed_at
    from pattern_completions

),

followed_completions as (

    select
        completions.*,
        persons.bucket
        {%- for days in horizons %},
        {{ exposure_is_mature('completions.completed_at', days, known_until, known_from) }} as is_mature_{{ days }}
        {%- endfor %}
    from completions
    inner join persons on completions.person_key = persons.person_key

),

person_counts as (

    select
        subject_code,
        bucket,
        count(*) as persons
        {%- for days in horizons %},
        count(case when is_mature_{{ days }} then 1 end) as mature_persons_{{ days }}
        {%- endfor %}
    from followed_completions
    group by subject_code, bucket

),

revenues as (

    select
        completions.subject_code,
        completions.bucket
        {%- for days in horizons %}
        {%- set counts = 'completions.is_mature_' ~ days ~ ' and macro_conversions.occurred_at <= '
            ~ plus_days('completions.completed_at', days) %},
        sum(case when {{ counts }} then macro_conversions.net_revenue end) as revenue_{{ days }},
        count(case when {{ counts }} and macro_conversions.is_order and macro_conversions.net_revenue is null then 1 end)
            as unconverted_orders_{{ days }},
        count(case when {{ counts }} and macro_conversions.is_order and macro_conversions.net_revenue is not null then 1 end)
            as rated_orders_{{ days }}
        {%- endfor %}
    from followed_completions as completions
    inner join macro_conversions
        on
            completions.person_key = macro_conversions.person_key
            and completions.completed_at < macro_conversions.occurred_at
    group by completions.subject_code, completions.bucket

)

{%- for days in horizons %}

select
    subjects.subject_kind,
    subjects.subject,
    {{ days }} as horizon_days,
    person_counts.bucket,
    person_counts.persons,
    person_counts.mature_persons_{{ days }} as mature_persons,
    cast(coalesce(revenues.revenue_{{ days }}, 0) as double) as revenue,
    coalesce(revenues.unconverted_orders_{{ days }}, 0) as unconverted_orders,
    coalesce(revenues.rated_orders_{{ days }}, 0) as rated_orders
from person_counts
inner join subjects on person_counts.subject_code = subjects.subject_code
left join revenues
    on person_counts.subject_code = revenues.subject_code and person_counts.bucket = revenues.bucket
{{ 'union all' if not loop.last }}
{%- endfor %}

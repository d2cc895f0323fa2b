{#- Figure, days within which its outcome counts, and what reports the outcome. -#}
{%- set days = var('next_step_days') -%}
{%- set figures = [
    ('human_click_rate', 3, 'micro_conversion', 'email_click'),
    ('unsubscribe_rate', days, 'micro_conversion', 'unsubscribe'),
    ('complaint_rate', days, 'micro_conversion', 'spam_complaint'),
    ('hard_bounce_rate', 3, 'micro_conversion', 'hard_bounce'),
    ('open_rate_low', days, 'micro_conversion', 'email_open'),
    ('open_rate_high', days, 'micro_conversion', 'email_open'),
    ('conversion_rate', days, 'macro_conversion', 'any'),
    ('macro_conversions', 0, 'macro_conversion', 'any'),
    ('net_revenue', days, 'macro_conversion', 'any'),
] -%}
with

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}

),

sources as (

    select min(begins_at) as data_begin_at from {{ ref('int_source_watermarks') }}

),

steps as (

    select distinct micro_conversion
    from {{ ref('int_sequence_steps') }}
    where is_observable and not is_optional and not is_of_referred_person

),

types as (

    select * from {{ ref('micro_conversion_types') }}
    where polarity = 'micro'

),

figures as (

    {%- for figure, window_days, outcome_type, outcome in figures %}
    select
        '{{ figure }}' as figure,
        '' as micro_conversion,
        {{ window_days }} as window_days,
        '{{ outcome_type }}' as outcome_type,
        '{{ outcome }}' as outcome
    union all
    {%- endfor %}
    select
        'step_completion_rate' as figure,
        steps.micro_conversion,
        {{ days }} as window_days,
        'micro_conversion' as outcome_type,
        steps.micro_conversion as outcome
    from steps
    inner join types on steps.micro_conversion = types.micro_conversion

),

ends as (

    select
        figures.figure,
        figures.micro_conversion,
        figures.window_days,
        -- A shop that was connected last week sold before, too.
        greatest(sources.data_begin_at, watermarks.known_from) as data_begin_at,
        {{ plus_days('watermarks.watermark_at', '-figures.window_days') }} as now_until
    from figures
    cross join sources
    inner join watermarks on figures.outcome_type = watermarks.outcome_type and figures.outcome = watermarks.outcome

)

-- Two whole weeks that follow each other, of which the later one has just become mature.
select
    figure,
    micro_conversion,
    window_days,
    {{ plus_days('now_until', -14) }} as before_from,
    {{ plus_days('now_until', -7) }} as now_from,
    now_until,
    coalesce({{ plus_days('now_until', -14) }} >= data_begin_at, false) as is_comparable
from ends

{#-
    Steps are numbers of three decimal digits, a pattern of five of them fits one number. The control gives each person's
    steps in a random order at the same instants: `event_id` is spread evenly, and the data's day decides by which bits.
-#}
{%- set lengths = var('pattern_lengths') -%}
{%- set day = 'cast(cast(' ~ data_watermark() ~ ' as date) as string)' -%}
with

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

journeys as (

    select journeys.*
    from {{ ref('int_journeys') }} as journeys
    left join {{ ref('int_left_truncated_persons') }} as left_truncated_persons
        on journeys.person_key = left_truncated_persons.person_key
    where journeys.journey_number = 1 and left_truncated_persons.person_key is null

),

codes as (

    select * from {{ ref('int_pattern_codes') }}

),

seed as (

    select {{ stable_key([day]) }} as seed

),

-- No one has converted in their first journey; who has is no longer at risk. Of persons who were there before the data
-- begin, the first journey is not known: they are left out.
steps as (

    select
        micro_conversions.person_key,
        micro_conversions.occurred_at,
        micro_conversions.is_known,
        codes.step_code,
        row_number() over (
            partition by micro_conversions.person_key order by micro_conversions.micro_conversion_number
        ) as position,
        row_number() over (
            partition by micro_conversions.person_key
            order by {{ key_of_two('micro_conversions.event_id', 'seed.seed') }}, micro_conversions.event_id
        ) as random_position
    from micro_conversions
    inner join journeys on micro_conversions.journey_id = journeys.journey_id
    inner join codes on micro_conversions.micro_conversion = codes.micro_conversion
    cross join seed
    where {{ counts_in_path('micro_conversions.is_immediate_repeat') }}

),

all_steps as (

    select
        false as is_control,
        person_key,
        occurred_at,
        is_known,
        position,
        step_code
    from steps

    union all

    select
        true,
        instants.person_key,
        instants.occurred_at,
        instants.is_known,
        instants.position,
        shuffled.step_code
    from steps as instants
    inner join steps as shuffled
        on instants.person_key = shuffled.person_key and instants.position = shuffled.random_position

),

with_steps_before as (

    select
        *
        {%- for back in range(1, lengths | max) %},
        lag(step_code, {{ back }}) over (partition by is_control, person_key order by position) as step_{{ back }}_before
        {%- endfor %}
    from all_steps

)

select
    is_control,
    person_key,
    occurred_at,
    is_known,
    cast(position as integer) as position
    {%- for length in lengths %},
    {%- set terms = ['step_code'] %}
    {%- for back in range(1, length) %}{% do terms.append('step_' ~ back ~ '_before * ' ~ 1000 ** back) %}{% endfor %}
    {{ terms | reverse | join(' + ') }} as pattern_{{ length }}
    {%- endfor %}
from with_steps_before

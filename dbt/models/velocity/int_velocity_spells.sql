{#- One reading of the steps in order: what follows a step is the next row, or the conversion that ends its journey. -#}
{%- set in_order = 'order by micro_conversions.occurred_at, micro_conversions.journey_id nulls last, micro_conversions.micro_conversion_number' -%}
{%- set by_person = 'partition by micro_conversions.person_key' -%}
with

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

exits as (

    select * from {{ ref('int_person_exits') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

steps as (

    select
        micro_conversions.person_key,
        micro_conversions.journey_id,
        cast(micro_conversions.micro_conversion as string) as micro_conversion,
        cast(micro_conversions.source as string) as source,
        micro_conversions.campaign_key,
        micro_conversions.occurred_at,
        micro_conversions.is_known,
        lead(cast(micro_conversions.micro_conversion as string)) over (
            {{ by_person }} {{ in_order }}
        ) as next_micro_conversion,
        lead(micro_conversions.occurred_at) over ({{ by_person }} {{ in_order }}) as next_at,
        row_number() over (
            {{ by_person }}, micro_conversions.micro_conversion {{ in_order }}
        ) as completion_number
    from micro_conversions
    where {{ counts_in_path('micro_conversions.is_immediate_repeat') }}

),

-- Of persons who were there before the data begin, the first completion in the data need not be the first.
first_steps as (

    select steps.*
    from steps
    left join left_truncated_persons on steps.person_key = left_truncated_persons.person_key
    where
        steps.completion_number = 1 and steps.is_known and steps.occurred_at <= {{ outcome_watermark('macro_conversion') }}
        and {{ is_after_begin('steps.occurred_at', outcome_known_from('macro_conversion')) }}
        and left_truncated_persons.person_key is null

),

exits_after as (

    select
        first_steps.person_key,
        first_steps.micro_conversion,
        min(exits.exited_at) as exited_at
    from first_steps
    inner join exits on first_steps.person_key = exits.person_key and first_steps.occurred_at <= exits.exited_at
    group by first_steps.person_key, first_steps.micro_conversion

)

select
    first_steps.person_key,
    first_steps.micro_conversion,
    first_steps.source,
    case
        when first_steps.campaign_key is null then '(none)' else {{ flow_or_campaign('campaigns.kind') }}
    end as campaign_kind,
    first_steps.occurred_at as completed_at,
    first_steps.next_micro_conversion,
    first_steps.next_at,
    journeys.ended_at as converted_at,
    exits_after.exited_at,
    {{ outcome_watermark('macro_conversion') }} as known_until,
    least({{ outcome_watermark('stage') }}, {{ outcome_watermark('macro_conversion') }}) as next_known_until,
    {{ latest_begin(outcome_complete_from('stage'), outcome_known_from('macro_conversion')) }} as next_known_from
from first_steps
inner join journeys on first_steps.journey_id = journeys.journey_id
left join campaigns on first_steps.campaign_key = campaigns.campaign_key
left join exits_after
    on first_steps.person_key = exits_after.person_key and first_steps.micro_conversion = exits_after.micro_conversion

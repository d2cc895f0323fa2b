{#- Slice by slice: its name, its expression over the cells, and the benchmark scope that fits it. -#}
{%- set email_slices = [
    ('overall', "'all'", "'all'"),
    ('campaign_kind', 'campaign_kind', 'campaign_kind'),
    ('campaign', 'campaign_key', 'campaign_kind'),
    ('email_variant', 'email_id', 'campaign_kind'),
    ('cohort_month', 'cast(cohort_month as string)', "'all'"),
    ('mailbox_provider', 'mailbox_provider', "'all'"),
] -%}
{%- set person_slices = [
    ('overall', "'all'", "'all'"),
    ('campaign', 'campaign_key', "'all'"),
    ('cohort_month', 'cast(cohort_month as string)', "'all'"),
    ('device', 'device', 'device'),
] -%}

with

email_cells as (

    -- Who is sent an e-mail has an address.
    select
        *,
        true as is_known
    from {{ ref('int_email_completion_cells') }}

),

person_cells as (

    select
        *,
        eligible as eligible_gross,
        completed as completed_observable,
        completed as completed_gross
    from {{ ref('int_person_completion_cells') }}

),

observable as (

    select micro_conversion
    from {{ ref('int_observable_micro_conversions') }}
    where is_observable

),

cells_by_slice as (

    {%- for cells, slices in [('email_cells', email_slices), ('person_cells', person_slices)] %}
    {%- set is_last_cells = loop.last %}
    {%- for slice_type, slice_value, scope in slices %}
    select
        micro_conversion,
        '{{ slice_type }}' as slice_type,
        {{ slice_value }} as slice_value,
        {{ scope }} as slice_scope,
        is_known,
        eligible,
        eligible_gross,
        immature,
        completed,
        completed_observable,
        completed_gross
    from {{ cells }}
    where {{ slice_value }} is not null
    {{ 'union all' if not (loop.last and is_last_cells) }}
    {%- endfor %}
    {%- endfor %}

)

select
    micro_conversion,
    slice_type,
    slice_value,
    {{ person_population('is_known') }} as person_population,
    min(slice_scope) as slice_scope,
    cast(sum(eligible) as bigint) as eligible,
    cast(sum(eligible_gross) as bigint) as eligible_gross,
    cast(sum(immature) as bigint) as immature,
    cast(sum(completed) as bigint) as completed,
    cast(sum(completed_observable) as bigint) as completed_observable,
    cast(sum(completed_gross) as bigint) as completed_gross
from cells_by_slice
-- What cannot be observed with these sources has no rate, rather than one of zero.
where micro_conversion in (select observable.micro_conversion from observable)
group by micro_conversion, slice_type, slice_value, is_known

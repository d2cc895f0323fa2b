{#-
    A funnel of one's own: how many persons took these steps in this order, all within so many days of the first, as
    ClickHouse's windowFunnel has it. Copy the file to another name in this folder, change the three settings and run
    `dbt show --select own_funnel --limit 20`; or make a model of it.

    A first step counts when the whole window has passed since. One row per step.
-#}
{%- set steps = ['product_page_visit', 'cart_add', 'purchase'] -%}
{%- set days = 14 -%}
{%- set since = "timestamp '1970-01-01 00:00:00'" -%}

{#- With each step named once an act is one step, and the acts are read in the order of `fct_events`. -#}
{%- set is_physically_ordered = steps | unique | list | length == steps | length -%}
{%- set step_events -%}
(
    {%- for step in steps %}
    {%- if loop.first or not is_physically_ordered %}
    select
        person_key,
        occurred_at,
        event_rank,
        event_id,
        {{ act_order() }} as act_position,
        {%- if is_physically_ordered %}
        case micro_conversion {% for name in steps %}when '{{ name }}' then {{ loop.index }} {% endfor %}end as step_number
        {%- else %}
        {{ loop.index }} as step_number
        {%- endif %}
    from {{ ref('fct_events') }}
    where
        {{ is_human_act() }}
        and micro_conversion {{ "in ('" ~ steps | join("', '") ~ "')" if is_physically_ordered else "= '" ~ step ~ "'" }}
        {%- if loop.first %}
        and (
            micro_conversion <> '{{ step }}'
            or (occurred_at >= {{ since }} and {{ plus_days('occurred_at', days) }} <= {{ data_watermark() }})
        )
        {%- endif %}
    {{ 'union all' if not (loop.last or is_physically_ordered) }}
    {%- endif %}
    {%- endfor %}
)
{%- endset -%}

with

reached_steps as (

    -- The linter's parser does not know window frames without an order.
    {%- set window = days * 86400 %}
    {{ funnel_steps(step_events, none, none, window, steps | length, is_physically_ordered) }} -- noqa: PRS

),

furthest_steps as (

    select
        person_key,
        max(step_number) as step_number
    from reached_steps
    group by person_key

),

steps as (

    {%- for step in steps %}
    select
        {{ loop.index }} as step_number,
        '{{ step }}' as micro_conversion
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

persons_by_step as (

    select
        steps.step_number,
        steps.micro_conversion,
        count(furthest_steps.person_key) as persons
    from steps
    left join furthest_steps on steps.step_number <= furthest_steps.step_number
    group by steps.step_number, steps.micro_conversion

)

select
    step_number,
    micro_conversion,
    persons,
    persons / cast(nullif(max(persons) over (), 0) as double) as of_first,
    persons / cast(nullif(lag(persons) over (order by step_number), 0) as double) as of_previous
from persons_by_step
order by step_number

{#-
    A funnel of one's own: how many persons took these steps in this order, all within so many days of the first, as
    ClickHouse's windowFunnel has it. Copy the file to another name beside it, change the three settings and ask for it:
    `dbt show --select own_funnel --limit 20`; or make a model of it.

    A first step counts when the whole window has passed since. One row per step.
-#}
{%- set steps = ['product_page_visit', 'cart_add', 'purchase'] -%}
{%- set days = 14 -%}
{%- set since = "timestamp '1970-01-01'" -%}

{%- set conditions = ["micro_conversion = '" ~ steps[0] ~ "' and is_mature"] -%}
{%- for step in steps[1:] %}{% do conditions.append("micro_conversion = '" ~ step ~ "'") %}{% endfor -%}
{%- set acts -%}
(
    select
        person_key,
        occurred_at,
        event_rank,
        event_id,
        micro_conversion,
        occurred_at >= {{ since }} and {{ plus_days('occurred_at', days) }} <= {{ data_watermark() }} as is_mature
    from {{ ref('fct_events') }}
    where {{ is_human_act() }}
)
{%- endset -%}

with

levels as (

    -- The linter's parser knows no window frame without an order.
    {{ windowed_funnel(acts, conditions, days * 86400, is_physically_ordered=true) }} -- noqa: PRS

),

steps as (

    {%- for step in steps %}
    select
        {{ loop.index }} as step_number,
        '{{ step }}' as micro_conversion
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

reached as (

    select
        steps.step_number,
        steps.micro_conversion,
        count(levels.person_key) as persons
    from steps
    left join levels on steps.step_number <= levels.level
    group by steps.step_number, steps.micro_conversion

)

select
    step_number,
    micro_conversion,
    persons,
    persons / cast(nullif(max(persons) over (), 0) as double) as of_first,
    persons / cast(nullif(lag(persons) over (order by step_number), 0) as double) as of_previous
from reached
order by step_number

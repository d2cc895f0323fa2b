with

indicators as (

    select * from {{ ref('data_quality_indicators') }}

),

measured as (

    {%- set counts = [
        'int_source_data_quality', 'int_load_data_quality', 'int_late_events', 'int_mart_data_quality', 'int_consent_data_quality',
        'int_order_data_quality', 'int_order_assumptions'
    ] %}
    {%- for model in counts %}
    select
        indicator,
        source,
        stream,
        day,
        unit,
        affected,
        total
    from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    measured.indicator,
    measured.source,
    measured.stream,
    measured.day,
    measured.unit,
    cast(measured.affected as double) as affected,
    cast(measured.total as double) as total,
    measured.affected / cast(measured.total as double) as share,
    indicators.highest_share,
    indicators.meaning
from measured
inner join indicators on measured.indicator = indicators.indicator
where measured.total > 0

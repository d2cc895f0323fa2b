with

prefixes as (

    select * from {{ ref('int_path_prefixes') }}

),

ranked_prefixes as (

    select
        *,
        {{ path_minimum('sum(mature_persons) over (partition by person_population, path_length)') }} as minimum_persons,
        row_number() over (
            partition by person_population, path_length order by mature_persons desc, path
        ) as path_number
    from prefixes

),

named_prefixes as (

    select
        person_population,
        path_length,
        case
            when mature_persons >= minimum_persons and path_number <= {{ var('path_report_rows') }} then path
            else '(all other paths)'
        end as path,
        persons,
        mature_persons,
        converted,
        orders,
        unconverted_orders,
        revenue,
        net_revenue
    from ranked_prefixes

),

-- The remainder row is always there, with zero persons when every path has its own row.
remainders as (

    select
        person_population,
        path_length,
        '(all other paths)' as path
    from prefixes

),

rows_shown as (

    select
        person_population,
        path_length,
        path
    from named_prefixes
    union
    select
        person_population,
        path_length,
        path
    from remainders

)

select
    rows_shown.person_population,
    rows_shown.path_length,
    rows_shown.path,
    rows_shown.path = '(all other paths)' as is_remainder,
    cast(coalesce(sum(named_prefixes.persons), 0) as bigint) as persons,
    cast(coalesce(sum(named_prefixes.mature_persons), 0) as bigint) as mature_persons,
    cast(coalesce(sum(named_prefixes.converted), 0) as bigint) as converted,
    cast(coalesce(sum(named_prefixes.unconverted_orders), 0) as bigint) as unconverted_orders,
    -- Unknown where there are orders and none of them could be converted.
    {%- for amount in ['revenue', 'net_revenue'] %}
    cast(
        case
            when coalesce(sum(named_prefixes.orders), 0) = 0 then 0
            else sum(named_prefixes.{{ amount }})
        end as decimal(38, 4)
    ) as {{ amount }}{{ ',' if not loop.last }}
    {%- endfor %}
from rows_shown
left join named_prefixes
    on
        rows_shown.person_population = named_prefixes.person_population
        and rows_shown.path_length = named_prefixes.path_length
        and rows_shown.path = named_prefixes.path
group by rows_shown.person_population, rows_shown.path_length, rows_shown.path

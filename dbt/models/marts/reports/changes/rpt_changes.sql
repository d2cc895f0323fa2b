with

changes as (

    select * from {{ ref('int_figure_changes') }}

),

windows as (

    select * from {{ ref('int_figure_windows') }}

)

select
    changes.figure,
    nullif(changes.micro_conversion, '') as micro_conversion,
    changes.person_population,
    cast(windows.window_days as integer) as window_days,
    windows.before_from,
    windows.now_from,
    windows.now_until,
    windows.is_comparable,
    changes.now_n,
    changes.now_value,
    changes.now_lower,
    changes.now_upper,
    changes.now_unconverted_orders,
    changes.before_n,
    changes.before_value,
    changes.before_lower,
    changes.before_upper,
    changes.before_unconverted_orders,
    changes.difference,
    changes.difference_lower,
    changes.difference_upper,
    changes.difference / nullif(changes.before_value, 0) as relative_change,
    changes.p_value,
    changes.q_value,
    case
        when changes.q_value is null then 'insufficient'
        when changes.q_value > 0.05 then 'no change shown'
        when changes.difference > 0 then 'up'
        else 'down'
    end as direction,
    changes.method
from changes
inner join windows
    on changes.figure = windows.figure and changes.micro_conversion = windows.micro_conversion

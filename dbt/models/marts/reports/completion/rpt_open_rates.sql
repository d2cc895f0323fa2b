with

counts as (

    select * from {{ ref('int_open_rate_counts') }}

),

bounds as (

    select
        *,
        seen {%- for reason in unobservable_reasons() %} + unseen_{{ reason }} {%- endfor %} as possible,
        observable / cast(delivered as double) as observable_share,
        (seen - observable_seen) / cast(delivered as double) as known_share
    from counts
    where delivered > 0

),

-- How sure the figures would be of other recipients of the same kind; who cannot be seen at all is not a matter of sampling.
with_intervals as (

    select
        *,
        {{ wilson_interval('seen', 'delivered', 'lower') }} as low_lower,
        {{ wilson_interval('seen', 'delivered', 'upper') }} as low_upper,
        {{ wilson_interval('possible', 'delivered', 'lower') }} as high_lower,
        {{ wilson_interval('possible', 'delivered', 'upper') }} as high_upper,
        {{ wilson_interval('observable_seen', 'observable', 'lower') }} as observable_lower,
        {{ wilson_interval('observable_seen', 'observable', 'upper') }} as observable_upper,
        case when observable > 0 then observable_seen / cast(observable as double) end as observable_rate
    from bounds

)

select
    slice_type,
    slice_value,
    delivered,
    immature,
    withheld,
    immature = 0 as is_mature,
    observable,
    observable_seen,
    {%- for reason in unobservable_reasons() %}
    {{ reason }},
    {%- endfor %}
    seen,
    opened,
    opened / cast(nullif(delivered - plan_without_opens, 0) as double) as rate_gross,
    seen / cast(delivered as double) as low,
    low_lower,
    low_upper,
    {{ open_rate_estimate('observable_rate') }} as estimate,
    {{ open_rate_estimate('observable_lower') }} as estimate_lower,
    {{ open_rate_estimate('observable_upper') }} as estimate_upper,
    'recipients whose opens cannot be observed open as often as those whose can' as estimate_assumption,
    possible / cast(delivered as double) as high,
    high_lower,
    high_upper,
    (possible - seen) / cast(delivered as double) as width,
    {%- for reason in unobservable_reasons() %}
    unseen_{{ reason }} / cast(delivered as double) as width_{{ reason }},
    {%- endfor %}
    'nobody reads whose opens can be observed and is not seen to' as bounds_assumption,
    'opens within the window of the send, mature deliveries; Wilson intervals of sampling' as method
from with_intervals

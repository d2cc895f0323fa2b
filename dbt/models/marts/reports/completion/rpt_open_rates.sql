with

counts as (

    select * from {{ ref('int_open_rate_counts') }}

),

-- What is known of the proxied stays known: who clicked has opened, even if the rate expects fewer.
shares as (

    select
        counts.*,
        {{ wilson_interval('counts.humans', 'counts.delivered', 'lower') }} as low_lower,
        {{ wilson_interval('counts.humans', 'counts.delivered', 'upper') }} as low_upper,
        {{ wilson_interval('counts.opened', 'counts.delivered', 'lower') }} as high_lower,
        {{ wilson_interval('counts.opened', 'counts.delivered', 'upper') }} as high_upper,
        {{ wilson_interval('counts.unproxied_humans', 'counts.unproxied', 'lower') }} as unproxied_lower,
        {{ wilson_interval('counts.unproxied_humans', 'counts.unproxied', 'upper') }} as unproxied_upper,
        counts.unproxied / cast(counts.delivered as double) as unproxied_share,
        counts.proxied_humans / cast(counts.delivered as double) as known_share,
        case when counts.unproxied > 0 then counts.unproxied_humans / cast(counts.unproxied as double) end
            as unproxied_rate
    from counts
    where counts.delivered > 0

)

select
    slice_type,
    slice_value,
    delivered,
    immature,
    immature = 0 as is_mature,
    proxied,
    humans,
    opened,
    humans / cast(delivered as double) as low,
    low_lower,
    low_upper,
    {{ open_rate_estimate('unproxied_rate') }} as estimate,
    {{ open_rate_estimate('unproxied_lower') }} as estimate_lower,
    {{ open_rate_estimate('unproxied_upper') }} as estimate_upper,
    opened / cast(delivered as double) as high,
    high_lower,
    high_upper,
    'opens within the window of the delivery, mature deliveries; Wilson intervals' as method
from shares

with

counts as (

    select * from {{ ref('int_pattern_counts') }}

),

estimates as (

    select * from {{ ref('int_pattern_estimates') }}

)

select
    counts.pattern,
    cast(counts.pattern_length as integer) as pattern_length,
    counts.persons,
    counts.persons - counts.mature_persons as immature_persons,
    counts.mature_persons,
    counts.mature_persons > 0 as is_mature,
    counts.converted,
    counts.converted / cast(nullif(counts.mature_persons, 0) as double) as conversion_rate,
    {{ wilson_interval('counts.converted', 'counts.mature_persons', 'lower') }} as conversion_rate_lower,
    {{ wilson_interval('counts.converted', 'counts.mature_persons', 'upper') }} as conversion_rate_upper,
    counts.converted_in_visit / cast(nullif(counts.converted, 0) as double) as converting_visit_share,
    cast(counts.other_persons as bigint) as other_persons,
    counts.others_converted / cast(nullif(counts.other_persons, 0) as double) as others_rate,
    estimates.lift,
    estimates.lower as lift_lower,
    estimates.upper as lift_upper,
    estimates.p_value,
    estimates.q_value,
    counts.control_mature_persons,
    counts.control_converted / cast(nullif(counts.control_mature_persons, 0) as double) as control_rate,
    estimates.control_lift,
    estimates.control_lower as control_lift_lower,
    estimates.control_upper as control_lift_upper,
    estimates.lift / nullif(estimates.control_lift, 0) as lift_over_control,
    case
        when estimates.is_part_of_converting then 'part of converting'
        when estimates.lift is not null then 'estimated'
        when counts.mature_persons = 0 then 'insufficient: nobody followed'
        when counts.other_persons = 0 then 'insufficient: nobody without it'
        else 'insufficient: nobody converted'
    end as verdict,
    cast({{ var('path_horizon_days') }} as integer) as horizon_days,
    'known persons who were not there before the data begin, in their first journey, followed for the horizon since they'
    || ' first completed the pattern, against all others at the same number of steps; no lift where half of the converters or more complete the pattern in the visit in'
    || ' which they convert; Wilson interval of the rate, adjusted log interval of the lift; q by'
    || ' Benjamini-Hochberg over all rows; control: each person''s steps in random order at the same instants' as method
from counts
inner join estimates on counts.pattern_code = estimates.pattern_code

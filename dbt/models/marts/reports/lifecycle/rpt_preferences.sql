with

estimates as (

    select * from {{ ref('int_velocity_estimates') }}
    where measure = 'preferences'

),

observable as (

    select
        micro_conversion,
        is_observable
    from {{ ref('int_observable_micro_conversions') }}

),

visits as (

    select is_observable
    from observable
    where micro_conversion = 'preference_center_visit'

),

outcomes as (

    {%- for outcome in ['preferences_update', 'unsubscribe'] %}
    select '{{ outcome }}' as outcome
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    outcomes.outcome,
    'known' as person_population,
    case
        when coalesce(visits.is_observable, false) = false or coalesce(observable.is_observable, false) = false
            then 'not observable'
        when coalesce(estimates.persons, 0) = 0 then 'none yet'
        else 'measured'
    end as status,
    case
        when coalesce(visits.is_observable, false) = false then 'No source reports preference_center_visit.'
        when coalesce(observable.is_observable, false) = false then 'No source reports ' || outcomes.outcome || '.'
    end as reason,
    {{ var('preference_days') }} as window_days,
    coalesce(estimates.persons, 0) as persons,
    case when observable.is_observable then coalesce(estimates.reached, 0) end as reached,
    coalesce(estimates.elsewhere, 0) as other_outcome,
    coalesce(estimates.persons - estimates.reached - estimates.elsewhere, 0) as censored,
    coalesce(estimates.longest_follow_up_seconds >= {{ var('preference_days') }} * 86400, false) as is_mature,
    case when observable.is_observable then estimates.probability end as probability,
    case when observable.is_observable then estimates.probability_lower end as probability_lower,
    case when observable.is_observable then estimates.probability_upper end as probability_upper,
    case when observable.is_observable then estimates.median_seconds end as median_seconds,
    'first visit of the preference page by each known person, until the first of a change of preferences and an unsubscription; '
    || 'Aalen-Johansen with Marubini-Valsecchi errors, at the end of the days of the window' as method
from outcomes
left join observable on outcomes.outcome = observable.micro_conversion
left join visits on true
left join estimates on outcomes.outcome = estimates.next_step

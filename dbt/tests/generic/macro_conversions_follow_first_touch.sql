{% test macro_conversions_follow_first_touch(model) %}
with

first_touches as (
    select
        person_key,
        min(entered_at) as first_touch_at
    from {{ ref('fct_journeys') }}
    group by person_key
)

select conversions.*
from {{ model }} as conversions
left join first_touches on conversions.person_key = first_touches.person_key
where
    conversions.person_key is not null
    and (first_touches.first_touch_at is null or conversions.occurred_at < first_touches.first_touch_at)
{% endtest %}

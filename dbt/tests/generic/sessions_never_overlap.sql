{% test sessions_never_overlap(model) %}
select *
from (
    select
        *,
        lag(ended_at) over (partition by person_key order by started_at, session_id) as previous_ended_at,
        lag(started_at) over (partition by person_key order by started_at, session_id) as previous_started_at
    from {{ model }}
) as compared
where
    started_at <= previous_ended_at
    or (
        {{ seconds_between('previous_ended_at', 'started_at') }} < {{ var('session_timeout_minutes') }} * 60
        and {{ seconds_between('previous_started_at', 'started_at') }} < {{ var('session_cap_hours') }} * 3600
    )
{% endtest %}

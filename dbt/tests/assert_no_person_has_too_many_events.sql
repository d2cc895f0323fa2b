{{ config(
    enabled=target.type == 'spark',
    meta={'dagster': {'ref': {'name': 'int_event_persons'}}},
    fail_calc='coalesce(max(events), 0)',
    warn_if='> ' ~ env_var('MILEPOST_SPARK_PERSON_WARNS', '1000000'),
    error_if='> ' ~ env_var('MILEPOST_SPARK_PERSON_STOPS', '50000000'),
) }}

-- All of a person's events are in one task of Spark, in each model that follows them in order: this stops the build
-- before the first of them.
select
    person_key,
    count(*) as events
from {{ ref('int_event_persons') }}
group by person_key
having count(*) > {{ env_var('MILEPOST_SPARK_PERSON_WARNS', '1000000') }}

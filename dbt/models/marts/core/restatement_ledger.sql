{{ config(
    materialized='incremental', full_refresh=false, pre_hook='{{ forget_unfinished_changes(this) }}'
) }}
with

changes as (

    select * from {{ ref('int_partition_changes') }}

),

sessions_now as (

    select * from {{ ref('int_partition_sessions') }}

),

-- What the changed partitions held before and hold now; a session counts once, whichever of both it stands in.
affected_sessions as (

    select
        event_partition,
        person_key,
        session_id
    from sessions_now
    where event_partition in (select changes.event_partition from changes)
    union
    select
        event_partition,
        person_key,
        session_id
    from {{ ref('int_previous_partition_sessions') }}

),

affected_counts as (

    select
        event_partition,
        count(distinct person_key) as persons,
        count(distinct session_id) as sessions
    from affected_sessions
    group by event_partition

)

select
    {{ build_began_at() }} as run_at,
    changes.source,
    changes.stream,
    changes.partition,
    changes.change,
    changes.rows_before,
    changes.rows_after,
    coalesce(affected_counts.persons, 0) as persons,
    coalesce(affected_counts.sessions, 0) as sessions,
    {{ is_full_build() }} as is_full_build
from changes
left join affected_counts on changes.event_partition = affected_counts.event_partition
where {{ is_whole_build() }}

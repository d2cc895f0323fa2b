with

known_persons as (

    select * from {{ ref('dim_persons') }}
    where known_since is not null

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

numbered_sessions as (

    select
        person_key,
        ended_at,
        row_number() over (partition by person_key order by ended_at, session_id) as visits
    from sessions
    where person_key is not null

),

bands as (

    select
        person_key,
        {{ visit_band('visits') }} as visits,
        min(ended_at) as starts_at
    from numbered_sessions
    group by person_key, {{ visit_band('visits') }}

    union all

    select
        person_key,
        0,
        timestamp '{{ var("earliest_time") }}'
    from known_persons

)

select
    person_key,
    visits,
    starts_at,
    lead(starts_at) over (partition by person_key order by visits) as ends_at
from bands

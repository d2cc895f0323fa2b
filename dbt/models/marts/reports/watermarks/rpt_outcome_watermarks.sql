with

outcomes as (

    select * from {{ ref('int_outcome_watermarks') }}

)

select
    outcome_type,
    outcome,
    watermark_at,
    known_from,
    reporters,
    earliest_reporter
from outcomes
-- In an empty warehouse nothing is known.
where watermark_at is not null

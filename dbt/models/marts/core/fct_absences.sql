{{ config(materialized='view') }}

with

absences as (

    select * from {{ ref('int_absences') }}

),

known as (

    {{ absence_watermarks() }}

)

select
    absences.person_key,
    absences.state,
    absences.counted_from,
    absences.since,
    absences.resolved_at,
    absences.occurrences,
    absences.email_id,
    absences.campaign_key
from absences
inner join known
    on
        absences.state = known.state
        and absences.since <= known.watermark_at
        and {{ is_after_begin('absences.counted_from', 'known.known_from') }}

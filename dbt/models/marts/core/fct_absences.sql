{{ config(materialized='view') }}

with

absences as (

    select * from {{ ref('int_absences') }}

),

known_until as (

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
inner join known_until
    on absences.state = known_until.state and absences.since <= known_until.watermark_at

{{ config(materialized='view') }}

with

absences as (

    select * from {{ ref('int_absences') }}

),

-- Until when it is known of each state that what would have prevented or ended it did not happen.
known_until as (

    select
        'opened_no_click' as state,
        {{ outcome_watermark('micro_conversion', 'email_click') }} as watermark_at
    union all
    select
        'clicked_no_conversion',
        {{ outcome_watermark('macro_conversion') }}
    union all
    select
        'cart_abandoned',
        {{ outcome_watermark('macro_conversion') }}
    union all
    select
        'ignored_emails',
        least(
            {{ outcome_watermark('micro_conversion', 'email_open') }},
            {{ outcome_watermark('micro_conversion', 'email_click') }}
        )

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

with

offers as (

    select * from {{ ref('int_step_offers') }}

),

journeys as (

    select * from {{ ref('int_journeys') }}

),

steps as (

    select * from {{ ref('int_steps_compared') }}

),

known_persons as (

    select * from {{ ref('dim_persons') }}
    where known_since is not null

),

first_conversions as (

    select * from {{ ref('int_first_conversions') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

persons as (

    select * from {{ ref('int_person_keys') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

-- A person is followed from the entry of the first journey, by the acts alone: an e-mail received is none. A later journey
-- begins after a macro-conversion, and who has converted is not at risk.
entries as (

    select
        person_key,
        entered_at,
        entry_source
    from journeys

),

offers_and_steps as (

    select
        person_key,
        offered_at as occurred_at,
        0 as steps,
        offer
    from offers

    union all

    select
        person_key,
        occurred_at,
        1,
        null
    from micro_conversions

),

-- At one instant the offer stands before the step.
with_steps_before as (

    select
        *,
        sum(steps) over (
            partition by person_key order by occurred_at, steps
            rows between unbounded preceding and current row
        ) as steps_before
    from offers_and_steps

),

-- The visit in which a step was offered is over before anybody is compared: what is done in it belongs together. Persons
-- are at risk from when they are known: who becomes known by buying has no time before it, and the others have theirs.
offers_with_start as (

    select
        offers.person_key,
        offers.offer,
        offers.steps_before,
        known_persons.known_since as known_at,
        greatest(
            entries.entered_at,
            known_persons.known_since,
            offers.occurred_at,
            coalesce(sessions.ended_at, offers.occurred_at)
        ) as starts_at,
        entries.entered_at,
        entries.entry_source
    from with_steps_before as offers
    inner join entries on offers.person_key = entries.person_key
    inner join known_persons on offers.person_key = known_persons.person_key
    left join sessions
        on
            offers.person_key = sessions.person_key
            and offers.occurred_at >= sessions.started_at
            and offers.occurred_at <= sessions.ended_at
    where offers.offer is not null

),

offers_compared as (

    select distinct
        offer_of_all,
        offer,
        known_from
    from steps

)

-- Who had converted before is not at risk. Whether persons who entered before conversions were reported had is unknown.
select
    offers.person_key,
    offers_compared.offer,
    offers.entered_at,
    offers.starts_at,
    offers.known_at,
    first_conversions.converted_at,
    {{ engagement_band('offers.steps_before') }} as engagement,
    {{ period_start('month', 'offers.entered_at') }} as cohort_month,
    offers.entry_source,
    left_truncated_persons.person_key is not null as is_left_truncated,
    mod({{ stable_key(['persons.person_id']) }}, {{ var('jackknife_buckets') }}) as bucket
from offers_with_start as offers
inner join offers_compared on offers.offer = offers_compared.offer_of_all
inner join persons on offers.person_key = persons.person_key
left join left_truncated_persons on offers.person_key = left_truncated_persons.person_key
left join first_conversions on offers.person_key = first_conversions.person_key
where
    (first_conversions.converted_at is null or first_conversions.converted_at > offers.starts_at)
    and {{ is_after_begin('offers.entered_at', 'offers_compared.known_from') }}

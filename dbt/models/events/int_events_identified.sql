with

events as (

    select * from {{ ref('int_events') }}

),

resolved_events as (

    select * from {{ ref('int_resolved_events') }}

),

signatures as (

    select * from {{ ref('int_event_signatures') }}

),

candidates as (

    select * from {{ ref('int_catalogue_candidates') }}

),

catalogue as (

    select * from {{ ref('micro_conversion_types') }}

),

bitlinks as (

    select * from {{ ref('stg_bitly__bitlinks') }}

),

time_zones as (

    select * from {{ ref('int_person_time_zones') }}

),

known_events as (

    select * from {{ ref('int_known_events') }}

),

order_events as (

    select * from {{ ref('int_order_events') }}

),

matches as (

    select
        signatures.event_id,
        candidates.micro_conversion
    from signatures
    inner join candidates
        on
            signatures.source = candidates.source
            and signatures.feed = candidates.feed
            and signatures.event_name = candidates.event_name
            and signatures.path = candidates.path
            and signatures.campaign_key = candidates.campaign_key
            and signatures.link_role = candidates.link_role
            and signatures.traffic_medium = candidates.traffic_medium
            and signatures.passed_tests = candidates.passed_tests
    left join order_events on signatures.event_id = order_events.event_id
    -- Neither a refund nor an order that its shop voided counts as a conversion.
    where candidates.rule_rank = 1 and coalesce(order_events.is_refund or order_events.is_voided, false) = false

),

identified as (

    select
        events.event_id,
        resolved_events.person_key,
        known_events.event_id is not null as is_known,
        events.occurred_at,
        {{ from_utc(
            'events.occurred_at', "coalesce(time_zones.time_zone, '" ~ var('account_time_zone') ~ "')"
        ) }} as occurred_at_local,
        {{ as_enum('events.source', 'event_source') }} as source,
        events.feed,
        events.event_name,
        cast(coalesce(
            resolved_events.event_rank,
            {{ recognised_rank('catalogue.polarity', 'catalogue.journey_stage', 'catalogue.commitment_level') }},
            {{ var('unknown_event_rank') }}
        ) as smallint) as event_rank,
        {{ as_enum('matches.micro_conversion', 'micro_conversion') }} as micro_conversion,
        {{ as_enum("nullif(catalogue.journey_stage, 'none')", 'journey_stage') }} as journey_stage,
        coalesce(catalogue.polarity = 'macro', false) as is_macro,
        resolved_events.is_machine,
        resolved_events.machine_reason,
        resolved_events.is_person_action,
        events.campaign_key,
        events.email_id,
        case
            when events.event_name in {{ email_event_names('click') }}
                then {{ link_key('bitlinks.bitlink', 'events.campaign_key', 'events.url') }}
        end as link_key,
        -- What a person who refused analytics looked at could join their rows again.
        case when resolved_events.withheld_person_key is null then events.url end as url,
        events.traffic_source,
        events.traffic_medium,
        events.traffic_campaign,
        events.revenue,
        events.currency,
        events.order_id,
        events.experiment,
        events.variant,
        events.device,
        events.country,
        events.engagement_seconds,
        events.event_count,
        events.contact_key,
        events.user_id,
        events.client_id,
        events.source_position,
        case when resolved_events.withheld_person_key is null then events.properties end as properties,
        events.loaded_at
    from events
    inner join resolved_events on events.event_id = resolved_events.event_id
    left join known_events on events.event_id = known_events.event_id
    left join matches on events.event_id = matches.event_id
    left join catalogue on matches.micro_conversion = catalogue.micro_conversion
    left join time_zones on resolved_events.person_key = time_zones.person_key
    left join bitlinks
        on events.event_name in {{ email_event_names('click') }} and split_part(events.url, '://', 2) = bitlinks.bitlink

)

select * from identified

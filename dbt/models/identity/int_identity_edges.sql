with

evidence as (

    select * from {{ ref('int_identity_evidence') }}

),

-- Every device first takes its best key, to see which identifiers have more neighbours than a person has.
keys_ranked_on_device as (

    select
        *,
        row_number() over (
            partition by left_kind, left_identifier, right_kind
            order by sessions desc, is_declared desc, first_seen_at, right_identifier
        ) as rank_on_device
    from evidence

),

neighbours as (

    select
        left_kind as kind,
        left_identifier as identifier
    from keys_ranked_on_device
    where rank_on_device = 1 or is_declared or sessions >= {{ var('identity_minimum_sessions') }}
    union all
    select
        right_kind,
        right_identifier
    from keys_ranked_on_device
    where rank_on_device = 1 or is_declared or sessions >= {{ var('identity_minimum_sessions') }}

),

crowded as (

    select
        kind,
        identifier
    from neighbours
    group by kind, identifier
    having count(*) > {{ var('identity_degree_cap') }}

),

marked as (

    select
        evidence.*,
        crowded_left.identifier is not null as is_left_crowded,
        crowded_right.identifier is not null as is_right_crowded,
        coalesce(crowded_left.identifier, crowded_right.identifier) is not null as is_crowded
    from evidence
    left join crowded as crowded_left
        on evidence.left_kind = crowded_left.kind and evidence.left_identifier = crowded_left.identifier
    left join crowded as crowded_right
        on evidence.right_kind = crowded_right.kind and evidence.right_identifier = crowded_right.identifier

),

-- How a pair stands among the other keys of the same device, and among the other devices of the same key.
ranked as (

    select
        *,
        row_number() over (
            partition by left_kind, left_identifier, right_kind, is_crowded
            order by sessions desc, is_declared desc, first_seen_at, right_identifier
        ) as rank_on_device,
        row_number() over (
            partition by right_kind, right_identifier, left_kind, is_crowded
            order by sessions desc, is_declared desc, first_seen_at, left_identifier
        ) as rank_of_device
    from marked

),

-- A device's best key is taken at its word. A further key must show itself again (a forwarded e-mail shows up
-- once) and live mainly on this device (a borrower's main device is another one).
classified_pairs as (

    select
        left_kind,
        left_identifier,
        right_kind,
        right_identifier,
        sessions,
        is_declared,
        first_seen_at,
        last_seen_at,
        case
            when is_right_crowded then 'shared_mailbox'
            when is_left_crowded then 'shared_device'
            when left_kind = 'user_id' or right_kind = 'user_id' then 'same_person'
            when rank_on_device = 1 then 'same_person'
            when sessions < {{ var('identity_minimum_sessions') }} and not is_declared then 'forwarded'
            when rank_of_device > 1 then 'shared_device'
            else 'same_person'
        end as verdict
    from ranked

)

select * from classified_pairs

with

evidence as (

    select * from {{ ref('int_identity_evidence') }}

),

-- How this pair stands among the other keys of the same device, and among the other devices of the same key.
ranked as (

    select
        *,
        count(*) over (partition by left_kind, left_identifier, right_kind) as keys_of_device,
        row_number() over (
            partition by left_kind, left_identifier, right_kind
            order by sessions desc, is_declared desc, first_seen_at, right_identifier
        ) as rank_on_device,
        row_number() over (
            partition by right_kind, right_identifier, left_kind
            order by sessions desc, is_declared desc, first_seen_at, left_identifier
        ) as rank_of_device,
    from evidence

),

-- A device known for one key only, or its best key, is taken at its word. A further key must show itself again
-- (a forwarded e-mail shows up once) and live mainly on this device (a borrower's main device is another one).
judged as (

    select
        *,
        case
            when left_kind = 'user_id' or right_kind = 'user_id' then 'same_person'
            when keys_of_device = 1 or rank_on_device = 1 then 'same_person'
            when sessions < {{ var('identity_minimum_sessions') }} and not is_declared then 'forwarded'
            when rank_of_device > 1 then 'shared_device'
            else 'same_person'
        end as first_verdict,
    from ranked

),

neighbours as (

    select left_kind as kind, left_identifier as identifier,
    from judged
    where first_verdict = 'same_person'
    union all
    select right_kind, right_identifier,
    from judged
    where first_verdict = 'same_person'

),

crowded as (

    select kind, identifier,
    from neighbours
    group by kind, identifier
    having count(*) > {{ var('identity_degree_cap') }}

),

capped as (

    select
        judged.left_kind,
        judged.left_identifier,
        judged.right_kind,
        judged.right_identifier,
        judged.sessions,
        judged.is_declared,
        judged.first_seen_at,
        judged.last_seen_at,
        case
            when
                judged.first_verdict = 'same_person'
                and (crowded_left.identifier is not null or crowded_right.identifier is not null)
                then 'too_many_neighbours'
            else judged.first_verdict
        end as verdict,
    from judged
    left join crowded as crowded_left
        on judged.left_kind = crowded_left.kind and judged.left_identifier = crowded_left.identifier
    left join crowded as crowded_right
        on judged.right_kind = crowded_right.kind and judged.right_identifier = crowded_right.identifier

)

select * from capped

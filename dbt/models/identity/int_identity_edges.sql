with

evidence as (

    select * from {{ ref('int_identity_evidence') }}

),

crowded_identifiers as (

    select * from {{ ref('int_crowded_identifiers') }}

),

undeclared_devices as (

    select
        right_identifier,
        count(*) over (
            partition by right_identifier
            order by first_seen_at
            range between interval '{{ var("identity_window_days") }}' day preceding and current row
        ) as devices
    from evidence
    where left_kind = 'client_id' and right_kind = 'contact_key' and is_declared = false

),

-- Colleagues who read the e-mails of one mailbox: a person has not so many devices at a time.
read_on_many_devices as (

    select distinct right_identifier
    from undeclared_devices
    where devices > {{ var('identity_undeclared_device_cap') }}

),

marked as (

    select
        evidence.*,
        crowded_left.identifier is not null as is_left_crowded,
        crowded_right.identifier is not null as is_right_crowded,
        read_on_many_devices.right_identifier is not null as is_of_many_devices
    from evidence
    left join crowded_identifiers as crowded_left
        on
            evidence.left_kind = crowded_left.identifier_kind
            and evidence.left_identifier = crowded_left.identifier
    left join crowded_identifiers as crowded_right
        on
            evidence.right_kind = crowded_right.identifier_kind
            and evidence.right_identifier = crowded_right.identifier
    left join read_on_many_devices
        on
            evidence.left_kind = 'client_id' and evidence.right_kind = 'contact_key' and evidence.is_declared = false
            and evidence.right_identifier = read_on_many_devices.right_identifier

),

-- How a pair stands among the other keys of the same device, and among the other devices of the same key.
ranked as (

    select
        *,
        row_number() over (
            partition by left_kind, left_identifier, right_kind, is_left_crowded or is_right_crowded, is_of_many_devices
            order by sessions desc, is_declared desc, is_email_only, first_seen_at, right_identifier
        ) as rank_on_left,
        row_number() over (
            partition by right_kind, right_identifier, left_kind, is_left_crowded or is_right_crowded, is_of_many_devices
            order by sessions desc, is_declared desc, is_email_only, first_seen_at, left_identifier
        ) as rank_of_left
    from marked

),

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
            when is_right_crowded and right_kind = 'contact_key' then 'shared_mailbox'
            when is_right_crowded or (is_left_crowded and left_kind = 'user_id') then 'shared_account'
            when is_left_crowded then 'shared_device'
            when is_of_many_devices then 'shared_mailbox'
            when is_proven = false and rank_on_left > 1 then 'forwarded'
            when is_proven = false and is_email_only then 'unproven'
            when rank_on_left = 1 then 'same_person'
            when rank_of_left > 1 then 'shared_device'
            else 'same_person'
        end as verdict
    from ranked

)

select * from classified_pairs

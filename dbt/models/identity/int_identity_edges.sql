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

-- Two addresses that take turns on a device, and the second is declared where the first is not: a couple at one computer.
taking_turns as (

    select distinct
        seconds.left_identifier,
        seconds.right_identifier
    from ranked as firsts
    inner join ranked as seconds
        on
            firsts.left_kind = seconds.left_kind
            and firsts.left_identifier = seconds.left_identifier
            and firsts.right_kind = seconds.right_kind
            and firsts.first_seen_at < seconds.last_seen_at
            and seconds.first_seen_at < firsts.last_seen_at
    inner join evidence as elsewhere
        on
            seconds.left_kind = elsewhere.left_kind
            and seconds.right_kind = elsewhere.right_kind
            and seconds.right_identifier = elsewhere.right_identifier
    left join evidence as firsts_elsewhere
        on
            elsewhere.left_kind = firsts_elsewhere.left_kind
            and elsewhere.left_identifier = firsts_elsewhere.left_identifier
            and firsts.right_kind = firsts_elsewhere.right_kind
            and firsts.right_identifier = firsts_elsewhere.right_identifier
    where
        firsts.left_kind = 'client_id' and firsts.right_kind = 'contact_key'
        and firsts.rank_on_left = 1 and firsts.is_declared
        and seconds.rank_on_left > 1 and seconds.is_declared
        and elsewhere.is_declared and firsts_elsewhere.left_identifier is null

),

classified_pairs as (

    select
        ranked.left_kind,
        ranked.left_identifier,
        ranked.right_kind,
        ranked.right_identifier,
        ranked.sessions,
        ranked.is_declared,
        ranked.first_seen_at,
        ranked.last_seen_at,
        case
            when is_right_crowded and right_kind = 'contact_key' then 'shared_mailbox'
            when is_right_crowded or (is_left_crowded and left_kind = 'user_id') then 'shared_account'
            when is_left_crowded then 'shared_device'
            when is_of_many_devices then 'shared_mailbox'
            when is_proven = false and rank_on_left > 1 then 'forwarded'
            when is_proven = false and is_email_only then 'unproven'
            when rank_on_left = 1 then 'same_person'
            when rank_of_left > 1 or taking_turns.left_identifier is not null then 'shared_device'
            else 'same_person'
        end as verdict
    from ranked
    left join taking_turns
        on
            ranked.left_kind = 'client_id' and ranked.right_kind = 'contact_key'
            and ranked.left_identifier = taking_turns.left_identifier
            and ranked.right_identifier = taking_turns.right_identifier

)

select * from classified_pairs

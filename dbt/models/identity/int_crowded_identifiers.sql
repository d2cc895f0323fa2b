with

evidence as (

    select * from {{ ref('int_identity_evidence') }}

),

plausible_pairs as (

    select * from evidence
    where is_plausible

),

neighbours as (

    select
        left_kind as identifier_kind,
        left_identifier as identifier,
        first_seen_at
    from plausible_pairs
    union all
    select
        right_kind,
        right_identifier,
        first_seen_at
    from plausible_pairs

),

-- Browsers forget their id, so that a person has many over the years, but few at a time.
new_neighbours as (

    select
        identifier_kind,
        identifier,
        count(*) over (
            partition by identifier_kind, identifier
            order by first_seen_at
            range between interval '{{ var("identity_window_days") }}' day preceding and current row
        ) as neighbours
    from neighbours

),

with_many_neighbours as (

    select distinct
        identifier_kind,
        identifier
    from new_neighbours
    where neighbours > {{ var('identity_degree_cap') }}

),

-- The address of an e-mail that the account's owner was forwarded is not theirs.
with_many_addresses as (

    select
        left_kind as identifier_kind,
        left_identifier as identifier
    from evidence
    where right_kind = 'contact_key' and (is_plausible or (left_kind = 'user_id' and is_email_only = false))
    group by left_kind, left_identifier
    having count(*) > {{ var('identity_address_cap') }}

),

single_pairs as (

    select plausible_pairs.*
    from plausible_pairs
    left join with_many_addresses
        on
            plausible_pairs.left_kind = with_many_addresses.identifier_kind
            and plausible_pairs.left_identifier = with_many_addresses.identifier
    where with_many_addresses.identifier is null

),

-- An account or address whose devices or accounts have many addresses, each its own.
leading_to_many_addresses as (

    select
        single_pairs.right_kind as identifier_kind,
        single_pairs.right_identifier as identifier
    from single_pairs
    inner join single_pairs as others
        on
            single_pairs.left_kind = others.left_kind
            and single_pairs.left_identifier = others.left_identifier
            and others.right_kind = 'contact_key'
            and single_pairs.right_identifier <> others.right_identifier
    group by single_pairs.right_kind, single_pairs.right_identifier
    having count(distinct others.right_identifier) > {{ var('identity_address_cap') }}

),

-- Two colleagues have one mailbox: on each one's device, and in each one's account, their own address is the one that
-- is declared, or more used.
owned_devices as (

    select
        pairs.right_identifier as identifier,
        pairs.left_kind || ' ' || pairs.left_identifier as device,
        owners.right_identifier as owner
    from single_pairs as pairs
    inner join single_pairs as owners
        on
            pairs.left_kind = owners.left_kind
            and pairs.left_identifier = owners.left_identifier
            and pairs.right_kind = owners.right_kind
            and pairs.right_identifier <> owners.right_identifier
    where
        pairs.right_kind = 'contact_key' and owners.is_declared
        and (pairs.is_declared = false or owners.sessions >= pairs.sessions)

),

devices_of_owners as (

    select
        identifier,
        owner,
        count(*) as devices
    from owned_devices
    group by identifier, owner

),

devices_with_owners as (

    select
        identifier,
        count(distinct device) as devices
    from owned_devices
    group by identifier

),

-- Where one address is on all of them, the two are addresses of one person.
of_several_owners as (

    select devices_with_owners.identifier
    from devices_with_owners
    inner join devices_of_owners on devices_with_owners.identifier = devices_of_owners.identifier
    group by devices_with_owners.identifier
    having max(devices_of_owners.devices) < max(devices_with_owners.devices)

)

select
    identifier_kind,
    identifier
from with_many_neighbours
union
select
    identifier_kind,
    identifier
from with_many_addresses
union
select
    identifier_kind,
    identifier
from leading_to_many_addresses
union
select
    'contact_key',
    identifier
from of_several_owners

with

all_contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

subscription_changes as (

    select
        *,
        {{ account_prefix() }} as account_prefix,
        {{ event_partition('hubspot', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at
    from {{ source('hubspot', 'subscription_changes') }}
    where timestamp between 631152000000 and 4102444800000

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

-- Of several versions the latest has the whole history; what is deleted leaves no events.
kept_contacts as (

    select * from all_contacts
    where is_latest and is_deleted = false

),

changes as (

    select
        {{ known_identifier('contact', hex_text('subscription_changes.contact_key')) }} as contact_key,
        {{ epoch_milliseconds('subscription_changes.timestamp') }} as changed_at,
        upper({{ json_path_text('changes', "'$[' || positions.position || '].change'") }}) as change,
        upper({{ json_path_text('changes', "'$[' || positions.position || '].changeType'") }}) as change_type,
        subscription_changes.account_prefix
        || {{ json_path_text('changes', "'$[' || positions.position || '].subscriptionId'") }} as subscription_id,
        subscription_changes.event_partition,
        subscription_changes.loaded_at
    from subscription_changes
    {{ join_positions('subscription_changes', occurrences('subscription_changes.changes', '"changeType"')) }}
    {{ join_placeholders({'contact': hex_text('subscription_changes.contact_key')}) }}

),

subscribed_versions as (

    select
        contact_id,
        max(updated_at) as updated_at
    from all_contacts
    where is_unsubscribed = false
    group by contact_id

),

-- Refusals of every e-mail that only the contact's record has, such as those from before the first day that is read: as
-- of its first version since it last was subscribed.
opt_outs as (

    select
        contacts.contact_id,
        contacts.contact_key,
        contacts.user_id,
        contacts.event_partition,
        contacts.loaded_at,
        min(versions.updated_at) as changed_at
    from kept_contacts as contacts
    inner join all_contacts as versions on contacts.contact_id = versions.contact_id
    left join subscribed_versions on contacts.contact_id = subscribed_versions.contact_id
    where
        contacts.is_unsubscribed
        and versions.is_unsubscribed
        and (subscribed_versions.contact_id is null or versions.updated_at > subscribed_versions.updated_at)
    group by
        contacts.contact_id, contacts.contact_key, contacts.user_id, contacts.event_partition, contacts.loaded_at

),

all_changes as (

    select
        'subscription-' || cast(changed_at as string) || '-' || coalesce(contact_key, '') || '-' || coalesce(change, '')
        || '-' || coalesce(change_type, '') || '-' || coalesce(subscription_id, '') as event_key,
        contact_key,
        cast(null as string) as user_id,
        changed_at,
        change,
        change_type,
        subscription_id,
        coalesce(change_type = 'PORTAL_STATUS', false) as is_of_portal,
        event_partition,
        loaded_at
    from changes
    union all
    select
        'opt-out-' || contact_id,
        contact_key,
        user_id,
        changed_at,
        'UNSUBSCRIBED',
        'CONTACT',
        null,
        true,
        event_partition,
        loaded_at
    from opt_outs

),

-- Until then the latest refusal of every e-mail, and the latest consent to every e-mail.
stated_changes as (

    select
        *,
        max(case when is_of_portal and change = 'UNSUBSCRIBED' then changed_at end)
            over (partition by contact_key order by changed_at) as refused_at,
        max(case when is_of_portal and change = 'SUBSCRIBED' then changed_at end)
            over (partition by contact_key order by changed_at) as consented_at
    from all_changes

)

-- Who leaves one kind of e-mails has not refused the others, and who subscribes to one kind has not taken back the
-- refusal of every e-mail.
select
    event_key,
    changed_at as occurred_at,
    contact_key,
    user_id,
    case
        when change = 'UNSUBSCRIBED' and is_of_portal then 'denied'
        when change = 'SUBSCRIBED' and is_of_portal then 'granted'
        when
            change = 'SUBSCRIBED'
            and (contact_key is null or refused_at is null or coalesce(consented_at > refused_at, false))
            then 'granted'
    end as marketing_consent,
    {{ json_object_of({'change': 'change', 'change_type': 'change_type', 'subscription_id': 'subscription_id'}) }} as properties,
    event_partition,
    loaded_at
from stated_changes

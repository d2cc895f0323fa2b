{#- What mail programs of the account's languages answer by themselves. -#}
{%- set auto_reply = '^ *(auto(matic)?[ -]?(reply|response)|out of (the )?office|automaatvastus|automaattinen|abwesen|autosvar|absence)' -%}
{%- set reply = '^ *(?:(?:re|sv|vs|aw|antw|odp|ats|ответ) *: *)+' -%}
{%- set no_text = 'cast(null as string)' -%}
{%- set no_amount = 'cast(null as decimal(18, 4))' -%}
with

all_contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

all_deals as (

    select * from {{ ref('stg_hubspot__deals') }}

),

incoming_emails as (

    select
        *,
        {{ account_of() }} as account,
        {{ hubspot_time('hs_timestamp') }} as written_at,
        {{ event_partition('hubspot', '_partition') }} as event_partition,
        {{ instant_to_utc('_extracted_at') }} as loaded_at
    from {{ source('hubspot', 'incoming_emails') }}

),

subscription_events as (

    select * from {{ ref('stg_hubspot__subscription_events') }}

),

placeholders as (

    select * from {{ ref('int_placeholder_identifiers') }}

),

-- What is deleted leaves no events; of several versions the latest has the whole history.
kept_contacts as (

    select * from all_contacts
    where is_latest and is_deleted = false

),

contacts as (

    select * from kept_contacts
    where is_merged = false

),

deals as (

    select
        deals.*,
        contacts.contact_key
    from all_deals as deals
    left join kept_contacts as contacts on deals.user_id = contacts.user_id
    where deals.is_latest and deals.is_deleted = false

),

lifecycle_entries as (

    select
        contacts.*,
        {{ json_path_text('contacts.lifecycle_history', "'$[' || positions.position || '].value'") }} as entered_stage,
        {{ json_path_text('contacts.lifecycle_history', "'$[' || positions.position || '].timestamp'") }} as entered_text
    from contacts
    {{ join_positions('contacts', occurrences('contacts.lifecycle_history', '"timestamp"')) }}

),

merged_contacts as (

    select
        *,
        contacts.account_prefix
        || {{ clean_text("split_part(contacts.merged_contact_ids, ';', positions.position + 1)") }} as merged_contact_id
    from contacts
    {{ join_positions('contacts', occurrences('contacts.merged_contact_ids', ';') ~ ' + 1') }}

),

stage_entries as (

    select
        deals.*,
        {{ json_path_text('deals.stage_history', "'$[' || positions.position || '].value'") }} as entered_stage,
        {{ json_path_text('deals.stage_history', "'$[' || positions.position || '].timestamp'") }} as entered_text
    from deals
    {{ join_positions('deals', occurrences('deals.stage_history', '"timestamp"')) }}

),

stages_entered as (

    select
        *,
        {{ instant_to_utc('entered_text') }} as entered_at
    from stage_entries

),

-- A deal may be won without a day of closing, or keep one that was expected later: then it was won when it entered its
-- stage, as far as that is known.
won_stages as (

    select
        deal_id,
        max(entered_at) as entered_at
    from stages_entered
    where entered_stage = stage and entered_at <= {{ plus_days('loaded_at', 1) }}
    group by deal_id

),

won_deals as (

    select
        deals.*,
        case
            when
                deals.closed_at >= timestamp '{{ var('earliest_time') }}'
                and deals.closed_at <= {{ plus_days('deals.loaded_at', 1) }}
                then deals.closed_at
            else coalesce(won_stages.entered_at, deals.updated_at, deals.loaded_at)
        end as won_at
    from deals
    left join won_stages on deals.deal_id = won_stages.deal_id
    where deals.is_won

),

crm_events as (

    select
        'lifecycle-' || contact_id || '-' || entered_text || '-' || coalesce(entered_stage, '') as event_key,
        {{ instant_to_utc('entered_text') }} as occurred_at,
        'lifecycle_stage' as event_name,
        contact_key,
        user_id,
        {{ no_text }} as answered_subject,
        {{ no_text }} as order_id,
        {{ no_amount }} as revenue,
        {{ no_text }} as currency,
        {{ no_text }} as marketing_consent,
        {{ json_object_of({'stage': 'entered_stage'}) }} as properties,
        event_partition,
        loaded_at
    from lifecycle_entries
    union all
    -- The merged contact's id and the address of the one that is left are one person.
    select
        'merged-' || contact_id || '-' || merged_contact_id,
        created_at,
        'contact_merged',
        contact_key,
        'hubspot-' || merged_contact_id,
        {{ no_text }},
        {{ no_text }},
        {{ no_amount }},
        {{ no_text }},
        {{ no_text }},
        {{ no_text }},
        event_partition,
        loaded_at
    from merged_contacts
    where merged_contact_id is not null
    union all
    select
        'stage-' || deal_id || '-' || entered_text || '-' || coalesce(entered_stage, ''),
        entered_at,
        'deal_stage',
        contact_key,
        user_id,
        {{ no_text }},
        order_id,
        {{ no_amount }},
        {{ no_text }},
        {{ no_text }},
        {{ json_object_of({'deal': 'deal_id', 'pipeline': 'pipeline', 'stage': 'entered_stage'}) }},
        event_partition,
        loaded_at
    from stages_entered
    union all
    select
        'won-' || deal_id,
        won_at,
        'deal_won',
        contact_key,
        user_id,
        {{ no_text }},
        order_id,
        amount,
        currency,
        {{ no_text }},
        {{ json_object_of({
            'deal': 'deal_id', 'pipeline': 'pipeline', 'stage': 'stage', 'contacts': 'cast(contacts as string)',
            'names_order': "case when names_order then 'true' end",
        }) }},
        event_partition,
        loaded_at
    from won_deals
    union all
    select
        'email-' || {{ account_id('incoming_emails.account', 'incoming_emails.id') }},
        written_at,
        case
            when {{ text_fits('lower(hs_email_subject)', auto_reply) }} then 'auto_reply'
            when {{ text_fits('lower(hs_email_subject)', reply) }} then 'reply'
            else 'incoming_email'
        end,
        {{ known_identifier('contact', hex_text('incoming_emails.contact_key')) }},
        {{ no_text }},
        {{ clean_text(text_match("lower(hs_email_subject)", reply ~ '(.*)')) }},
        {{ no_text }},
        {{ no_amount }},
        {{ no_text }},
        {{ no_text }},
        {{ no_text }},
        event_partition,
        loaded_at
    from incoming_emails
    {{ join_placeholders({'contact': hex_text('incoming_emails.contact_key')}) }}
    union all
    select
        event_key,
        occurred_at,
        'subscription_change',
        contact_key,
        user_id,
        {{ no_text }},
        {{ no_text }},
        {{ no_amount }},
        {{ no_text }},
        marketing_consent,
        properties,
        event_partition,
        loaded_at
    from subscription_events

)

select * from crm_events
where occurred_at >= timestamp '{{ var('earliest_time') }}' and occurred_at <= {{ plus_days('loaded_at', 1) }}

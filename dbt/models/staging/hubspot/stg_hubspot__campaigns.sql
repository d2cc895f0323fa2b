with

source as (

    select * from {{ source('hubspot', 'email_campaigns') }}

),

campaign_counts as (

    select * from {{ ref('stg_hubspot__campaign_counts') }}

),

listed as (

    select
        'hubspot-' || {{ account_prefix() }} || id as campaign_key,
        {{ clean_text('name') }} as campaign_name,
        {{ clean_text('subject') }} as subject,
        upper({{ clean_text('type') }}) as type,
        upper({{ clean_text('state') }}) as status,
        case
            when finished_at between 631152000000 and 4102444800000 then {{ epoch_milliseconds('finished_at') }}
        end as completed_at,
        sent_count,
        delivered_count,
        bounce_count,
        spamreport_count,
        _extracted_at
    from {{ latest_per_key('source', [account_of(), 'id'], '_extracted_at desc, sent_count desc nulls last, app_id') }} as latest

),

sends as (

    select
        campaign_key,
        min(first_occurred_at) as first_sent_at
    from campaign_counts
    where campaign_key is not null
    group by campaign_key

),

-- An e-mail that only events know was deleted since; its events must not lose it.
known as (

    select
        coalesce(listed.campaign_key, sends.campaign_key) as campaign_key,
        listed.campaign_name,
        listed.subject,
        listed.type,
        case when listed.campaign_key is null then 'DELETED' else listed.status end as status,
        listed.completed_at,
        sends.first_sent_at,
        listed.sent_count,
        listed.delivered_count,
        listed.bounce_count,
        listed.spamreport_count,
        listed._extracted_at
    from listed
    full outer join sends on listed.campaign_key = sends.campaign_key

)

select
    campaign_key,
    campaign_key as email_id,
    substring(campaign_key, 9) as campaign_id,
    campaign_name,
    subject,
    cast(null as string) as variant,
    -- What is sent by itself is a flow; A/B tests are two e-mails to HubSpot.
    case
        when {{ text_fits('type', '^(AUTOMATED|FOLLOWUP|SINGLE_SEND|SMTP|RSS|LEADFLOW|LOCALTIME_AUTO|OPTIN|MEMBERSHIP|TICKET)') }}
            then 'flow'
        else 'campaign'
    end as kind,
    type as trigger_type,
    {{ no_list_of_texts() }} as tags,
    first_sent_at as created_at,
    coalesce(first_sent_at, completed_at) as sent_at,
    status,
    completed_at,
    sent_count,
    delivered_count,
    bounce_count,
    spamreport_count,
    _extracted_at
from known

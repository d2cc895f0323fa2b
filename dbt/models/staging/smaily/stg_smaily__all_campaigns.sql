{{ config(materialized='table') }}

with

campaigns as (

    select * from {{ ref('stg_smaily__campaigns') }}

),

split_tests as (

    select * from {{ ref('stg_smaily__split_tests') }}

),

automations as (

    select * from {{ ref('stg_smaily__automations') }}

),

workflows as (

    select * from {{ ref('stg_smaily__workflows') }}

),

action_counts as (

    select * from {{ ref('stg_smaily__action_counts') }}

),

ambiguous_actions as (

    select * from {{ ref('stg_smaily__ambiguous_actions') }}

),

repeated_hours as (

    select * from {{ ref('stg_smaily__repeated_hours') }}

),

-- One id sequence over all four lists; the first list that knows an id says what it is.
listed as (

    select
        campaign_id,
        campaign_name,
        'campaign' as kind,
        tags,
        created_at,
        completed_at,
        status,
        cast(null as string) as trigger_type,
        1 as precedence
    from campaigns
    union all
    select
        campaign_id,
        campaign_name,
        'ab_test',
        tags,
        created_at,
        completed_at,
        status,
        null,
        2
    from split_tests
    union all
    select
        automations.campaign_id,
        automations.campaign_name,
        'flow',
        automations.tags,
        automations.created_at,
        null,
        automations.status,
        workflows.trigger_type,
        3
    from automations
    left join workflows on automations.campaign_id = workflows.campaign_id
    union all
    select
        campaign_id,
        campaign_name,
        'flow',
        null,
        null,
        null,
        case when is_enabled then 'ACTIVE' else 'INACTIVE' end,
        trigger_type,
        4
    from workflows

),

ambiguous_sends as (

    select
        ambiguous_actions.campaign_id,
        min({{ disambiguate_repeated_hour('ambiguous_actions', 'repeated_hours') }}) as first_sent_at
    from ambiguous_actions
    left join repeated_hours
        on
            ambiguous_actions.account = repeated_hours.account
            and cast(ambiguous_actions.occurred_at_local as date) = repeated_hours.local_date
    where ambiguous_actions.action = 'send'
    group by ambiguous_actions.campaign_id

),

acted as (

    select
        action_counts.campaign_id,
        min(action_counts.campaign_name) as campaign_name,
        least(
            min(case when action_counts.action = 'send' then action_counts.first_occurred_at end),
            min(ambiguous_sends.first_sent_at)
        ) as first_sent_at
    from action_counts
    left join ambiguous_sends on action_counts.campaign_id = ambiguous_sends.campaign_id
    where action_counts.campaign_id is not null
    group by action_counts.campaign_id

),

-- A campaign that only the action log knows was deleted since; its events must not lose their campaign.
known as (

    select * from {{ latest_per_key('listed', ['campaign_id'], 'precedence') }} as first_list
    union all
    select
        campaign_id,
        campaign_name,
        'campaign',
        null,
        null,
        null,
        'DELETED',
        null,
        5,
        1
    from acted
    where campaign_id not in (
        select campaign_id from listed
        where campaign_id is not null
    )

)

select
    'smaily-' || known.campaign_id as campaign_key,
    known.campaign_id,
    known.campaign_name,
    known.kind,
    known.tags,
    known.created_at,
    coalesce(acted.first_sent_at, known.completed_at) as sent_at,
    known.status,
    known.trigger_type
from known
left join acted on known.campaign_id = acted.campaign_id
where known.campaign_id is not null

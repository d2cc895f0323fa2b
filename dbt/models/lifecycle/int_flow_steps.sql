with

sequence_steps as (

    select * from {{ ref('int_sequence_steps') }}
    where not is_before_entry

),

moves as (

    select * from {{ ref('int_sequence_moves') }}

),

campaigns as (

    select
        *,
        {{ automation_of('campaigns') }} as automation
    from {{ ref('dim_campaigns') }} as campaigns
    where kind = 'flow'

),

sends as (

    select * from {{ ref('fct_email_sends') }}
    where person_key is not null and sent_at is not null

),

-- The next step that must be taken, and how long it may take.
next_steps as (

    select
        moves.sequence_id,
        moves.from_step,
        moves.to_step,
        moves.max_seconds,
        sequence_steps.is_observable,
        row_number() over (partition by moves.sequence_id, moves.from_step order by moves.to_step) as place
    from moves
    inner join sequence_steps
        on moves.sequence_id = sequence_steps.sequence_id and moves.to_step = sequence_steps.step_number
    where sequence_steps.may_be_skipped = false

),

first_sends as (

    select
        campaigns.automation,
        campaigns.campaign_key,
        sends.person_key,
        min(sends.sent_at) as sent_at
    from sends
    inner join campaigns on sends.campaign_key = campaigns.campaign_key
    group by campaigns.automation, campaigns.campaign_key, sends.person_key

),

waits as (

    select
        *,
        {{ seconds_between('min(sent_at) over (partition by automation, person_key)', 'sent_at') }} as seconds
    from first_sends

),

medians as (

    select
        automation,
        campaign_key,
        percentile_cont(0.5) within group (order by seconds) as median_seconds
    from waits
    group by automation, campaign_key

),

-- No source says which e-mail of an automation is which: they are in the order in which persons get them.
emails as (

    select
        *,
        row_number() over (partition by automation order by median_seconds, campaign_key) as step_number
    from medians

),

email_gaps as (

    select
        emails.automation,
        emails.step_number,
        {{ seconds_between('waits.sent_at', 'next_waits.sent_at') }} as seconds
    from emails
    inner join waits on emails.campaign_key = waits.campaign_key
    inner join emails as next_emails
        on emails.automation = next_emails.automation and emails.step_number + 1 = next_emails.step_number
    inner join waits as next_waits
        on next_emails.campaign_key = next_waits.campaign_key and waits.person_key = next_waits.person_key
    where next_waits.sent_at >= waits.sent_at

),

longest_gaps as (

    select
        automation,
        step_number,
        max(seconds) as max_seconds
    from email_gaps
    group by automation, step_number

),

step_counts as (

    select
        automation,
        max(step_number) as steps
    from emails
    group by automation

)

select
    'sequence' as flow_kind,
    sequence_steps.sequence_id as flow_id,
    sequence_steps.step_number,
    sequence_steps.micro_conversion as step,
    cast(null as string) as campaign_key,
    sequence_steps.may_be_skipped as is_optional,
    sequence_steps.is_observable,
    next_steps.to_step as next_step,
    next_steps.is_observable as is_next_observable,
    cast(next_steps.max_seconds as bigint) as max_seconds_to_next
from sequence_steps
left join next_steps
    on
        sequence_steps.sequence_id = next_steps.sequence_id
        and sequence_steps.step_number = next_steps.from_step
        and next_steps.place = 1
union all
select
    'automation',
    emails.automation,
    cast(emails.step_number as integer),
    campaigns.name,
    emails.campaign_key,
    false,
    true,
    case when emails.step_number < step_counts.steps then cast(emails.step_number + 1 as integer) end,
    case when emails.step_number < step_counts.steps then true end,
    cast(ceil(longest_gaps.max_seconds) as bigint)
from emails
inner join step_counts on emails.automation = step_counts.automation
inner join campaigns on emails.campaign_key = campaigns.campaign_key
left join longest_gaps on emails.automation = longest_gaps.automation and emails.step_number = longest_gaps.step_number

with

emails as (

    select * from {{ ref('int_emails') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

catalogue as (

    select * from {{ ref('micro_conversion_types') }}

),

contents as (

    select * from {{ ref('email_contents') }}

),

events as (

    select * from {{ ref('int_events_identified') }}

),

observed as (

    select
        email_id,
        count(distinct case
            when event_name = 'click' and {{ url_parameter('url', 'utm_content') }} in ('cta', 'redeem_offer', 'reserve')
                then url
        end) as clicked_ctas,
        min(case when event_name in ('send', 'delivered') then occurred_at end) as first_sent_at
    from events
    where email_id is not null
    group by email_id

),

described as (

    select
        emails.email_id,
        emails.campaign_key,
        emails.variant,
        emails.subject,
        cast({{ displayed_length('emails.subject') }} as integer) as subject_length,
        contents.preview_text,
        coalesce(contents.cta_count, cast(nullif(observed.clicked_ctas, 0) as integer)) as cta_count,
        case
            when contents.cta_count is not null then 'declared'
            when observed.clicked_ctas > 0 then 'clicked links'
        end as cta_count_source,
        contents.cta_wording,
        nullif(catalogue.journey_stage, 'none') as content_stage,
        coalesce(observed.first_sent_at, campaigns.sent_at) as sent_at,
        cast(extract(hour from {{ from_utc(
            'coalesce(observed.first_sent_at, campaigns.sent_at)', "'" ~ var('account_time_zone') ~ "'"
        ) }}) as integer) as sent_hour_local
    from emails
    inner join campaigns on emails.campaign_key = campaigns.campaign_key
    left join catalogue on campaigns.goal_micro_conversion = catalogue.micro_conversion
    left join observed on emails.email_id = observed.email_id
    left join contents
        on emails.campaign_id = contents.campaign_id and coalesce(emails.variant, '') = coalesce(contents.variant, '')

)

select * from described

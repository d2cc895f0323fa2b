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

    select * from {{ ref('int_email_contents') }}

),

clicked_links as (

    select * from {{ ref('int_clicked_links') }}

),

sends as (

    select * from {{ ref('fct_email_sends') }}

),

called as (

    select
        email_id,
        count(distinct url) as clicked_ctas
    from clicked_links
    where
        email_id is not null
        and {{ url_parameter('url', 'utm_content') }} in {{ texts(call_roles()) }}
    group by email_id

),

sent as (

    select
        email_id,
        min(coalesce(sent_at, delivered_at)) as first_sent_at
    from sends
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
        coalesce(contents.cta_count, cast(nullif(called.clicked_ctas, 0) as integer)) as cta_count,
        case
            when contents.cta_count is not null then 'declared'
            when called.clicked_ctas > 0 then 'clicked links'
        end as cta_count_source,
        contents.cta_wording,
        contents.cta_landing_pages,
        contents.is_personalised,
        nullif(catalogue.journey_stage, 'none') as content_stage,
        coalesce(sent.first_sent_at, campaigns.sent_at) as sent_at,
        cast(extract(hour from {{ from_utc(
            'coalesce(sent.first_sent_at, campaigns.sent_at)', "'" ~ var('account_time_zone') ~ "'"
        ) }}) as integer) as sent_hour_local
    from emails
    inner join campaigns on emails.campaign_key = campaigns.campaign_key
    left join catalogue on campaigns.goal_micro_conversion = catalogue.micro_conversion
    left join called on emails.email_id = called.email_id
    left join sent on emails.email_id = sent.email_id
    left join contents on emails.email_id = contents.email_id
    -- What only visits, orders or assignments name was never an e-mail: a paid ad, for instance.
    where sent.email_id is not null or campaigns.source not in {{ texts(email_models('campaign_mentions')) }}

)

select * from described

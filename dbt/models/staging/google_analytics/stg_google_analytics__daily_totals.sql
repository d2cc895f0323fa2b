with

source as (

    select * from {{ source('google_analytics', 'daily_totals') }}

),

exported_days as (

    select * from {{ ref('stg_google_analytics_export__day_counts') }}

),

hits as (

    select * from {{ source('google_analytics', 'events') }}

),

latest as (

    select
        newest.*,
        {{ property_feed() }} as feed,
        {{ account_of() }} as account
    from {{ latest_per_key('source', [account_of(), 'day']) }} as newest

),

days_of_the_export as (

    select
        account,
        day
    from latest
    where exists (
        select 1 from exported_days
        where {{ is_exported('latest') }}
    )

),

-- Of a property that is exported the Data API is asked for totals only: a day that neither has rows of, as from before
-- the link, has nothing that its total could be held against.
days_without_rows as (

    select
        account,
        day
    from latest
    where
        exists (
            select 1 from exported_days
            where coalesce(latest.property_id, exported_days.property_id, '')
            = coalesce(exported_days.property_id, latest.property_id, '')
        )
        and not exists (
            select 1 from hits
            where latest._partition = hits._partition
        )

),

renamed as (

    select
        latest.account,
        latest.feed,
        {{ try_date('latest.day') }} as property_date,
        latest.property_id,
        latest.event_count,
        latest.sessions,
        latest.total_users,
        latest.transactions,
        case when not coalesce(latest.is_revenue_restricted, false) then latest.purchase_revenue end as purchase_revenue,
        latest.currency,
        coalesce(latest.data_loss_from_other_row, false) as has_other_row,
        coalesce(latest.subject_to_thresholding, false) as is_thresholded,
        coalesce(latest.is_sampled, false) as is_sampled,
        latest.property_time_zone,
        days_of_the_export.day is not null or days_without_rows.day is not null as is_exported,
        latest._extracted_at
    from latest
    left join days_of_the_export on latest.account = days_of_the_export.account and latest.day = days_of_the_export.day
    left join days_without_rows on latest.account = days_without_rows.account and latest.day = days_without_rows.day

)

select * from renamed

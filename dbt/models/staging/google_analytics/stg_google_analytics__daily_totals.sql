with

source as (

    select * from {{ source('google_analytics', 'daily_totals') }}

),

renamed as (

    select
        try_cast(day as date) as property_date,
        event_count,
        sessions,
        total_users,
        transactions,
        case when not coalesce(is_revenue_restricted, false) then purchase_revenue end as purchase_revenue,
        currency,
        coalesce(data_loss_from_other_row, false) as has_other_row,
        coalesce(subject_to_thresholding, false) as is_thresholded,
        coalesce(is_sampled, false) as is_sampled,
        _extracted_at
    from {{ latest_per_key('source', ['day']) }} as latest

)

select * from renamed

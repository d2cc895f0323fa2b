with

source as (

    select * from {{ source('smaily', 'campaign_statistics') }}

),

renamed as (

    select
        {{ account_number('id') }} as campaign_id,
        {{ clean_text('name') }} as campaign_name,
        {{ clean_text('subject') }} as subject,
        upper(status) as status,
        {{ local_timestamp('completed_at') }} as completed_at_local,
        {{ to_utc(local_timestamp('completed_at'), "'" ~ var('account_time_zone') ~ "'") }} as completed_at,
        coalesce(total_count, 0) as total_count,
        coalesce(delivered_count, 0) as delivered_count,
        coalesce(bounce_count, 0) as bounce_count,
        coalesce(click_count, 0) as click_count,
        coalesce(unique_click_count, 0) as unique_click_count,
        coalesce(view_count, 0) as view_count,
        coalesce(unique_view_count, 0) as unique_view_count,
        coalesce(opened_count, 0) as opened_count,
        coalesce(unsubscribe_count, 0) as unsubscribe_count,
        coalesce(complaint_count, 0) as complaint_count,
        coalesce(forward_count, 0) as forward_count,
        _extracted_at
    from {{ latest_per_key('source', [account_of(), 'id']) }} as latest

)

select * from renamed

with

source as (

    select * from {{ source('smaily', 'split_test_statistics') }}

),

renamed as (

    select
        {{ account_number('split_test_id') }} as campaign_id,
        section_position,
        {{ clean_text('name') }} as campaign_name,
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
    from {{ latest_per_key('source', [account_of(), 'split_test_id', 'section_position']) }} as latest

)

select * from renamed

with

source as (

    select * from {{ source('bitly', 'bitlinks') }}

),

renamed as (

    select
        id as bitlink,
        link as short_url,
        long_url,
        {{ clean_text('title') }} as title,
        lower(cast(archived as string)) in ('1', 'true') as is_archived,
        {{ plausible_time(instant_to_utc('created_at')) }} as created_at,
        tags,
        custom_bitlinks,
        campaign_ids,
        lower(cast(is_deleted as string)) in ('1', 'true') as is_deleted,
        group_guid,
        _extracted_at
    from {{ latest_per_key('source', ['id']) }} as latest

)

select * from renamed

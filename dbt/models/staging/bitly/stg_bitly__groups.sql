with

source as (

    select * from {{ source('bitly', 'groups') }}

),

renamed as (

    select
        guid as group_guid,
        {{ clean_text('name') }} as group_name,
        organization_guid,
        {{ plausible_time(instant_to_utc('created')) }} as created_at,
        lower(cast(is_active as string)) in ('1', 'true') as is_active,
        _extracted_at
    from {{ latest_per_key('source', ['guid']) }} as latest

)

select * from renamed

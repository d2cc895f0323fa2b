with

file_rows as (

    select * from {{ ref('stg_event_files__rows') }}

)

select
    feed,
    natural_key,
    case
        when file_event_id is null
            then row_number() over (
                partition by feed, natural_key, landed_file
                order by loaded_at
            )
        else 1
    end as ordinal
from file_rows

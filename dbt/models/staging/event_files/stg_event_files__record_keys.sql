with

file_rows as (

    select * from {{ ref('stg_event_files__rows') }}

)

select
    feed,
    natural_key,
    ordinal
from file_rows

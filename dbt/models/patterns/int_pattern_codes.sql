select
    micro_conversion,
    cast(row_number() over (order by cast(micro_conversion as string)) as bigint) as step_code
from {{ ref('micro_conversion_types') }}

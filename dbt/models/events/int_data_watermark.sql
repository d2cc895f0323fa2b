select max(least(occurred_at, loaded_at)) as watermark_at
from {{ ref('fct_events') }}
where not is_machine

select coalesce({{ outcome_watermark('macro_conversion') }}, timestamp '{{ var("earliest_time") }}') as watermark_at

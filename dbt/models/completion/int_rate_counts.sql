{#- Every model whose rates want an interval, with its two counts. -#}
{%- set rates = [
    ('int_path_counts', 'converted', 'persons'),
    ('int_funnel_counts', 'reached', 'entrants'),
    ('int_funnel_counts', 'reached', 'reached_previous'),
    ('int_cohort_counts', 'active', 'cohort_size'),
    ('int_cohort_counts', 'cumulative_converters', 'cohort_size'),
    ('int_completion_counts', 'completed', 'eligible'),
    ('int_completion_counts', 'completed_gross', 'eligible'),
] -%}

{%- for model, successes, trials in rates %}
{{ 'union' if not loop.first }}
select
    cast({{ successes }} as bigint) as successes,
    cast({{ trials }} as bigint) as trials
from {{ ref(model) }}
where {{ trials }} > 0 and {{ successes }} is not null
{%- endfor %}

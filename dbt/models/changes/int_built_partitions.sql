-- Written last of the incremental models of the marts, which have the longest way: until then the changes are still to be
-- made. A build that ends before any other model is marked unfinished in raw._builds, and the next one is full.
{%- for model in ['fct_events', 'fct_sessions', 'fct_email_sends', 'fct_journeys', 'fct_journey_stages', 'dim_persons'] %}
-- depends_on: {{ ref(model) }}
{%- endfor %}
-- depends_on: {{ ref('restatement_ledger') }}
-- depends_on: {{ ref('int_partition_fingerprints') }}
{% if is_whole_build() -%}
    select
        *,
        {{ build_began_at() }} as built_at
    from {{ ref('int_partition_fingerprints') }}
{%- else -%}
    select * from {{ this }}
{%- endif %}

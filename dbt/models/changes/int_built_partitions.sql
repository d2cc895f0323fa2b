-- Written when every store is: until then the changes are still to be made.
{%- for store in ['fct_events', 'fct_sessions', 'fct_email_sends', 'fct_journeys', 'fct_journey_stages', 'dim_persons'] %}
-- depends_on: {{ ref(store) }}
{%- endfor %}
-- depends_on: {{ ref('restatement_ledger') }}
select * from {{ ref('int_partition_fingerprints') }}

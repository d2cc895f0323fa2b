{% test longest_sequence_fits(model) %}
select
    sequence_id,
    max(step_number) as steps
from {{ ref('journey_sequences') }}
group by sequence_id
having max(step_number) > {{ var('longest_sequence_steps') }}
{% endtest %}

{#- Every row has a value of its own: `unique` and `not_null` in one node, as a node costs more than its scan. -#}
{% test primary_key(model, column_name) %}
select {{ column_name }}
from {{ model }}
group by {{ column_name }}
having count(*) > 1 or {{ column_name }} is null
{% endtest %}

{% test can_decide(model, column_name) %}
select *
from {{ model }}
where {{ cannot_decide(column_name) }}
{% endtest %}

{% test sums_to_one(model, column) %}
select sum({{ column }}) as total
from {{ model }}
having count(*) > 0 and abs(coalesce(sum({{ column }}), 0) - 1) > 1e-9
{% endtest %}

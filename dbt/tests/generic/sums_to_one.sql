{% test sums_to_one(model, column, group_by=none) %}
select sum({{ column }}) as total
from {{ model }}
{%- if group_by %}
group by {{ group_by }}
{%- endif %}
having count(*) > 0 and abs(coalesce(sum({{ column }}), 0) - 1) > 1e-9
{% endtest %}

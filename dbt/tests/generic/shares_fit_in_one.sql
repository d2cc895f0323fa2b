{% test shares_fit_in_one(model, column, group_by) %}
select
    {{ group_by }},
    sum({{ column }}) as total
from {{ model }}
group by {{ group_by }}
having sum({{ column }}) > 1 + 1e-9
{% endtest %}

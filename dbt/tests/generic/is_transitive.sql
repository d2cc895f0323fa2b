{% test is_transitive(model, from_column, to_column) %}
select distinct
    first_pair.{{ from_column }},
    second_pair.{{ to_column }}
from {{ model }} as first_pair
inner join {{ model }} as second_pair on first_pair.{{ to_column }} = second_pair.{{ from_column }}
left join {{ model }} as whole
    on first_pair.{{ from_column }} = whole.{{ from_column }} and second_pair.{{ to_column }} = whole.{{ to_column }}
where whole.{{ from_column }} is null
{% endtest %}

{% test never_increases(model, column, partition_by, order_by) %}
select *
from (
    select
        *,
        lag({{ column }}) over (partition by {{ partition_by | join(', ') }} order by {{ order_by }}) as before
    from {{ model }}
    where {{ column }} is not null
) as compared
where {{ column }} > before
{% endtest %}

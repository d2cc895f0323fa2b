{% test intervals_never_meet(model, keys) %}
select *
from (
    select
        *,
        lead(valid_from) over (partition by {{ keys | join(', ') }} order by valid_from) as next_valid_from
    from {{ model }}
) as compared
where next_valid_from is not null and coalesce(valid_to >= next_valid_from, true)
{% endtest %}

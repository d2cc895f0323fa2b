{% test unique_combination(model, columns, never_null=[]) %}
select 1 as violation
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- if never_null %}

union all

select 1
from {{ model }}
where {{ never_null | join(' is null or ') }} is null
{%- endif %}
{% endtest %}

{#- Each model credits every macro-conversion and all of the net revenue once. -#}
{% test credits_sum_to_conversions(model) %}

select
    dimension,
    model
from {{ model }}
group by dimension, model
having
    abs(sum(conversions) - min(total_conversions)) > 1e-9 * min(total_conversions)
    or abs(sum(revenue) - min(total_revenue)) > 1e-9 * greatest(sum(abs(revenue)), 1)
    or abs(sum(share) - 1) > 1e-9

{% endtest %}

{#-
    The quantile of Student's t at which the normal distribution has `z`: Cornish & Fisher's expansion (Abramowitz & Stegun 1964,
    26.7.5), from nine degrees of freedom on right to a thousandth up to z = 2.4.
-#}
{% macro student_quantile(z, degrees) -%}
    (
        {{ z }}
        + {{ (z ** 3 + z) / 4 }} / {{ degrees }}
        + {{ (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96 }} / {{ degrees }} / {{ degrees }}
        + {{ (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384 }} / {{ degrees }} / {{ degrees }} / {{ degrees }}
    )
{%- endmacro %}

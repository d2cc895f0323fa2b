{#- Whether a value passes a test of a seed: `operator` is a column, so that a row can say which it wants. -#}
{% macro passes(value, operator, threshold) -%}
    case {{ operator }}
        when '>=' then {{ milepost.try_number(value, 'double') }} >= {{ milepost.try_number(threshold, 'double') }}
        when '<=' then {{ milepost.try_number(value, 'double') }} <= {{ milepost.try_number(threshold, 'double') }}
        when '<' then {{ milepost.try_number(value, 'double') }} < {{ milepost.try_number(threshold, 'double') }}
        when '=' then {{ value }} = {{ threshold }}
        when 'like' then {{ milepost.fits_glob('lower(' ~ value ~ ')', threshold) }}
    end
{%- endmacro %}


{#- A glob of a seed (`*` any text) as a pattern for `like … escape '!'`. -#}
{% macro glob_to_like(glob) -%}
    replace(replace(replace(replace({{ glob }}, '!', '!!'), '_', '!_'), '%', '!%'), '*', '%')
{%- endmacro %}


{#- Whether a text fits a glob of a seed; any text fits a null glob. -#}
{% macro fits_glob(text, glob) -%}
    ({{ glob }} is null or {{ text }} like {{ milepost.glob_to_like(glob) }} escape '!')
{%- endmacro %}

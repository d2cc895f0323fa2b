{#- An order id by which orders are compared: without the `#` that shops print before it. -#}
{% macro order_id(column) -%}
    nullif({{ milepost.trimmed("trim(leading '#' from " ~ milepost.trimmed(column) ~ ')') }}, '')
{%- endmacro %}


{#- The order of a report: its id within the namespace, the report itself where it has none. -#}
{% macro order_key(order_namespace, order_id, event_id) -%}
    case
        when {{ order_id }} is null then {{ event_id }}
        else {{ stable_key(["'order'", order_namespace, order_id]) }}
    end
{%- endmacro %}


{#- The condition by which a row of int_exchange_rates is the rate of a currency on a day. -#}
{% macro is_rate_of(rates, currency, day) -%}
    {{ rates }}.currency = {{ currency }}
    and {{ rates }}.valid_from <= {{ day }}
    and ({{ rates }}.valid_until is null or {{ rates }}.valid_until > {{ day }})
{%- endmacro %}


{#- An amount that a source gives as a number, to the ten-thousandth. -#}
{% macro money_amount(value) -%}
    {{ return(adapter.dispatch('money_amount', 'milepost')(value)) }}
{%- endmacro %}

{% macro default__money_amount(value) -%}
    cast({{ value }} as decimal(18, 4))
{%- endmacro %}


{#- An amount at a rate, rounded to the ten-thousandth, half to even; null where either is unknown. -#}
{% macro converted_amount(amount, rate) -%}
    case
        when {{ rate }} = 1 then cast({{ amount }} as decimal(38, 4))
        else cast({{ round_half_even("cast(" ~ amount ~ " as double) * " ~ rate, 4) }} as decimal(38, 4))
    end
{%- endmacro %}


{#- Rounded to a number of decimals, a half to the even neighbour, as banks do: halves then cancel out in a sum. -#}
{% macro round_half_even(value, decimals) -%}
    {{ return(adapter.dispatch('round_half_even', 'milepost')(value, decimals)) }}
{%- endmacro %}

{% macro default__round_half_even(value, decimals) -%}
    {%- set scaled = "((" ~ value ~ ") * " ~ (10 ** decimals) ~ ")" -%}
    (
        case
            when {{ scaled }} - floor({{ scaled }}) = 0.5 then 2 * floor(({{ scaled }} + 1) / 2)
            else floor({{ scaled }} + 0.5)
        end / {{ 10 ** decimals }}
    )
{%- endmacro %}


{#- Sum of converted amounts of orders: 0 over no orders, null where there are orders and none could be converted. -#}
{% macro sum_of_orders(amount, is_order) -%}
    cast(
        case when count(case when {{ is_order }} then 1 end) = 0 then 0 else sum({{ amount }}) end as decimal(38, 4)
    )
{%- endmacro %}


{#- Orders whose amount is unknown or in a currency without a rate. -#}
{% macro unconverted_orders(amount, is_order) -%}
    count(case when {{ is_order }} and {{ amount }} is null then 1 end)
{%- endmacro %}


{#- The sources whose contract says that they report orders in this role: `shop` or `tracking`. -#}
{% macro reports_orders_as(role, source) -%}
    {%- set found = [] -%}
    {%- for name, contract in milepost.event_contracts().items() if contract.orders == role -%}
        {%- do found.append(name) -%}
    {%- endfor -%}
    coalesce({{ source }} in {{ milepost.texts(found) }}, false)
{%- endmacro %}

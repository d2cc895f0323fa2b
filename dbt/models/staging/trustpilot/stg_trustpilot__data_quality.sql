{%- set stars = ['one', 'two', 'three', 'four', 'five'] -%}
with

units as (

    select * from {{ source('trustpilot', 'business_units') }}

),

reviews as (

    select * from {{ latest_per_key(ref('stg_trustpilot__reviews'), ['review_id'], 'version desc') }} as latest

),

totals as (

    select
        *,
        {{ account_of() }} as account,
        cast({{ instant_to_utc('_extracted_at') }} as date) as day
    from {{ latest_per_key('units', [account_of(), 'id']) }} as latest

),

shown as (

    select
        account,
        {%- for name in stars %}
        count(case when is_shown and stars = {{ loop.index }} then 1 end) as {{ name }}_star,
        {%- endfor %}
        count(case when is_status_known = false then 1 end) as unknown_statuses,
        count(*) as reviews,
        cast(max(loaded_at) as date) as day
    from reviews
    group by account

)

{% for name in stars %}
select
    'unreconciled_reviews' as indicator,
    {{ account_id('totals.account', "'reviews'") }} as stream,
    totals.day,
    cast(sum(abs(totals.{{ name }}_star - coalesce(shown.{{ name }}_star, 0))) as double) as affected,
    cast(sum(greatest(totals.{{ name }}_star, coalesce(shown.{{ name }}_star, 0))) as double) as total,
    'reviews of {{ loop.index }} star{{ 's' if loop.index > 1 }}' as unit
from totals
left join shown on totals.account = shown.account
where totals.{{ name }}_star is not null
group by totals.account, totals.day
union all
{% endfor %}
select
    'unknown_review_statuses',
    {{ account_id('account', "'reviews'") }},
    day,
    cast(sum(unknown_statuses) as double),
    cast(sum(reviews) as double),
    'reviews'
from shown
group by account, day

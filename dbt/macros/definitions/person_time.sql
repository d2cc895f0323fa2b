{#-
    The time at risk of `relation` by week since entry and visits so far, and the conversions in it, from `starts_at` to the
    first conversion or until conversions are known. One row per stratum of `by`, week and band of visits.
-#}
{% macro person_time(relation, starts_at, by) -%}
    {%- set week_start = plus_days('relation.entered_at', '7 * weeks.number') -%}
    {%- set week_end = plus_days('relation.entered_at', '7 * weeks.number + 7') -%}
    select
        {%- for column in by %}
        relation.{{ column }},
        {%- endfor %}
        weeks.number as week,
        bands.visits,
        cast(sum(cast({{ seconds_between(
            'greatest(relation.' ~ starts_at ~ ', bands.starts_at, ' ~ week_start ~ ')',
            'least(coalesce(relation.converted_at, watermark.watermark_at), coalesce(bands.ends_at, watermark.watermark_at), watermark.watermark_at, ' ~ week_end ~ ')'
        ) }} as decimal(38, 6))) as double) / 86400 as days,
        count(case
            when
                relation.converted_at <= {{ week_end }} and relation.converted_at > {{ week_start }}
                and relation.converted_at > bands.starts_at
                and (bands.ends_at is null or relation.converted_at <= bands.ends_at)
                then 1
        end) as conversions
    from {{ relation }} as relation
    cross join (select {{ outcome_watermark('macro_conversion') }} as watermark_at) as watermark
    inner join {{ ref('int_visit_bands') }} as bands
        on
            relation.person_key = bands.person_key
            and (bands.ends_at is null or bands.ends_at > relation.{{ starts_at }})
            and (relation.converted_at is null or relation.converted_at > bands.starts_at)
            and bands.starts_at < watermark.watermark_at
    inner join {{ whole_numbers(var('step_follow_up_weeks') - 1) }} as weeks
        on
            relation.{{ starts_at }} < {{ week_end }}
            and {{ week_start }} < watermark.watermark_at
            and (relation.converted_at is null or relation.converted_at > {{ week_start }})
            and {{ week_end }} > bands.starts_at
            and (bands.ends_at is null or {{ week_start }} < bands.ends_at)
    where relation.{{ starts_at }} < watermark.watermark_at
    group by {% for column in by %}relation.{{ column }}, {% endfor %}weeks.number, bands.visits
{%- endmacro %}

{#- Which campaign a utm_campaign, or a name in an event, means. -#}


{#- Joins relation `slugs` by the text as it is written and, where no campaign is so written, by its words. -#}
{% macro join_campaign(text) -%}
    left join slugs on {{ text }} = slugs.campaign_slug
    left join slugs as slugs_of_words
        on case when slugs.campaign_slug is null then {{ milepost.slug(text) }} end = slugs_of_words.campaign_slug
{%- endmacro %}


{#- The campaign that the text of `join_campaign` means, or null. -#}
{% macro joined_campaign() -%}
    coalesce(slugs.campaign_key, slugs_of_words.campaign_key)
{%- endmacro %}

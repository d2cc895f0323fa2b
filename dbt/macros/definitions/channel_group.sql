{#-
  Google Analytics 4's default channel group of a source, medium and campaign, by Google's published rules
  (support.google.com/analytics/answer/9756891): the first rule that fits decides. Null values count as "(not set)".
  The sites of each category stand in seed `channel_sites`, Google's own list among them.
-#}
{% macro channel_group(source, medium, campaign) -%}
    {%- set source = "coalesce(lower(" ~ source ~ "), '(not set)')" -%}
    {%- set medium = "coalesce(lower(" ~ medium ~ "), '(not set)')" -%}
    {%- set campaign = "coalesce(lower(" ~ campaign ~ "), '(not set)')" -%}
    {%- set is_paid -%} {{ text_fits(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') }} {%- endset -%}
    {%- set is_shop_campaign -%} {{ text_fits(campaign, '^(.*(([^a-df-z]|^)shop|shopping).*)$') }} {%- endset -%}
    case
        when {{ source }} = '(direct)' and {{ medium }} in ('(not set)', '(none)') then 'Direct'
        when {{ campaign }} like '%cross-network%' then 'Cross-network'
        when ({{ is_site_of(source, 'shopping') }} or {{ is_shop_campaign }}) and {{ is_paid }} then 'Paid Shopping'
        when {{ is_site_of(source, 'search') }} and {{ is_paid }} then 'Paid Search'
        when {{ is_site_of(source, 'social') }} and {{ is_paid }} then 'Paid Social'
        when {{ is_site_of(source, 'video') }} and {{ is_paid }} then 'Paid Video'
        when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
        when {{ is_paid }} then 'Paid Other'
        when {{ is_site_of(source, 'shopping') }} or {{ is_shop_campaign }} then 'Organic Shopping'
        when
            {{ is_site_of(source, 'social') }}
            or {{ medium }} in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
            then 'Organic Social'
        when {{ is_site_of(source, 'video') }} or {{ text_fits(medium, '^(.*video.*)$') }} then 'Organic Video'
        when {{ is_site_of(source, 'search') }} or {{ medium }} = 'organic' then 'Organic Search'
        when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
        when {{ is_email_traffic(source, medium) }} then 'Email'
        when {{ medium }} = 'affiliate' then 'Affiliates'
        when {{ medium }} = 'audio' then 'Audio'
        when {{ source }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
        when
            {{ medium }} like '%push' or {{ medium }} like '%mobile%' or {{ medium }} like '%notification%'
            or {{ source }} = 'firebase'
            then 'Mobile Push Notifications'
        else 'Unassigned'
    end
{%- endmacro %}


{#- Whether traffic of a source and medium, both in lower case, comes from e-mails; null where neither is known. -#}
{% macro is_email_traffic(source, medium) -%}
    ({{ source }} in ('email', 'e-mail', 'e_mail', 'e mail') or {{ medium }} in ('email', 'e-mail', 'e_mail', 'e mail'))
{%- endmacro %}


{#- Whether a source is one of a category's sites. -#}
{% macro is_site_of(source, category) -%}
    {{ source }} in (select site from {{ ref('channel_sites') }} where category = '{{ category }}')
{%- endmacro %}

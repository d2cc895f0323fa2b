{#- Why a person is written to at no address, from the reason that no one may set aside to the one that an option does. -#}
{% macro exclusion_reasons() -%}
    {{ return(['no_address', 'complained', 'consent_denied', 'unsubscribed', 'hard_bounced', 'unknown_consent']) }}
{%- endmacro %}


{#- Order of the reasons in which an address is chosen: none first, then the one nearest to being written to. -#}
{% macro exclusion_rank(reason) -%}
    case
        when {{ reason }} is null then 0
        {%- for name in milepost.exclusion_reasons() | reverse %}
        when {{ reason }} = '{{ name }}' then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}


{#-
    Why an address is not written to; null for one that is. A complaint is final. An unsubscribe holds until a later
    sign-up, a hard bounce until the address is used again, whatever the e-mail service lists. Without a statement of
    consent only who the e-mail service lists as subscribed is written to.
-#}
{% macro mailing_exclusion(persons, addresses, listed, used) -%}
    case
        when {{ addresses }}.contact_key is null then 'no_address'
        when {{ used }}.complained_at is not null then 'complained'
        when {{ persons }}.marketing_consent = 'denied' then 'consent_denied'
        when
            {{ listed }}.is_unsubscribed
            or {{ used }}.unsubscribed_at >= greatest(
                coalesce({{ used }}.signed_up_at, timestamp '{{ var("earliest_time") }}'),
                coalesce({{ listed }}.subscribed_at, timestamp '{{ var("earliest_time") }}')
            )
            then 'unsubscribed'
        when
            {{ used }}.bounced_at >= coalesce({{ used }}.last_acted_at, timestamp '{{ var("earliest_time") }}')
            then 'hard_bounced'
        when {{ persons }}.marketing_consent = 'unknown' and coalesce({{ listed }}.is_unsubscribed, true)
            then 'unknown_consent'
    end
{%- endmacro %}

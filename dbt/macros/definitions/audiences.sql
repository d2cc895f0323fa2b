{#- Why a person is not written to, from the reason that no one may set aside to the one that an option does. -#}
{% macro exclusion_reasons() -%}
    {{ return(['no_address', 'complained', 'consent_denied', 'unsubscribed', 'hard_bounced', 'held_out', 'unknown_consent']) }}
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
    Why an address is not written to; null for one that is. A complaint is final, at every address of the person. An
    unsubscribe holds until a later sign-up: of the address, and, wherever it was made, of the person. A hard bounce
    holds until an e-mail to the address is delivered, opened or clicked. Without a statement of consent only who the e-mail service lists as
    subscribed is written to.
-#}
{% macro mailing_exclusion(persons, addresses, listed, used, left_by_person) -%}
    case
        when {{ addresses }}.contact_key is null then 'no_address'
        when {{ left_by_person }}.has_complained then 'complained'
        when {{ persons }}.marketing_consent = 'denied' then 'consent_denied'
        when
            {{ listed }}.is_unsubscribed
            or {{ milepost.left_since(used ~ '.unsubscribed_at', used ~ '.signed_up_at', listed ~ '.subscribed_at') }}
            {%- for left_at in ['unsubscribed_at', 'taken_off_at'] %}
            or {{ milepost.left_since(
                left_by_person ~ '.' ~ left_at, left_by_person ~ '.signed_up_at', left_by_person ~ '.subscribed_at'
            ) }}
            {%- endfor %}
            then 'unsubscribed'
        when
            {{ listed }}.has_bounced
            or {{ used }}.bounced_at >= coalesce({{ used }}.reached_at, timestamp '{{ var("earliest_time") }}')
            then 'hard_bounced'
        when {{ persons }}.marketing_consent = 'unknown' and coalesce({{ listed }}.is_unsubscribed, true)
            then 'unknown_consent'
    end
{%- endmacro %}


{#- Whether an unsubscribe was not followed by a sign-up, be it an act or an entry of the e-mail service. -#}
{% macro left_since(unsubscribed_at, signed_up_at, subscribed_at) -%}
    {%- set beginning = "timestamp '" ~ var('earliest_time') ~ "'" -%}
    coalesce(
        {{ unsubscribed_at }} >= greatest(
            coalesce({{ signed_up_at }}, {{ beginning }}), coalesce({{ subscribed_at }}, {{ beginning }})
        ),
        false
    )
{%- endmacro %}

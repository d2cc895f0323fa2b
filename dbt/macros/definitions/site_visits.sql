{#-
    Whether an act happened on a website: a page view, anything with a device or the address of a page, or
    what the catalogue says that sites report. Links of e-mails have addresses too, and an order alone may be one of a counter.
-#}
{% macro is_site_act(event, type) -%}
    (
        {{ event }}.event_name = 'page_view'
        or {{ event }}.device is not null
        or ({{ event }}.url is not null and {{ milepost.email_role(event ~ '.source', event ~ '.event_name') }} is null)
        or coalesce({{ type }}.source_system = 'google_analytics', false)
    )
{%- endmacro %}

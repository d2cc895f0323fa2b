{{ config(materialized='view') }}

{{ union_of_email_models('contacts', [
    'contact_key', 'is_unsubscribed', 'created_at', 'subscribed_at', 'unsubscribed_at', 'has_bounced',
    'has_complained', 'country', 'time_zone',
]) }}

{{ config(materialized='view') }}

{{ union_of_email_models('contacts', [
    'contact_key', 'is_unsubscribed', 'created_at', 'subscribed_at', 'country', 'time_zone',
]) }}

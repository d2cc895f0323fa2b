with

contacts as (

    select *
    from {{ source('pii', 'contacts') }}
    where {{ is_affected({'contact_key': 'contact_key'}) }}

),

providers as (

    select * from {{ ref('mailbox_providers') }}

),

-- Only the provider leaves the address behind; a domain of its own would name a company.
resolved as (

    select
        contacts.contact_key,
        min(coalesce(providers.mailbox_provider, 'other')) as mailbox_provider
    from contacts
    left join providers on lower(split_part({{ trimmed('contacts.email') }}, '@', 2)) = providers.domain
    group by contacts.contact_key

)

select * from resolved

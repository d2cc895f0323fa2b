with

placeholders as (

    select placeholder from {{ ref('placeholder_ids') }}

),

-- A page that digests an address it does not have digests a word for nothing, or nothing.
digested as (

    select
        {{ sha256_hex("coalesce(" ~ digest_key('contact_key_salt') ~ ", '') || placeholder") }} as identifier
    from placeholders
    union
    select {{ sha256_hex("coalesce(" ~ digest_key('contact_key_salt') ~ ", '')") }}

)

select placeholder as identifier
from placeholders
union
select identifier
from digested

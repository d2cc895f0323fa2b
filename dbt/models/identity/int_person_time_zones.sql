with

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

contacts as (

    select * from {{ ref('int_contacts') }}

),

country_time_zones as (

    select * from {{ ref('country_time_zones') }}

),

persons as (

    select distinct person_key
    from identifiers

),

-- A person with several addresses takes the profile of the first key that says something.
profiles as (

    select
        identifiers.person_key,
        min(contacts.country) as country,
        min(contacts.time_zone) as time_zone
    from identifiers
    inner join contacts
        on identifiers.identifier_kind = 'contact_key' and identifiers.identifier = contacts.contact_key
    group by identifiers.person_key

),

resolved as (

    select
        persons.person_key,
        profiles.country,
        coalesce(profiles.time_zone, country_time_zones.time_zone, '{{ var("account_time_zone") }}') as time_zone,
        case
            when profiles.time_zone is not null then 'profile'
            when country_time_zones.time_zone is not null then 'country'
            else 'account'
        end as time_zone_source
    from persons
    left join profiles on persons.person_key = profiles.person_key
    left join country_time_zones on profiles.country = country_time_zones.country

)

select * from resolved

with

populations as (

    select * from {{ ref('completion_populations') }}

),

emails as (

    select * from {{ ref('int_email_exposures') }}

),

email_completions as (

    select * from {{ ref('int_email_completions') }}

),

person_exposures as (

    select * from {{ ref('int_person_exposures') }}

),

-- Which call an e-mail carries is known when a human or a scanner has followed it.
calls as (

    select distinct
        populations.micro_conversion,
        email_completions.email_id
    from email_completions
    inner join populations on email_completions.micro_conversion = populations.micro_conversion
    where populations.population = 'deliveries_with_call'

)

select
    'sends' as offer,
    person_key,
    min(sent_at) as offered_at
from emails
group by person_key

union all

select
    'deliveries',
    person_key,
    min(delivered_at)
from emails
where delivered_at is not null
group by person_key

union all

select
    {{ step_offer("'deliveries_with_call'", 'calls.micro_conversion', 'null') }},
    emails.person_key,
    min(emails.delivered_at)
from emails
inner join calls on emails.email_id = calls.email_id
where emails.delivered_at is not null
group by calls.micro_conversion, emails.person_key

union all

select
    {{ step_offer("'persons'", 'null', 'exposure') }},
    person_key,
    exposed_at
from person_exposures

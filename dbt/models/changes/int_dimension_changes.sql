with

context_now as (

    select * from {{ ref('int_dimension_fingerprints_current') }}

),

context_before as (

    select * from {{ previous_build('int_dimension_fingerprints', {'kind': 'string', 'name': 'string', 'content': 'string'}) }}

),

compared as (

    select
        coalesce(context_now.kind, context_before.kind) as kind,
        coalesce(context_now.name, context_before.name) as name
    from context_now
    full outer join context_before
        on context_now.kind = context_before.kind and context_now.name = context_before.name
    where
        context_now.content is distinct from context_before.content
        or context_now.kind is null
        or context_before.kind is null

)

select * from compared

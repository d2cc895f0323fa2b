with

changed_identifiers as (

    select * from {{ ref('int_changed_identifiers') }}

),

replaced_clusters as (

    select * from {{ ref('int_affected_clusters') }}

),

clusters as (

    select * from {{ previous_build('int_identity_clusters', {
        'identifier_kind': 'string', 'identifier': 'string', 'cluster_id': 'string',
    }) }}

),

unioned as (

    select
        identifier_kind,
        identifier
    from changed_identifiers
    union
    select
        clusters.identifier_kind,
        clusters.identifier
    from clusters
    inner join replaced_clusters on clusters.cluster_id = replaced_clusters.cluster_id

)

select * from unioned

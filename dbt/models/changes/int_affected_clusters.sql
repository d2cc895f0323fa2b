with

changed_identifiers as (

    select * from {{ ref('int_changed_identifiers') }}

),

clusters as (

    select * from {{ previous_build('int_identity_clusters', {
        'identifier_kind': 'string', 'identifier': 'string', 'cluster_id': 'string',
    }) }}

)

select distinct clusters.cluster_id
from clusters
inner join changed_identifiers
    on
        clusters.identifier_kind = changed_identifiers.identifier_kind
        and clusters.identifier = changed_identifiers.identifier

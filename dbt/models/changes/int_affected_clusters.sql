with

touched as (

    select * from {{ ref('int_changed_identifiers') }}

),

clusters as (

    select * from {{ previous_build('int_identity_clusters', {
        'identifier_kind': 'string', 'identifier': 'string', 'cluster_id': 'string',
    }) }}

)

select distinct clusters.cluster_id
from clusters
inner join touched
    on clusters.identifier_kind = touched.identifier_kind and clusters.identifier = touched.identifier

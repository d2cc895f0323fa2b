with

current_partitions as (

    select * from {{ ref('int_partition_fingerprints') }}

),

built_partitions as (

    select * from {{ previous_build('int_built_partitions', {
        'event_partition': 'string',
        'source': 'string',
        'stream': 'string',
        'partition': 'string',
        'fingerprint': 'string',
        'records': 'bigint',
    }, is_lasting=true) }}

),

compared as (

    select
        coalesce(current_partitions.event_partition, built_partitions.event_partition) as event_partition,
        coalesce(current_partitions.source, built_partitions.source) as source,
        coalesce(current_partitions.stream, built_partitions.stream) as stream,
        coalesce(current_partitions.partition, built_partitions.partition) as partition,
        case
            when built_partitions.event_partition is null then 'new'
            when current_partitions.event_partition is null then 'removed'
            else 'restated'
        end as change,
        coalesce(built_partitions.records, 0) as rows_before,
        coalesce(current_partitions.records, 0) as rows_after
    from current_partitions
    full outer join built_partitions
        on
            current_partitions.source = built_partitions.source
            and current_partitions.stream = built_partitions.stream
            and current_partitions.partition = built_partitions.partition
    where current_partitions.fingerprint is distinct from built_partitions.fingerprint

)

select * from compared

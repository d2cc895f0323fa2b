with

source as (

    select * from {{ source('hubspot', 'pipelines') }}

),

pipelines as (

    select * from {{ latest_per_key('source', [account_of(), 'id']) }} as latest

)

select
    {{ account_prefix('pipelines._partition') }} || pipelines.id as pipeline,
    {{ clean_text('pipelines.label') }} as pipeline_label,
    {{ json_path_text('pipelines.stages', "'$[' || positions.position || '].id'") }} as stage,
    {{ json_path_text('pipelines.stages', "'$[' || positions.position || '].label'") }} as stage_label,
    -- In the order of the list where the portal says none.
    coalesce(
        {{ try_number(
            json_path_text('pipelines.stages', "'$[' || positions.position || '].displayOrder'"), 'integer'
        ) }},
        positions.position
    ) as position,
    {{ try_number(
        json_path_text('pipelines.stages', "'$[' || positions.position || '].metadata.probability'"), 'double'
    ) }} as win_probability,
    coalesce(
        lower({{ json_path_text('pipelines.stages', "'$[' || positions.position || '].metadata.isClosed'") }}) = 'true', false
    ) as is_closed
from pipelines
{{ join_positions('pipelines', occurrences('pipelines.stages', '"metadata"')) }}

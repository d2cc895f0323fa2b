-- What was not changed is compared with these the next time; the changes are told before they are written.
-- depends_on: {{ ref('int_dimension_changes') }}
select * from {{ ref('int_dimension_fingerprints_current') }}

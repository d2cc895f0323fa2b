-- The next build compares the dimensions with these; this build's changes are found before they are written.
-- depends_on: {{ ref('int_dimension_changes') }}
select * from {{ ref('int_dimension_fingerprints_current') }}

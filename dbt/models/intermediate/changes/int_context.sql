-- What was not changed is compared with these the next time; the changes are told before they are written.
-- depends_on: {{ ref('int_context_changes') }}
select * from {{ ref('int_context_now') }}

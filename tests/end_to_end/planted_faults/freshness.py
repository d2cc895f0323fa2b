"""What the checks of freshness must see: sources and streams that have stopped."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault

FAULTS = (
    Fault(
        "streams_are_fresh_against_their_retention",
        ("update raw._loads set loaded_at = loaded_at - interval 2 day where source = 'bitly'",),
        Status.WARN,
    ),
    Fault(
        "streams_are_fresh_against_their_retention",
        ("update raw._loads set loaded_at = loaded_at - interval 24 day where stream = 'actions'",),
    ),
    Fault(
        "no_source_is_silent",
        (
            """
            update marts.rpt_source_watermarks
            set is_silent = true, days_behind = 31, line_to_add = 'retired_sources: add it'
            where source = (select min(source) from marts.rpt_source_watermarks)
            """,
        ),
        Status.WARN,
    ),
)

"""Columns that are mapped and never filled, by file; columns that new days no longer fill, by stream."""

from dataclasses import replace

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_violations
from dagster_project.raw.losses import FILLED_BEFORE, FILLED_NOW

EVENTS = ("marts", "fct_events")
# Fewer records say little about a share of 5 %.
LEAST_RECORDS = 20
# Of so many expected values, all are missing by chance less than once in a hundred files.
LEAST_EXPECTED = 5
NAMED = 3


def named_outcome(rows: list[tuple[str, int, int]], why: str) -> CheckOutcome:
    """A warning whose summary names the first few."""
    outcome = evaluate_violations(rows, why, Status.WARN)
    found = [subject for subject, _, bad in rows if bad]
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    named = "; ".join(found[:NAMED])
    return replace(outcome, summary=f"{outcome.summary} {named}{more}.") if found else outcome


def _filled_in_files(context: CheckContext) -> CheckOutcome:
    """A column that no file of the feed fills is named once, else each file that should and does not.

    In a file of one row an empty field is ordinary. By how often other files fill it, a file, or the latest
    files together, can be expected to have some values, or else to have the column at all.
    """
    rows = context.rows(f"""
        with columns as (
            select
                stream, partition, loaded, loaded_at, absent_columns, unnest(filled, recursive := true)
            from raw._loads where source = 'event_files' and loaded > 0
        ),
        in_feeds as (
            select stream, field, any_value(path) as path, count(*) as files, max(records) = 0 as is_empty,
                sum(records) / sum(loaded) as share
            from columns group by all
        ),
        placed as (
            select columns.*, in_feeds.share,
                coalesce(list_contains(absent_columns, columns.path), false) as is_absent,
                max(records) over later = 0 as is_among_latest,
                sum(loaded) over later as loaded_since
            from columns join in_feeds using (stream, field)
            where not is_empty
            window later as (
                partition by stream, field order by loaded_at desc, partition desc
                rows between unbounded preceding and current row
            )
        ),
        unfilled as (
            select *, loaded * share >= {LEAST_EXPECTED} or is_absent as is_named
            from placed where records = 0
        )
        select
            'feed ' || stream || ': no file has a value in the column ' || path || ', which ' || field
                || ' is mapped to' as subject,
            files,
            files
        from in_feeds where is_empty
        union all
        select
            'feed ' || stream || ', ' || partition || ': no value in the column ' || path || ', which '
                || field || ' is mapped to',
            1,
            is_named::integer
        from unfilled
        union all
        select
            'feed ' || stream || ': no value in the column ' || any_value(path) || ', which ' || field
                || ' is mapped to, in the latest ' || count(*) || ' files',
            count(*),
            count(*)
        from unfilled where is_among_latest
        group by stream, field
        having max(loaded_since * share) >= {LEAST_EXPECTED} and not bool_or(is_named)
        union all
        select 'feed ' || stream || ': ' || field, files, 0 from in_feeds where not is_empty
        order by all
    """)
    return named_outcome(rows, "the values counted while loading")


EVERY_MAPPED_COLUMN_IS_FILLED = Check(
    name="every_mapped_column_is_filled",
    asset=EVENTS,
    severity=Status.WARN,
    description=(
        "Every mapped column of a feed of event files has a value in at least one row of each file, or of "
        "the latest files where they have few rows."
    ),
    tolerance=(
        f"None where the other files let expect {LEAST_EXPECTED} values or more, or the file lacks the "
        "column: a renamed column or a typo in the mapping leaves the field empty for ever."
    ),
    evaluate=_filled_in_files,
)


def _still_filled(context: CheckContext) -> CheckOutcome:
    """The last day that has records against all days before; a snapshot is compared when it is loaded."""
    rows = context.rows(f"""
        with columns as (
            select source, stream, partition, loaded, unnest(filled, recursive := true)
            from raw._loads join _streams using (source, stream)
            where kind = 'window' and loaded > 0
        ),
        shares as (
            select
                source || '/' || stream || ' ' || max(partition) || ': ' || field
                    || ' (from ' || any_value(path) || ')' as subject,
                sum(records) - arg_max(records, partition) as filled_before,
                sum(loaded) - arg_max(loaded, partition) as records_before,
                arg_max(records, partition) as filled_now,
                arg_max(loaded, partition) as records_now
            from columns group by source, stream, field
        )
        select
            subject,
            1,
            (
                filled_before > {FILLED_BEFORE} * records_before and filled_now < {FILLED_NOW} * records_now
            )::integer
        from shares where records_before > 0 and records_now >= {LEAST_RECORDS} order by all
    """)
    return named_outcome(rows, "all earlier days of the stream")


COLUMNS_STAY_FILLED = Check(
    name="columns_stay_filled",
    asset=EVENTS,
    severity=Status.WARN,
    description="A column of a stream by day that was mostly filled is not empty on the last day.",
    tolerance=(
        f"From over {FILLED_BEFORE:.0%} of the earlier records to under {FILLED_NOW:.0%} of the last day's, "
        f"of at least {LEAST_RECORDS}: the vendor renamed a field, or the page stopped sending it."
    ),
    evaluate=_still_filled,
)

CHECKS = (EVERY_MAPPED_COLUMN_IS_FILLED, COLUMNS_STAY_FILLED)

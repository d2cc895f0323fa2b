"""Every record that a source gave is loaded, kept, and reaches the events."""

from dataclasses import replace

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_share, evaluate_violations, expect_none
from dagster_project.raw.schema import table_name
from dagster_project.runtime.event_contracts import EventContract, read_contracts

EVENTS = ("marts", "fct_events")

EVERY_RECORD_IS_LOADED = Check(
    name="every_landed_record_is_loaded",
    asset=EVENTS,
    severity=Status.ERROR,
    description="Over all partitions ever loaded, fetched = landed = loaded + quarantined, stream by stream.",
    tolerance="None: every step counts the same records.",
    evaluate=expect_none(
        """
        select
            source || '/' || stream,
            sum(fetched),
            sum(abs(fetched - landed) + abs(landed - loaded - quarantined)),
        from raw._loads group by all order by all
        """,
        why="the counts of each step, which are exact",
    ),
)


def _row_counts(context: CheckContext) -> CheckOutcome:
    """Counts the tables themselves: the ledger would not show rows deleted since."""
    loaded = context.rows("""
        select source.split_part('__', 1), stream, sum(loaded)::bigint
        from raw._loads join _streams using (source, stream) group by all order by all
    """)
    counts = " union all ".join(
        f"select {number}, count(*) from {table_name(source, stream)}"
        for number, (source, stream, _) in enumerate(loaded)
    )
    rows = dict(context.rows(counts)) if loaded else {}
    return evaluate_violations(
        [
            (f"{source}/{stream}", records, abs(records - rows[number]))
            for number, (source, stream, records) in enumerate(loaded)
        ],
        "the ledger of loads",
    )


EVERY_RECORD_IS_STILL_THERE = Check(
    name="raw_tables_hold_what_was_loaded",
    asset=EVENTS,
    severity=Status.ERROR,
    description="Each raw table holds as many rows as were loaded into it.",
    tolerance="None: nothing else writes there.",
    evaluate=_row_counts,
)


def _record_counts(contract: EventContract) -> str:
    """SQL for the number of events that the source's records should make."""
    counts = [
        f"""
        select
            count(distinct hash({", ".join(record["key"])})) filter (where {record["key"][0]} is not null)
            + count(*) filter (where {record["key"][0]} is null) as records
        from staging.{record["model"]}
        """
        for record in contract.records
    ]
    return f"select '{contract.source}', sum(records)::bigint from ({' union all '.join(counts)})"


def _kept(context: CheckContext) -> CheckOutcome:
    """Of each source that declares its events, records by their own key against rows of the event store."""
    counts = " union all ".join(map(_record_counts, read_contracts().values()))
    stored = dict(
        context.rows("select source::varchar, sum(events)::bigint from _event_quarters group by all")
    )
    return evaluate_violations(
        [
            (source, records, abs(records - stored.get(source, 0)))
            for source, records in sorted(context.rows(counts))
            if records or source in stored
        ],
        "each source's own keys of its records",
    )


EVERY_RECORD_IS_AN_EVENT = Check(
    name="every_record_becomes_one_event",
    asset=EVENTS,
    severity=Status.ERROR,
    description="Every record that has a time, of every source of events, is in fct_events exactly once.",
    tolerance="None: models add columns to events and never lose one.",
    evaluate=_kept,
)

NO_DAY_IS_MISSING = Check(
    name="no_day_is_missing",
    asset=EVENTS,
    severity=Status.ERROR,
    description="Every stream by day has a partition for each day between its first and its last.",
    tolerance="None: a day without records is a partition too, and each refresh pulls the missing days.",
    evaluate=expect_none(
        """
        with days as (
            select source || '/' || stream as subject, partition.split_part('/', -1)::date as day
            from raw._loads join _streams using (source, stream) where kind = 'window'
        )
        select
            subject,
            date_diff('day', min(day), max(day)) + 1,
            date_diff('day', min(day), max(day)) + 1 - count(*),
        from days group by all order by all
        """,
        why="the calendar",
    ),
)

# Starting value: a vendor's change of type hits every record at once, a stray record one in many thousands.
MAX_QUARANTINED = 0.001


def _quarantined(context: CheckContext) -> CheckOutcome:
    rows = context.rows("""
        select source || '/' || stream, sum(landed)::bigint, sum(quarantined)::bigint
        from raw._loads group by all having sum(landed) > 0 order by all
    """)
    return evaluate_share(rows, MAX_QUARANTINED, "starting value: a stray record, not a changed field")


def _corrected(context: CheckContext) -> CheckOutcome:
    rows = context.rows("""
        with corrected as (
            select source, stream, partition, max(records) as records from raw._corrections group by all
        )
        select source || '/' || stream, sum(landed)::bigint, coalesce(sum(corrected.records), 0)::bigint
        from raw._loads left join corrected using (source, stream, partition)
        group by all having sum(landed) > 0 order by all
    """)
    return evaluate_share(rows, MAX_QUARANTINED, "starting value: a stray record, not a wrong clock")


FEW_RECORDS_ARE_QUARANTINED = Check(
    name="few_records_are_quarantined",
    asset=EVENTS,
    severity=Status.WARN,
    description="Records that do not fit their declared types are few; they are kept in raw._quarantine.",
    tolerance="0.1 % of a stream's records by the interval: a field that changed its type hits all of them.",
    evaluate=_quarantined,
)

FEW_VALUES_ARE_CORRECTED = Check(
    name="few_values_are_corrected",
    asset=EVENTS,
    severity=Status.WARN,
    description="Records of which a value was left out or set to the extraction time are few; "
    "raw._corrections counts them by reason.",
    tolerance="0.1 % of a stream's records by the interval: a wrong clock or zone changes all of them.",
    evaluate=_corrected,
)


def _unreadable(context: CheckContext) -> CheckOutcome:
    """A file is one record in quarantine, however many it had: no share of records shows it."""
    files = context.rows("""
        select stream, partition, coalesce(max(reason) filter (where record is null), '')
        from raw._loads left join raw._quarantine using (source, stream, partition)
        where source = 'event_files' group by all order by all
    """)
    outcome = evaluate_violations(
        [(reason or f"{feed}: {path}", 1, bool(reason)) for feed, path, reason in files],
        "the files that were opened",
        Status.WARN,
    )
    reasons = [reason for _, _, reason in files if reason]
    return replace(outcome, summary=" ".join([outcome.summary, *reasons[:3]]))


EVERY_FILE_IS_READ = Check(
    name="every_event_file_can_be_read",
    asset=EVENTS,
    severity=Status.WARN,
    description="No event file is in quarantine as a whole; the summary names those that are.",
    tolerance="None: a file that cannot be read may hold any number of events.",
    evaluate=_unreadable,
)

CHECKS = (
    EVERY_RECORD_IS_LOADED,
    EVERY_RECORD_IS_STILL_THERE,
    EVERY_RECORD_IS_AN_EVENT,
    NO_DAY_IS_MISSING,
    FEW_RECORDS_ARE_QUARANTINED,
    FEW_VALUES_ARE_CORRECTED,
    EVERY_FILE_IS_READ,
)

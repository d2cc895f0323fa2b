"""What a stream's landing zone lacks of what is loaded, and what a pull has less than the last one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.landing import Entry, current_entries
from dagster_project.raw import ledger
from dagster_project.raw.losses import TOTAL, Content, Loss, compare, named
from dagster_project.raw.refusals import note, recorded_refusals, refuse
from dagster_project.raw.sql import count, literal, quoted
from dagster_project.sources.core.accounts import account_partition
from dagster_project.sources.core.stream import Column, Kind, Stream

WHOLE = "the whole stream"
WHOLE_LIST = "the list"  # its snapshots have numbers, which say nothing
# A list of what the account's users make and delete, with fewer records: a warning, no refusal.
SMALL_LIST = 10
# What a vendor writes in the place of a value.
NO_VALUES = ("", "(not set)")
NOTHING = Content("", 0)


def refuse_missing_partitions(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    source: str,
    stream: Stream,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Raise LossRefused when partitions are loaded that landing does not have.

    To be asked before a pull into an empty landing zone, which would fill it with what the vendor still has,
    and before a table is dropped to be loaded again.
    """
    known, entries = (
        ledger.contents(connection, source, stream.name),
        current_entries(root, source, stream.name),
    )
    with recorded_refusals(connection, source, stream.name, now(), ends_confirmations=False):
        refuse_missing(connection, root, source, stream, known, entries)


def refuse_missing(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    source: str,
    stream: Stream,
    known: Mapping[str, Content],
    entries: Sequence[Entry],
) -> None:
    """Raise LossRefused when `known` has partitions that `entries` do not have.

    Nothing removes the entry of a day or of a log's range; a snapshot is replaced by the next one.
    """
    landed = {entry.partition for entry in entries}
    missing = {
        partition: content
        for partition, content in known.items()
        if partition not in landed and content.records
    }
    if not missing or (stream.kind is Kind.SNAPSHOT and entries):
        return
    losses = [
        Loss(TOTAL if stream.kind is Kind.SNAPSHOT else partition, content.baseline, content.records, 0)
        for partition, content in missing.items()
    ]

    def what(losses: Sequence[Loss]) -> str:
        records = sum(loss.before for loss in losses)
        if stream.kind is Kind.SNAPSHOT:
            return f"the last list, of {records:,} records, is not in the landing zone {root}"
        first = f"{'the first of them ' if len(losses) > 1 else ''}{losses[0].partition}"
        return (
            f"{len(losses):,} of {len(known):,} loaded partitions with {records:,} records, {first}, are not "
            f"in the landing zone {root}"
        )

    refuse(connection, source, stream.name, losses, what)


class LossGuard:
    """Compares the partitions of one transaction with what they replace; made before the old ones go."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: str,
        stream: Stream,
        table: str,
        batch: Sequence[Entry],
    ) -> None:
        self._connection, self._source, self._stream, self._table = connection, source, stream, table
        self._batch = batch
        replaced = None if stream.kind is Kind.SNAPSHOT else [entry.partition for entry in batch]
        self._before = self._contents(replaced)
        if self._before and stream.kind is Kind.CURSOR:
            self._keep_keys()

    def check(self, now: datetime) -> None:
        """Raise LossRefused when the rows of the batch, now loaded, are too few; of a small list, note it."""
        if not self._before or not self._batch:
            return
        losses = self._lost_keys() if self._stream.kind is Kind.CURSOR else self._shrunk()
        if not losses:
            return
        if self._is_small_list:
            note(self._connection, self._source, self._stream.name, losses, now)
        else:
            refuse(self._connection, self._source, self._stream.name, losses, self._described)

    @property
    def _is_small_list(self) -> bool:
        """A user who deletes the only A/B test loses every record; a list of persons is always compared."""
        has_persons = any(column.pii == "address" for column in self._stream.columns)
        return (
            self._stream.kind is Kind.SNAPSHOT
            and not has_persons
            and max(content.records for content in self._before.values()) < SMALL_LIST
        )

    def _described(self, losses: Sequence[Loss]) -> str:
        """What is gone, and why records were quarantined instead of loaded: the commonest reason."""
        found = self._connection.execute(
            """
            select min(reason), count(*) from raw._quarantine
            where source = ? and stream = ? and partition in (select unnest(?))
            group by split_part(reason, ': ', 1) order by count(*) desc, 1 limit 1
            """,
            [self._source, self._stream.name, [entry.partition for entry in self._batch]],
        ).fetchall()
        reasons = [f"; {number:,} of the new records are invalid ({reason})" for reason, number in found]
        return named(losses, WHOLE_LIST if self._stream.kind is Kind.SNAPSHOT else WHOLE) + "".join(reasons)

    def _shrunk(self) -> list[Loss]:
        loaded = [entry.partition for entry in self._batch]
        now = self._contents(loaded)
        if self._stream.kind is Kind.SNAPSHOT:
            [before] = list(self._before.values())[-1:]
            return list(compare(TOTAL, before, now[loaded[-1]]))
        return [
            loss
            for partition, before in self._before.items()
            for loss in compare(partition, before, now.get(partition, NOTHING))
        ]

    def _contents(self, partitions: Sequence[str] | None) -> dict[str, Content]:
        """What the ledger says and, of what the table has, how many records have a natural key of their own.

        Only of what is replaced, since counting keys costs as much as loading a few columns. A log has its
        keys compared one by one.
        """
        found = ledger.contents(self._connection, self._source, self._stream.name, partitions)
        if not found or self._stream.kind is Kind.CURSOR:
            return found
        keys = ", ".join(map(quoted, self._stream.natural_key))
        distinct = self._connection.execute(
            f"""
            select _partition, count(distinct hash({keys})) from {self._table}
            where _partition in (select unnest($partitions)) group by _partition
            """,
            {"partitions": list(found)},
        ).fetchall()
        return found | {name: replace(found[name], distinct=keys) for name, keys in distinct}

    def _keep_keys(self) -> None:
        """A log only grows: each of its records must be there afterwards."""
        keys = ", ".join(map(quoted, self._stream.natural_key))
        self._connection.execute(
            f"""
            create or replace temp table _keys_before as
            select _partition, {keys} from {self._table}
            where _partition in (select unnest($partitions))
            """,
            {"partitions": list(self._before)},
        )

    def _lost_keys(self) -> list[Loss]:
        keys = ", ".join(map(quoted, self._stream.natural_key))
        # Records of another account may have the same keys.
        account = account_partition(self._source, "")
        of_account = (
            f"starts_with(_partition, {literal(account)})" if account else "not contains(_partition, '/')"
        )
        lost = count(
            self._connection,
            f"""
            select count(*) from _keys_before
            anti join (from {self._table} where {of_account}) as kept using ({keys})
            """,
        )
        if not lost:
            return []
        records = sum(before.records for before in self._before.values())
        first = min(self._before)
        return [Loss(first, self._before[first].baseline, records, records - lost)]


def filled_columns(stream: Stream) -> str:
    """SQL of the aggregate that counts the rows in which each column has a value; null for a log.

    An increment of a log replaces nothing, so that its columns are not compared.
    """
    if stream.kind is Kind.CURSOR:
        return "null"
    items = (
        f"{{'field': {literal(column.name)}, 'path': {literal('.'.join(map(str, column.source_path)))}, "
        f"'records': count({_value(column)})}}"
        for column in stream.columns
    )
    return f"[{', '.join(items)}]"


def _value(column: Column) -> str:
    """SQL of a column's value, null where it says nothing."""
    name = quoted(column.name)
    if column.pii == "address" or column.type.upper() != "VARCHAR":
        return name
    nothing = ", ".join(map(literal, NO_VALUES))
    return f"case when {name} not in ({nothing}) then 1 end"

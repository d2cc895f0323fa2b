"""Refusing a load that would lose data: `raw._losses` holds what was refused and what a person confirmed.

A confirmation is valid for the content that was loaded when it was given, down to what was left then, and
ends with the next load that succeeds.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb

from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.losses import RECORDS, Loss
from dagster_project.raw.sql import transaction

COMMAND = "milepost confirm-loss"


class LossRefused(WarehouseError):
    """A load would lose data; what was loaded before is unchanged."""

    def __init__(self, message: str, losses: Sequence[Loss]) -> None:
        super().__init__(message)
        self.losses = losses


def refuse(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    stream: str,
    losses: Sequence[Loss],
    what: Callable[[Sequence[Loss]], str],
) -> None:
    """Raise LossRefused unless every loss is confirmed; `what` puts the others in words."""
    open_losses = [loss for loss in losses if not _is_confirmed(connection, source, stream, loss)]
    if open_losses:
        raise LossRefused(
            f"{source}/{stream} was not loaded, because data of it are gone: {what(open_losses)}. What was "
            "loaded before is kept, and nothing is published. Bring the data back; if they were deleted on "
            f"purpose, run `{COMMAND} {source}/{stream}`.",
            open_losses,
        )


def _is_confirmed(connection: duckdb.DuckDBPyConnection, source: str, stream: str, loss: Loss) -> bool:
    """A loss is also confirmed by that of all records of its partition."""
    found = connection.execute(
        """
        select 1 from raw._losses
        where source = $source and stream = $stream and partition = $partition and baseline = $baseline
            and confirmed_at is not null and ended_at is null
            and (field = $field and records_now <= $now or field = $records and records_now = 0)
        limit 1
        """,
        {
            "source": source,
            "stream": stream,
            "partition": loss.partition,
            "baseline": loss.baseline,
            "field": loss.field,
            "now": loss.now,
            "records": RECORDS,
        },
    ).fetchall()
    return bool(found)


@contextmanager
def recorded_refusals(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    stream: str,
    now: datetime,
    ends_confirmations: bool = True,
) -> Iterator[None]:
    """Record what the block refuses to lose, after its transaction was rolled back.

    When a load succeeds, nothing is refused any more and every confirmation has ended.
    """
    try:
        yield
    except LossRefused as refusal:
        with transaction(connection):
            _forget(connection, source, stream)
            for loss in refusal.losses:
                _record(connection, source, stream, loss, refused_at=now)
        raise
    if ends_confirmations:
        _end(connection, source, stream, now)


def note(
    connection: duckdb.DuckDBPyConnection, source: str, stream: str, losses: Sequence[Loss], now: datetime
) -> None:
    """Record losses that a load accepts without a confirmation, for a check to name; never refused."""
    for loss in losses:
        _record(connection, source, stream, loss, ended_at=now)


def _record(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    stream: str,
    loss: Loss,
    refused_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> None:
    connection.execute(
        """
        insert into raw._losses by name
        select $source as source, $stream as stream, $partition as partition, $field as field,
            $baseline as baseline, $before as records_before, $now as records_now,
            $description as description, $refused_at::timestamptz as refused_at,
            $ended_at::timestamptz as confirmed_at, $ended_at::timestamptz as ended_at
        """,
        {
            "source": source,
            "stream": stream,
            "partition": loss.partition,
            "field": loss.field,
            "baseline": loss.baseline,
            "before": loss.before,
            "now": loss.now,
            "description": loss.described("all of it"),
            "refused_at": refused_at,
            "ended_at": ended_at,
        },
    )


def _end(connection: duckdb.DuckDBPyConnection, source: str, stream: str, now: datetime) -> None:
    open_rows = connection.execute(
        "select 1 from raw._losses where source = ? and stream = ? and ended_at is null limit 1",
        [source, stream],
    ).fetchall()
    if open_rows:  # nearly never: a load without any change writes nothing
        with transaction(connection):
            _forget(connection, source, stream)
            connection.execute(
                "update raw._losses set ended_at = ? where source = ? and stream = ? and ended_at is null",
                [now, source, stream],
            )


def _forget(connection: duckdb.DuckDBPyConnection, source: str, stream: str) -> None:
    connection.execute(
        "delete from raw._losses where source = ? and stream = ? and confirmed_at is null", [source, stream]
    )


def forget_losses(connection: duckdb.DuckDBPyConnection, source: str, stream: str) -> None:
    """Of a stream that is dropped for good; what was confirmed stays on record."""
    _forget(connection, source, stream)
    connection.execute(
        "update raw._losses set ended_at = confirmed_at where source = ? and stream = ? and ended_at is null",
        [source, stream],
    )


def standing_losses(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """What the last loads refused to lose and nobody confirmed, in words, by `source/stream`."""
    rows = connection.execute("""
        select source || '/' || stream, list(description order by partition, field)
        from raw._losses where confirmed_at is null
        group by all order by all
    """).fetchall()
    return dict(rows)


def confirm(connection: duckdb.DuckDBPyConnection, source: str, stream: str, now: datetime) -> list[str]:
    """Confirm what the last load of the stream refused to lose; returns it in words."""
    rows = connection.execute(
        """
        update raw._losses set confirmed_at = ? where source = ? and stream = ? and confirmed_at is null
        returning description
        """,
        [now, source, stream],
    ).fetchall()
    return sorted(description for (description,) in rows)

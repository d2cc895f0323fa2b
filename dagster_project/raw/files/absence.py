"""What a feed has less than before: files that are gone, files with fewer events, fields without values."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import duckdb

from dagster_project.raw import ledger
from dagster_project.raw.files.identity import REQUIRED, counted_columns
from dagster_project.raw.files.opened import UnreadableFileError, names_said
from dagster_project.raw.losses import RECORDS, TOTAL, Content, Filled, Loss, compare, named, total
from dagster_project.raw.refusals import recorded_refusals, refuse
from dagster_project.raw.sql import quoted
from dagster_project.sources.event_files import SOURCE_NAME, Feed


def refuse_lost_files(
    connection: duckdb.DuckDBPyConnection, feed: Feed, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> None:
    """Raise LossRefused when events of the feed are loaded, though no file fits its path any more.

    To be asked before the copies of files that are not listed are removed from the landing zone.
    """
    _refuse_whole(connection, feed.name, f"no file fits its path {feed.shown_path} any more", now())


def refuse_lost_feeds(
    connection: duckdb.DuckDBPyConnection,
    feeds: Sequence[Feed],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Raise LossRefused when events are loaded of a feed that is not among the configured `feeds`."""
    loaded = connection.execute(
        "select distinct stream from raw._loads where source = ? and loaded > 0 order by 1", [SOURCE_NAME]
    ).fetchall()
    for (name,) in loaded:
        if name not in {feed.name for feed in feeds}:
            _refuse_whole(connection, name, "the feed is not configured any more", now())


def _refuse_whole(connection: duckdb.DuckDBPyConnection, feed: str, why: str, now: datetime) -> None:
    before = total(ledger.contents(connection, SOURCE_NAME, feed, kept_only=True).values())
    if before.records:
        loss = Loss(TOTAL, before.baseline, before.records, 0)
        with recorded_refusals(connection, SOURCE_NAME, feed, now, ends_confirmations=False):
            what = f"{why}, of which {before.records:,} events are loaded"
            refuse(connection, SOURCE_NAME, feed, [loss], lambda _: what)


class FeedGuard:
    """Compares what a load leaves of a feed with what was there; made before anything is deleted.

    A file is compared with its previous content, and the total of what is not repeated with the last total:
    of files that come and go, and that repeat each other, the feed as a whole says whether something is lost.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, feed: Feed) -> None:
        self._connection, self._feed = connection, feed
        self._before, self._kept_before = self._contents(), self._contents(kept_only=True)
        self._now: dict[str, Content] = {}

    def compare_files(self, loaded: Sequence[str]) -> None:
        """To be asked while the table has every file that was read, near copies too."""
        self._now = self._contents(loaded)

    def refuse(self, blocked: Sequence[str], unreadable: Mapping[str, str]) -> None:
        """Raise LossRefused when the feed, now loaded but for `blocked` files, has too little."""
        losses = [
            loss
            for partition, now in self._now.items()
            if partition in self._before
            for loss in compare(partition, self._before[partition], now)
        ]
        kept = self._contents(kept_only=True) | {file: self._now[file] for file in blocked}
        losses += compare(TOTAL, total(self._kept_before.values()), total(kept.values()))
        refuse(self._connection, SOURCE_NAME, self._feed.name, losses, partial(self._in_words, unreadable))

    def _contents(
        self, partitions: Sequence[str] | None = None, kept_only: bool = False
    ) -> dict[str, Content]:
        return ledger.contents(self._connection, SOURCE_NAME, self._feed.name, partitions, kept_only)

    def _in_words(self, unreadable: Mapping[str, str], losses: Sequence[Loss]) -> str:
        """What is gone, and why. Of a feed with one file the total says what that file says."""
        of_files = {(loss.field, loss.before) for loss in losses if loss.partition != TOTAL}
        main = [
            loss for loss in losses if loss.partition != TOTAL or (loss.field, loss.before) not in of_files
        ]
        reasons = [f" ({unreadable[loss.partition]})" for loss in main if loss.partition in unreadable]
        reasons = reasons or _invalid(self._connection, self._feed, [loss.partition for loss in main])
        if not reasons and any(loss.field == RECORDS for loss in main):
            reasons = _repeated(self._connection, self._feed)
        return named(main, "the whole feed") + "".join(reasons[:1])


def _repeated(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[str]:
    """That rows of the feed, as it would be loaded, repeat each other."""
    [(rows, repeated)] = connection.execute(
        "select sum(loaded), sum(repeated) from raw._loads where source = ? and stream = ?",
        [SOURCE_NAME, feed.name],
    ).fetchall()
    if not repeated:
        return []
    why = (
        f"have the same {feed.columns['event_id']}, which event_id is mapped to"
        if "event_id" in feed.columns
        else "are equal"
    )
    return [f" ({repeated:,} of {rows:,} rows count as repeats of others, since they {why})"]


def _invalid(connection: duckdb.DuckDBPyConnection, feed: Feed, partitions: Sequence[str]) -> list[str]:
    """The commonest reason why rows of these files were quarantined instead of loaded."""
    found = connection.execute(
        """
        select min(reason), count(*) from raw._quarantine
        where source = ? and stream = ? and partition in (select unnest(?))
        group by split_part(reason, ': ', 1) order by count(*) desc, 1 limit 1
        """,
        [SOURCE_NAME, feed.name, list(partitions)],
    ).fetchall()
    return [f" ({number:,} rows are invalid, as {reason})" for reason, number in found]


def count_filled(
    connection: duckdb.DuckDBPyConnection, feed: Feed, table: str, partition: str
) -> tuple[int, dict[str, Filled]]:
    """How many rows of a file are invalid (`_ordinal` 0), and in how many others each field is filled."""
    columns = counted_columns(feed)
    counts = "".join(
        f", count({quoted(column)}) filter (where _ordinal > 0)" for column, _ in columns.values()
    )
    [(invalid, *filled)] = connection.execute(
        f"select count(*) filter (where _ordinal = 0){counts} from {table} where _partition = ?", [partition]
    ).fetchall()
    return invalid, {
        field: Filled(path, records)
        for (field, (_, path)), records in zip(columns.items(), filled, strict=True)
    }


def refuse_unmapped_file(
    connection: duckdb.DuckDBPyConnection, feed: Feed, partition: str, names: Collection[str] | None
) -> None:
    """Raise UnreadableFileError for a file all of whose rows lack the same required column."""
    reasons = connection.execute(
        "select distinct reason from raw._quarantine where source = ? and stream = ? and partition = ?",
        [SOURCE_NAME, feed.name, partition],
    ).fetchall()
    for field, column in ((field, feed.columns.get(field, "")) for field in REQUIRED):
        if reasons == [(f"the file has no column {column}",)]:
            raise UnreadableFileError(
                f"the file has no column {column}, which {field} is mapped to{names_said(names, column)}; "
                "correct the file or the columns of its feed"
            )
        if reasons == [(f"{field} is empty",)]:
            raise UnreadableFileError(
                f"no row has a value in the column {column}, which {field} is mapped to; correct the file or "
                "the columns of its feed"
            )

"""Finding files that repeat another file's events, with something else in columns that are not mapped.

An export that writes `exported_at` or a status into each row makes every row of it a new event each time.
Which columns do not distinguish events only a person can say, so such a file is not loaded until then.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import duckdb

from dagster_project.raw import ledger
from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.sql import count
from dagster_project.sources.event_files import SOURCE_NAME, Feed

MIN_SHARE = 0.5  # of either file's rows
COMPARED_PAIRS = 5000
COMPARED_ALIKE = 5  # of the rows that are equal in the mapped columns, in either file
NAMED_COLUMNS = 10
NAMED_FILES = 3
MASK_DIGITS = re.compile("(?<=<address) [0-9a-f]{12}(?=>)")

# Of the rows that two files have with equal mapped columns, those that are not equal in all columns.
_UNMATCHED = """
with mine as (select * from _suspects where _partition = $file),
others as (select * from _suspects where _partition in (select unnest($others))),
my_unmatched as (
    select mapped, place, row_number() over (partition by mapped order by key, _ordinal) as number
    from mine anti join others using (key)
),
other_unmatched as (
    select _partition, mapped, place,
        row_number() over (partition by _partition, mapped order by key, _ordinal) as number
    from others anti join mine using (key)
)
"""


class NearCopyError(WarehouseError):
    """Files that cannot be loaded before the feed's configuration says what distinguishes their events."""

    def __init__(self, feed: str, sentences: Sequence[str]) -> None:
        more = len(sentences) - NAMED_FILES
        rest = [f"{more} more files are not loaded for the same reason."] if more > 0 else []
        super().__init__(" ".join([f"Feed {feed}: {sentences[0]}", *sentences[1:NAMED_FILES], *rest]))


def block_near_copies(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    table: str,
    loaded: Sequence[str],
    files: Sequence[str],
    rows: dict[str, int] | None = None,
) -> dict[str, str]:
    """Delete the rows of those files among `loaded` that are near copies; returns a sentence for each.

    `files` are all partitions. A file is compared with those loaded earlier, then with those before it.
    `rows` says how many each has where `table` holds only the suspects.
    """
    if feed.every_column_distinguishes or len(files) < 2 or not _find_suspects(connection, table, loaded):
        return {}
    if rows is None:
        rows = dict(connection.execute(f"select _partition, count(*) from {table} group by all").fetchall())
    accepted = [file for file in files if file not in set(loaded) and file in rows]
    blocked: dict[str, str] = {}
    for file in loaded:
        copied = _copied_file(connection, file, accepted, rows)
        if copied is None:
            accepted.append(file)
        else:
            columns = _differing_columns(connection, table, file, copied[0])
            blocked[file] = _sentence(file, *copied, rows[file], columns)
    ledger.delete_partitions(connection, SOURCE_NAME, feed.name, table, list(blocked))
    return blocked


def _find_suspects(connection: duckdb.DuckDBPyConnection, table: str, loaded: Sequence[str]) -> bool:
    """Temp table `_suspects`: rows that loaded rows equal in the mapped columns, where others differ."""
    connection.execute(
        f"""
        create or replace temp table _suspects as
        select _partition, _mapped_hash as mapped, _key_hash as key, _ordinal, rowid as place
        from {table}
        where _mapped_hash in (
            select _mapped_hash from {table}
            where _mapped_hash in (
                select _mapped_hash from {table} where _partition in (select unnest($loaded))
            )
            group by _mapped_hash having min(_key_hash) <> max(_key_hash)
        )
        """,
        {"loaded": list(loaded)},
    )
    return count(connection, "select count(distinct _partition) from _suspects") > 1


def _copied_file(
    connection: duckdb.DuckDBPyConnection, file: str, others: Sequence[str], rows: dict[str, int]
) -> tuple[str, int] | None:
    """The file of which `file` is a near copy, with the number of such rows."""
    found = connection.execute(
        f"""
        {_UNMATCHED}
        select other_unmatched._partition, count(*) as shared
        from my_unmatched join other_unmatched using (mapped, number)
        group by all order by shared desc, 1
        """,
        {"file": file, "others": list(others)},
    ).fetchall()
    copied = [
        (other, shared) for other, shared in found if shared >= MIN_SHARE * min(rows[file], rows[other])
    ]
    return copied[0] if copied else None


def _differing_columns(connection: duckdb.DuckDBPyConnection, table: str, file: str, other: str) -> list[str]:
    """The columns that are not mapped in which the two files' rows differ, the most frequent first."""
    found = connection.execute(
        f"""
        {_UNMATCHED}
        select my_unmatched.place, mine.properties, theirs.properties
        from my_unmatched
        join other_unmatched using (mapped)
        join {table} as mine on my_unmatched.place = mine.rowid
        join {table} as theirs on other_unmatched.place = theirs.rowid
        where my_unmatched.number <= {COMPARED_ALIKE} and other_unmatched.number <= {COMPARED_ALIKE}
        limit {COMPARED_PAIRS}
        """,
        {"file": file, "others": [other]},
    ).fetchall()
    # a mask's digits differ with the rest of its row, so they count only where nothing else differs
    plain = [(place, *(MASK_DIGITS.sub("", text or "{}") for text in texts)) for place, *texts in found]
    return _different_members(plain) or _different_members(found)


def _different_members(pairs: Sequence[tuple[Any, ...]]) -> list[str]:
    """The names by which each row differs from the row that is most like it, the most frequent first."""
    closest: dict[int, set[str]] = {}
    for place, *texts in pairs:
        mine, theirs = (json.loads(text or "{}") for text in texts)
        names = {name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)}
        if place not in closest or len(names) < len(closest[place]):
            closest[place] = names
    found = Counter(name for names in closest.values() for name in names)
    return sorted(found, key=lambda name: (-found[name], name))


def _sentence(file: str, other: str, shared: int, rows: int, columns: Sequence[str]) -> str:
    if not columns:
        return (
            f"{shared:,} of the {rows:,} rows of {file} equal rows of {other} but for the order of their "
            "keys, so the file is not loaded; write the keys in one order, or map event_id."
        )
    names = ", ".join(columns[:NAMED_COLUMNS])
    more = len(columns) - NAMED_COLUMNS
    names += f" and {more} more columns" if more > 0 else ""
    return (
        f"{shared:,} of the {rows:,} rows of {file} equal rows of {other} in every mapped column and differ "
        f"in {names}, so the file is not loaded; list under `exclude` what does not distinguish events, map "
        "event_id, or write `exclude: []` where they are different events."
    )

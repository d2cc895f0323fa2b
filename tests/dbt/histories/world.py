"""Warehouses in memory with their landing zones, into which histories are replayed."""

import hashlib
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.refusals import LossRefused, confirm
from dagster_project.raw.schema import create_raw_tables
from dagster_project.sources.event_files import SOURCE_NAME, list_files
from dagster_project.sources.registry import SOURCES
from tests.dbt.harness import EXTRACTED_AT
from tests.dbt.histories.declarations import Declarations, feeds
from tests.dbt.histories.project import CompiledProject
from tests.dbt.histories.story import FILES, Change, File, Step

# What a build notes of itself, and when a record was read, differ between two ways to the same state.
OF_ARRIVAL = ("person_key", "loaded_at")
# What builds note of themselves and of each other.
OF_BUILDS = ("restatement_ledger", "fct_person_changes")


# What builds keep of rows that show no person; by it the next build finds them.
# Each world has a folder of its own.
WITHOUT_PERSON = """
    select 'event', event_id, string_split(event_partition, '/')[-1], order_id, contact_key, user_id,
        client_id
    from intermediate.int_anonymous_events
    union all
    select 'withheld', event_id, null, null, null, null, null from intermediate.int_withheld_events
    union all
    select 'send', email_send_id, null, null, recipient_identifier, null, null
    from intermediate.int_sends_without_person
    order by all
"""


class World:
    """One warehouse in memory with its landing zone, into which a history is replayed."""

    def __init__(self, project: CompiledProject, home: Path, declared: Declarations | None = None) -> None:
        self.project, self.home = project, home
        self.feeds = {each.name: each for each in feeds(home, declared)}
        for name in self.feeds:
            (home / "in" / name).mkdir(parents=True)
        self.connection = duckdb.connect(config={"threads": 2})
        self.connection.execute("attach ':memory:' as warehouse; use warehouse; set timezone = 'UTC'")
        self._builds = project.begin(self.connection)
        create_raw_tables(self.connection, SOURCES, self.feeds.values())
        self._is_built = False

    def take(self, steps: list[Step]) -> None:
        for step in steps:
            self._take_file(step) if isinstance(step, File) else self._take_partition(step)

    def _take_partition(self, change: Change) -> None:
        for table, rows in change.tables.items():
            source, _, stream = table.partition("__")
            where = "source = ? and stream = ? and partition = ?"
            self.connection.execute(f"delete from raw.{table} where _partition = ?", [change.partition])
            self.connection.execute(
                f"delete from raw._loads where {where}", [source, stream, change.partition]
            )
            for row in rows:
                full = {"_partition": change.partition, "_extracted_at": change.extracted_at, **row}
                names = ", ".join(f'"{name}"' for name in full)
                marks = ", ".join("?" for _ in full)
                self.connection.execute(
                    f"insert into raw.{table} ({names}) values ({marks})", list(full.values())
                )
            if rows:
                content = hashlib.sha256(repr(rows).encode()).hexdigest()
                self.connection.execute(
                    "insert into raw._loads (source, stream, partition, content_sha256, loaded, extracted_at)"
                    " values (?, ?, ?, ?, ?, ?)",
                    [source, stream, change.partition, content, len(rows), change.extracted_at],
                )

    def _take_file(self, file: File) -> None:
        feed = self.feeds[FILES[file.name]]
        path = self.home / "in" / feed.name / file.name
        if file.rows is None:
            path.unlink(missing_ok=True)
        else:
            names = list(dict.fromkeys(name for row in file.rows for name in row))
            lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in file.rows)]
            header, *rows = lines
            exported = [f"{header},exported_at", *(f"{row},by {file.name}" for row in rows)]
            path.write_text("\n".join(exported) + "\n", encoding="utf-8")
            # Whenever it is loaded, its content has one time of modification; a.csv is the latest file.
            modified_at = (
                10_000 * (len(FILES) - list(FILES).index(file.name)) + zlib.crc32(path.read_bytes()) % 10_000
            )
            os.utime(path, (modified_at, modified_at))
        landing, now = self.home / "landing", lambda: EXTRACTED_AT
        copy_files(SOURCE_NAME, feed.name, list_files(feed), landing, now)
        try:
            load_feed(self.connection, landing, feed, now)
        except LossRefused:
            # Who removes most of a feed's events says that it was on purpose.
            confirm(self.connection, SOURCE_NAME, feed.name, EXTRACTED_AT)
            load_feed(self.connection, landing, feed, now)

    def know(self, addresses: list[tuple[object, ...]]) -> None:
        """An address stays known after the last row that mentions it is gone, so `pii` depends on arrival."""
        for address in addresses:
            self.connection.execute(
                "insert into pii.contacts select $1, $2, $3"
                " where $1 not in (select contact_key from pii.contacts)",
                address,
            )

    def build(self, with_reports: bool = False) -> None:
        self.project.build(self.connection, self._builds, not self._is_built, with_reports)
        self._is_built = True

    def mart(self, name: str) -> list[str]:
        """Rows as text, sorted; a person is identified by `person_id` instead of the key."""
        columns = [column for column, *_ in self.connection.execute(f"describe marts.{name}").fetchall()]
        selected = [f'rows."{column}"' for column in columns if column not in OF_ARRIVAL]
        persons = ""
        if "person_key" in columns:
            persons = "left join marts.dim_persons as persons on rows.person_key = persons.person_key"
            selected.append("persons.person_id as of_person")
        return sorted(
            repr(row)
            for row in self.connection.execute(
                f"select {', '.join(selected)} from marts.{name} as rows {persons}"
            ).fetchall()
        )

    def persons(self) -> list[tuple[str, ...]]:
        """The person of every identifier."""
        return self.connection.execute(
            "select identifier_kind, identifier, person_id"
            " from intermediate.int_person_identifiers order by all"
        ).fetchall()

    def without_person(self) -> list[tuple[object, ...]]:
        return self.connection.execute(WITHOUT_PERSON).fetchall()

    def recorded_persons(self) -> list[tuple[str, ...]]:
        """The same by what builds have recorded of its changes."""
        return self.connection.execute(
            """
            select identifier_kind, identifier, max_by(coalesce(person_id, ''), changed_at) as person
            from intermediate.int_identifier_history group by all having person <> '' order by all
            """
        ).fetchall()


@contextmanager
def worlds(
    project: CompiledProject, home: Path, names: tuple[str, ...], declared: Declarations | None = None
) -> Iterator[list[World]]:
    opened = [World(project, home / name, declared) for name in names]
    try:
        yield opened
    finally:
        for world in opened:
            world.connection.close()


def hold(
    project: CompiledProject,
    home: Path,
    history: tuple[list[list[Step]], list[Step]],
    declared: Declarations | None = None,
) -> set[str]:
    """Grown with restatements, in another order, and whole: every mart has the same rows.

    Returns the marts that have any.
    """
    batches, final = history
    filled: set[str] = set()
    with worlds(project, home, ("grown", "shuffled", "whole"), declared) as (grown, shuffled, whole):
        for number, batch in enumerate(batches, 1):
            grown.take(batch)
            grown.build(with_reports=number == len(batches))
        addresses = grown.connection.execute("from pii.contacts").fetchall()
        half = len(final) // 2
        shuffled.take(final[:half])
        shuffled.build()
        shuffled.take(final[half:])
        shuffled.know(addresses)
        shuffled.build(with_reports=True)
        whole.take(final)
        whole.know(addresses)
        whole.build(with_reports=True)
        for world in (grown, shuffled, whole):
            assert world.recorded_persons() == world.persons()
            found, expected = world.without_person(), whole.without_person()
            assert found == expected, f"without a person in {world.home.name}: {difference(found, expected)}"
        for mart in project.marts():
            if mart not in OF_BUILDS:
                in_full = whole.mart(mart)
                for world in (grown, shuffled):
                    rows = world.mart(mart)
                    assert rows == in_full, f"{mart} in {world.home.name}: {difference(rows, in_full)}"
                if in_full:
                    filled.add(mart)
    return filled


def difference(found: list[Any], expected: list[Any]) -> str:
    """Rows of one side only, with how many times."""
    ours, theirs = Counter(found), Counter(expected)
    return f"{list((ours - theirs).items())} in place of {list((theirs - ours).items())}"

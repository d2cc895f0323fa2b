"""Whatever the order and batching of arrival, restatement and merger, the marts are those of a full build."""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, seed, settings

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.refusals import LossRefused, confirm
from dagster_project.raw.schema import create_raw_tables
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from dagster_project.sources.registry import SOURCES
from tests.dbt.harness import EXTRACTED_AT, Warehouse
from tests.dbt.histories.project import CompiledProject
from tests.dbt.histories.story import (
    CAMPAIGNS,
    FILES,
    VIEWER,
    Change,
    File,
    Step,
    at,
    histories,
    log_ranges,
    web_day,
)
from tests.dbt.rows import Hit

# What a build notes of itself, and when a record was read, differ between two ways to the same state.
OF_ARRIVAL = ("person_key", "loaded_at")
LEDGER = "restatement_ledger"
COLUMNS = {
    "occurred_at": "ts",
    "event_name": "event",
    "email": "mail",
    "user_id": "customer",
    "client_id": "browser",
    "order_id": "order",
    "event_id": "id",
    "campaign": "campaign",
    "revenue": "amount",
    "currency": "currency",
    "order_status": "status",
    "analytics_consent": "analytics",
    "marketing_consent": "marketing",
}


class World:
    """One warehouse in memory with its landing zone, into which a history is replayed."""

    def __init__(self, project: CompiledProject, home: Path) -> None:
        self.project, self.home = project, home
        (home / "in").mkdir(parents=True)
        self.feed = feed(home)
        self.connection = duckdb.connect(config={"threads": 2})
        self.connection.execute("attach ':memory:' as warehouse; use warehouse; set timezone = 'UTC'")
        project.begin(self.connection)
        create_raw_tables(self.connection, SOURCES, [self.feed])
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
                full = {"_partition": change.partition, "_extracted_at": EXTRACTED_AT, **row}
                names = ", ".join(f'"{name}"' for name in full)
                marks = ", ".join("?" for _ in full)
                self.connection.execute(
                    f"insert into raw.{table} ({names}) values ({marks})", list(full.values())
                )
            if rows:
                content = hashlib.sha256(repr(rows).encode()).hexdigest()
                self.connection.execute(
                    "insert into raw._loads (source, stream, partition, content_sha256, loaded)"
                    " values (?, ?, ?, ?, ?)",
                    [source, stream, change.partition, content, len(rows)],
                )

    def _take_file(self, file: File) -> None:
        path = self.home / "in" / file.name
        if file.rows is None:
            path.unlink(missing_ok=True)
        else:
            names = list(dict.fromkeys(name for row in file.rows for name in row))
            lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in file.rows)]
            header, *rows = lines
            exported = [f"{header},exported_at", *(f"{row},by {file.name}" for row in rows)]
            path.write_text("\n".join(exported) + "\n", encoding="utf-8")
            # Whenever it is loaded, its content has one time of modification; a.csv is the latest file.
            modified_at = 10_000 * (3 - FILES.index(file.name)) + zlib.crc32(path.read_bytes()) % 10_000
            os.utime(path, (modified_at, modified_at))
        landing, now = self.home / "landing", lambda: EXTRACTED_AT
        copy_files(SOURCE_NAME, self.feed.name, list_files(self.feed), landing, now)
        try:
            load_feed(self.connection, landing, self.feed, now)
        except LossRefused:
            # Whoever removes most of a feed's events says that it was on purpose.
            confirm(self.connection, SOURCE_NAME, self.feed.name, EXTRACTED_AT)
            load_feed(self.connection, landing, self.feed, now)

    def know(self, addresses: list[tuple[object, ...]]) -> None:
        """An address stays known after the last row that mentions it is gone, so `pii` depends on arrival."""
        for address in addresses:
            self.connection.execute(
                "insert into pii.contacts select $1, $2, $3"
                " where $1 not in (select contact_key from pii.contacts)",
                address,
            )

    def build(self, with_reports: bool = False) -> None:
        self.project.build(self.connection, not self._is_built, with_reports)
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


def feed(home: Path) -> Feed:
    path = f"{home}/in/*.csv"
    return Feed("orders", path, "csv", "Europe/Tallinn", COLUMNS, {}, ("exported_at",))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    home = tmp_path_factory.mktemp("compiled")
    return CompiledProject(Warehouse(home / "warehouse", [feed(home)]))


@contextmanager
def worlds(project: CompiledProject, home: Path, names: tuple[str, ...]) -> Iterator[list[World]]:
    opened = [World(project, home / name) for name in names]
    try:
        yield opened
    finally:
        for world in opened:
            world.connection.close()


def test_any_order_of_arrival_gives_the_marts_of_a_full_build(
    project: CompiledProject, tmp_path: Path, number: int
) -> None:
    # A seed for each: of many under one seed, Hypothesis makes most from others by small changes.
    @seed(number)
    @settings(deadline=None, suppress_health_check=list(HealthCheck))
    @given(history=histories())
    def replay(history: tuple[list[list[Step]], list[Step]]) -> None:
        hold(project, Path(tempfile.mkdtemp(dir=tmp_path)), history)

    replay()


def hold(project: CompiledProject, home: Path, history: tuple[list[list[Step]], list[Step]]) -> None:
    """Grown with restatements, in another order, and whole: every mart has the same rows."""
    batches, final = history
    with worlds(project, home, ("grown", "shuffled", "whole")) as (grown, shuffled, whole):
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
        for mart in project.marts():
            if mart != LEDGER:
                assert grown.mart(mart) == whole.mart(mart), f"{mart} after restatements"
                assert shuffled.mart(mart) == whole.mart(mart), f"{mart} in another order"


def test_contacts_without_a_browser_keep_their_events_whoever_shares_the_minute(
    project: CompiledProject, tmp_path: Path
) -> None:
    """One history in a hundred had this: the second contact's hit was numbered after the first one's."""
    minute = at(0).isoformat()
    hits = [
        Hit(minute, "page_view", page, address=address)
        for page, address in zip(("/", "/pricing"), ("ann@example.com", "bob@example.com"), strict=True)
    ]
    [logged] = log_ranges([(1, "bob@example.com", "view", CAMPAIGNS[0], VIEWER)], 1, 0)
    day = web_day("2026-10-24", hits)
    hold(project, tmp_path, ([[day], [logged]], [day, logged]))


def test_an_order_without_a_person_is_its_buyers_once_a_page_names_them(
    project: CompiledProject, tmp_path: Path
) -> None:
    """Thirty histories seldom have it: the row without a person has to be counted with the buyer's."""
    blank = dict.fromkeys(("mail", "customer", "browser", "campaign"), "")
    order = {"ts": at(0).isoformat(), "event": "order", "order": "T-1", "id": "e1", "amount": "20.2", **blank}
    file = File("a.csv", (order,))
    purchase = Hit(at(30).isoformat(), "purchase", client="laptop", order="T-1", revenue=20.2)
    day = web_day("2026-10-24", [purchase])
    hold(project, tmp_path / "named", ([[file], [day]], [day, file]))
    hold(project, tmp_path / "taken back", ([[file], [day], [web_day("2026-10-24", [])]], [file]))


def rows_of_one_second(*named: tuple[str, str], person: str = "u1") -> tuple[dict[str, str], ...]:
    """Rows of a file by (event name, event id), all at one instant."""
    blank = dict.fromkeys(("mail", "browser", "order", "campaign", "amount"), "")
    return tuple(
        {"ts": at(0).isoformat(), "event": name, "customer": person, "id": event_id, **blank}
        for name, event_id in named
    )


def names_in_order(project: CompiledProject, home: Path, *files: File) -> list[str]:
    """Event names in the order of a person's acts after one build with these files."""
    with worlds(project, home, ("alone",)) as [world]:
        world.take(list(files))
        world.build()
        found = world.connection.execute(
            "select event_name from marts.fct_events order by person_key, occurred_at, event_rank"
        ).fetchall()
    return [str(name) for (name,) in found]


def test_simultaneous_events_stand_in_the_order_of_what_they_are(
    project: CompiledProject, tmp_path: Path
) -> None:
    """Rows of one second in the worst order: names known of any source, and a row of the catalogue."""
    names = ("purchase", "begin_checkout", "add_to_cart", "view_item", "click", "unsubscribe")
    file = File("a.csv", rows_of_one_second(*((name, f"e{n}") for n, name in enumerate(names))))
    assert names_in_order(project, tmp_path, file) == [
        "click", "unsubscribe", "view_item", "add_to_cart", "begin_checkout", "purchase",
    ]  # fmt: skip


def test_simultaneous_events_of_one_rank_stand_as_in_their_file(
    project: CompiledProject, tmp_path: Path
) -> None:
    """Forty names that nobody knows: a hash would have to guess their order."""
    names = [f"thing_{(n * 17) % 40}" for n in range(40)]
    rows = rows_of_one_second(*((name, f"e{n}") for n, name in enumerate(names)))
    assert names_in_order(project, tmp_path / "whole", File("a.csv", rows)) == names
    two = (File("a.csv", rows[:20]), File("b.csv", rows[20:]))
    assert names_in_order(project, tmp_path / "halves", *reversed(two)) == names
    hold(project, tmp_path / "held", ([[two[1]], [two[0]]], list(two)))


def test_an_event_in_several_files_stands_where_it_stood_first(
    project: CompiledProject, tmp_path: Path
) -> None:
    """The last file by name is kept of an event; its place is that of the first."""
    first = File("a.csv", rows_of_one_second(("one", "1"), ("two", "2"), ("three", "3")))
    second = File("b.csv", rows_of_one_second(("three", "3"), ("one", "1"), ("four", "4")))
    assert names_in_order(project, tmp_path / "both", first, second) == ["one", "two", "three", "four"]
    hold(project, tmp_path / "grown", ([[second], [first]], [first, second]))
    hold(project, tmp_path / "taken", ([[first, second], [File("a.csv", None)]], [second]))

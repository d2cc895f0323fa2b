"""Which evidence a change of an identifier's person is recorded with, where there are several links."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject

# Sessions, whether it is declared, and on which day it was first seen.
Link = tuple[int | None, bool, int | None]


def on_day(day: int | None) -> datetime | None:
    return None if day is None else datetime(2026, 10, 6, 8) + timedelta(days=day)


def add(connection: duckdb.DuckDBPyConnection, number: int, link: Link, verdict: str = "same_person") -> None:
    """A link of the phone to an account, on whichever side it stands."""
    sessions, is_declared, day = link
    sides = [("client_id", "phone"), ("user_id", f"u{number}")]
    (left_kind, left), (right_kind, right) = sides if number % 2 else sides[::-1]
    connection.execute(
        "insert into intermediate.int_identity_edges (left_kind, left_identifier, right_kind,"
        " right_identifier, sessions, is_declared, first_seen_at, verdict) values (?, ?, ?, ?, ?, ?, ?, ?)",
        [left_kind, left, right_kind, right, sessions, is_declared, on_day(day), verdict],
    )


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "int_identifier_history")
    with with_feeds.connect() as opened:
        opened.execute(
            "insert into intermediate.int_person_identifiers (identifier_kind, identifier, person_key,"
            " person_id) values ('client_id', 'phone', 1, 'ann')"
        )
        yield opened


@pytest.mark.parametrize(
    ("links", "evidence", "day"),
    [
        ([(9, True, 1), (1, False, 2)], "best_key", 2),  # the latest
        ([(1, False, 1), (9, True, None)], "best_key", 1),  # an unknown day is none
        ([(9, False, 1), (None, True, 1)], "declared", 1),  # of one instant what is declared
        ([(1, False, 1), (2, False, 1)], "repeated", 1),  # then the more sessions
        ([(None, False, 1), (2, False, 1)], "repeated", 1),
    ],
)
def test_of_links_of_one_instant_the_strongest_is_recorded(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    links: Sequence[Link],
    evidence: str,
    day: int,
) -> None:
    for in_order in (links, links[::-1]):
        connection.execute("delete from intermediate.int_identity_edges")
        for number, link in enumerate(in_order):
            add(connection, number, link)
        add(connection, 9, (9, True, 9), "shared")  # joins no persons
        with_feeds.make_alone(connection, ["int_identifier_history"])
        found = connection.execute(
            "select change, evidence, evidence_at from intermediate.int_identifier_history"
        ).fetchall()
        assert found == [("new", evidence, on_day(day))]

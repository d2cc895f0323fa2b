"""The journal of audiences: added to as a whole, loaded once, and nothing it lacks is taken back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from dagster_project.raw.audience_assignments import (
    Assignment,
    journal_path,
    load_audience_assignments,
    record_assignments,
)
from dagster_project.raw.reload import reload
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.secret import write_keys
from dagster_project.runtime.build_scope import rows_digest

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
SOME = ("ann@example.com", "bob@example.com", "jörg@example.com")
JANE = "jane@example.com"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        create_raw_tables(opened, ())
        write_keys(opened, b"a secret of more than thirty-two characters")
        yield opened


def keys(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("select contact_key from raw._audience_assignments order by all").fetchall()
    return [key for (key,) in rows]


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def assignment(address: str, arm: str = "treated") -> Assignment:
    return Assignment("action.cart_abandoned", digest(address), arm, 0.25, NOW)


def test_what_is_added_is_loaded(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load_audience_assignments(connection, tmp_path, NOW)
    before = rows_digest(connection)
    record_assignments(connection, tmp_path, [assignment(address) for address in SOME])
    record_assignments(connection, tmp_path, [assignment("jane@example.com", "holdout")])
    load_audience_assignments(connection, tmp_path, NOW)
    assert connection.execute(
        "select arm, share, count(*), min(assigned_at) from raw._audience_assignments"
        " group by all order by all"
    ).fetchall() == [("holdout", 0.25, 1, NOW), ("treated", 0.25, len(SOME), NOW)]
    assert rows_digest(connection) != before, "the next run builds"


def test_a_journal_that_is_missing_takes_nothing_back(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    record_assignments(connection, tmp_path, [assignment("jane@example.com")])
    load_audience_assignments(connection, tmp_path, NOW)
    journal_path(tmp_path).unlink()
    load_audience_assignments(connection, tmp_path, NOW)
    assert len(keys(connection)) == 1


def test_rows_that_say_no_arm_are_refused(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    record_assignments(connection, tmp_path, [assignment("jane@example.com")])
    with journal_path(tmp_path).open("a", encoding="utf-8") as file:
        for row in (
            f"a,{digest(JANE)},control,0.5,2026-11-16T04:00:00+00:00",
            f"a,{digest(JANE)},treated,1.5,2026-11-16T04:00:00+00:00",
            f"a,{digest(JANE)},treated,0.5,2026-11-16T04:00:00",
            f"a,{digest(JANE)},treated,half,now",
            "a,jane@example.com,treated,0.5,2026-11-16T04:00:00+00:00",
        ):
            file.write(f"{row}\n")
    load_audience_assignments(connection, tmp_path, NOW)
    assert len(keys(connection)) == 1
    [(count, masked)] = connection.execute(
        "select count(*), bool_and(not contains(record, '@')) from raw._quarantine"
    ).fetchall()
    assert (count, masked) == (5, True)


def test_another_salt_makes_the_keys_again(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Of whom an address is known; the others are found by no address any more."""
    record_assignments(connection, tmp_path, [assignment(JANE), assignment("gone@example.com")])
    connection.execute(
        "insert into pii.contacts by name select ? as contact_key, ? as email", [digest(JANE), JANE]
    )
    reload(connection, tmp_path, (), (), lambda: NOW, "NaCl")
    expected = sorted([digest(f"NaCl{JANE}"), digest("gone@example.com")])
    assert sorted(keys(connection)) == expected
    load_audience_assignments(connection, tmp_path, NOW)
    assert sorted(keys(connection)) == expected, "the journal has them, too"
    record_assignments(connection, tmp_path, [assignment("ann@example.com")])
    load_audience_assignments(connection, tmp_path, NOW)
    assert {*expected, digest("ann@example.com")} == {*keys(connection)}
    assert "@" not in journal_path(tmp_path).read_text(encoding="utf-8")

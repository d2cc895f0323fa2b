"""The table of outcomes: one row per check, replaced by each evaluation, absent before the first."""

from datetime import UTC, datetime

import duckdb
import pytest

from dagster_project.checks.catalogue import CHECKS, KINDS
from dagster_project.checks.check import Check, CheckOutcome, Status
from dagster_project.checks.outcomes import COLUMNS, TABLE, keep_outcomes, kept_outcomes

NOW = datetime(2026, 11, 16, 5, 30, tzinfo=UTC)
CHECK = next(check for check in CHECKS if KINDS[check.name] == "negative control")
MEASURED = CheckOutcome(
    Status.WARN,
    "Ann's was odd.",
    200,
    "|",
    "a band",
    "Ann",
    0.9,
    (0.85, 0.93),
    (0.95, 1.0),
    3,
    "as they wait",
)


def kept(connection: duckdb.DuckDBPyConnection, *outcomes: CheckOutcome) -> list[dict[str, object]]:
    found: list[tuple[str, Check, CheckOutcome]] = [("negative control", CHECK, each) for each in outcomes]
    keep_outcomes(connection, found, NOW)
    result = connection.execute(f"from marts.{TABLE}")
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def test_an_outcome_is_a_row_with_its_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    assert list(kept_outcomes(connection)) == []
    [row] = kept(connection, MEASURED)
    assert kept_outcomes(connection) == [TABLE]
    assert row == {
        "check_name": "a_shuffled_micro_conversion_has_no_effect",
        "kind": "negative control",
        "mart": "fct_micro_conversions",
        "outcome": "warn",
        "severity": "warn",
        "n": 200,
        "left_out": 3,
        "figure": 0.9,
        "lower": 0.85,
        "upper": 0.93,
        "band_lower": 0.95,
        "band_upper": 1.0,
        "description": CHECK.description,
        "tolerance": CHECK.tolerance,
        "checked_at": datetime(2026, 11, 16, 5, 30),
    }


def test_no_text_of_a_subject_is_kept(connection: duckdb.DuckDBPyConnection) -> None:
    [row] = kept(connection, MEASURED)
    assert "Ann" not in str(row)


def test_the_last_evaluation_replaces_the_one_before(connection: duckdb.DuckDBPyConnection) -> None:
    kept(connection, MEASURED)
    [row] = kept(connection, CheckOutcome(Status.EMPTY, "none.", 0, "", ""))
    assert (row["outcome"], row["n"], row["figure"], row["lower"]) == ("empty", 0, None, None)
    assert kept(connection) == []


def test_every_column_is_described(connection: duckdb.DuckDBPyConnection) -> None:
    kept(connection, MEASURED)
    described = connection.execute(
        "select column_name, comment from duckdb_columns() where table_name = ?", [TABLE]
    ).fetchall()
    assert dict(described) == {name: meaning for name, (_, meaning) in COLUMNS.items()}

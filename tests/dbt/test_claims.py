"""Every claim as each verdict, from figures made by hand."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject

SEED = Path(__file__).parents[2] / "dbt" / "seeds" / "benchmarks" / "claims.csv"
FIGURES = (
    "claim_id varchar, mart varchar, row_description varchar, n bigint, n_of varchar, estimate double,"
    " lower double, upper double, q_value double, missing varchar, method varchar"
)
Interval = tuple[float, float]
# Of each claim an interval that supports it, one that contradicts it and one that does neither. An interval
# that holds a single value supports it, however wide; too few persons say nothing.
CASES: dict[str, tuple[Interval, Interval, Interval | None]] = {
    "subject_41_open_ratio": ((1.05, 1.4), (0.7, 0.95), (0.9, 1.3)),
    "subject_41_best_length": ((31, 41), (42, 50), (31, 50)),
    "opt_out_trial_48_80": ((0.45, 0.52), (0.5, 0.6), None),
    "referral_lift_30_57": ((0.1, 0.5), (0.6, 0.9), (-0.1, 0.5)),
    "referred_buy_more": ((0.1, 0.5), (-0.5, -0.1), (-0.1, 0.5)),
    "sequence_multiplier_2_3": ((1.2, 2.5), (1.1, 1.9), (0.9, 2.5)),
    "specific_cta_lift_20_30": ((0.05, 0.25), (0.35, 0.5), (-0.1, 0.25)),
    "category_page_drop_7_of_10": ((0.68, 0.75), (0.2, 0.4), None),
    "send_slot_morning": ((1.1, 2), (0.5, 0.9), (0.8, 1.5)),
    "send_slot_midday": ((1.1, 2), (0.5, 0.9), (0.8, 1.5)),
    "send_slot_evening": ((1.1, 2), (0.5, 0.9), (0.8, 1.5)),
    "send_time_bounce": ((-0.02, -0.01), (0.01, 0.02), (-0.01, 0.01)),
    "single_focus_email": ((0.1, 0.5), (-0.5, -0.1), (-0.1, 0.5)),
}


@pytest.fixture
def connection(compiled: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("attach ':memory:' as warehouse; use warehouse")
        opened.execute("create schema staging; create schema intermediate; create schema marts")
        opened.execute("create table staging.claims as from read_csv(?, header = true)", [str(SEED)])
        opened.execute(f"create table intermediate.int_claim_figures ({FIGURES})")
        opened.execute(f"create view claims as {compiled.sql['rpt_claims']}")
        yield opened


def verdict(
    connection: duckdb.DuckDBPyConnection, claim: str, interval: Interval | None, **given: Any
) -> tuple[str, str | None]:
    """The verdict on a claim whose figure has this interval, and its reason."""
    lower, upper = interval or (None, None)
    figure = {
        "claim_id": claim, "mart": "rpt_x", "row_description": "row", "n": 1000, "n_of": "known persons",
        "estimate": None if interval is None else (lower + upper) / 2, "lower": lower, "upper": upper,
        "q_value": None, "missing": None, "method": "by hand",
    } | given  # fmt: skip
    connection.execute("delete from intermediate.int_claim_figures")
    connection.execute(
        f"insert into intermediate.int_claim_figures values ({', '.join('?' * len(figure))})",
        [*figure.values()],
    )
    rows = connection.execute("select verdict, reason from claims where claim_id = ?", [claim]).fetchall()
    assert len(rows) == 1
    return rows[0]


def test_the_table_has_every_claim() -> None:
    with SEED.open(encoding="utf-8") as file:
        assert {row["claim_id"] for row in csv.DictReader(file)} == CASES.keys()


@pytest.mark.parametrize("claim", CASES)
def test_a_claim_is_supported_contradicted_or_neither(
    connection: duckdb.DuckDBPyConnection, claim: str
) -> None:
    supports, contradicts, neither = CASES[claim]
    assert verdict(connection, claim, supports) == ("supported", None)
    assert verdict(connection, claim, contradicts) == ("contradicted", None)
    if neither:
        assert verdict(connection, claim, neither) == ("insufficient", "the interval is too wide")
    assert verdict(connection, claim, None) == ("insufficient", "no data")
    few = verdict(connection, claim, supports, n=1)
    assert few == ("insufficient", "too few known persons")
    missing = verdict(connection, claim, supports, missing="no one did it")
    assert missing == ("insufficient", "no one did it")
    by_chance = verdict(connection, claim, supports, q_value=0.051)
    assert by_chance == ("insufficient", "no clear difference among so many comparisons")
    assert verdict(connection, claim, supports, q_value=0.05) == ("supported", None)


def test_what_no_mart_measures_is_insufficient(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("select claim_id, verdict, reason, n, evidence from claims").fetchall()
    assert {row[0] for row in rows} == CASES.keys()
    assert {row[1:] for row in rows} == {("insufficient", "not yet measured", 0, None)}


@pytest.mark.parametrize("claim", ["subject_41_open_ratio", "single_focus_email"])
def test_the_unit_of_a_claim_on_emails_is_no_person(
    connection: duckdb.DuckDBPyConnection, claim: str
) -> None:
    """Whether e-mails are enough, the mart says that has them."""
    assert verdict(connection, claim, CASES[claim][0], n=8, n_of="e-mails") == ("supported", None)


@pytest.mark.parametrize(
    ("claim", "interval", "expected"),
    [
        # Of a span that is excluded it does not matter whether there is any difference.
        ("sequence_multiplier_2_3", (0.8, 1.9), "contradicted"),
        ("specific_cta_lift_20_30", (-0.1, 0.1), "contradicted"),
        # An order is contradicted by a difference only.
        ("single_focus_email", (-0.5, -0.1), "insufficient"),
        ("send_time_bounce", (0.01, 0.02), "insufficient"),
    ],
)
def test_a_row_that_may_be_chance_contradicts_a_span_only(
    connection: duckdb.DuckDBPyConnection, claim: str, interval: Interval, expected: str
) -> None:
    assert verdict(connection, claim, interval, q_value=0.4)[0] == expected


@pytest.mark.parametrize(
    ("claim", "interval", "expected"),
    [
        ("sequence_multiplier_2_3", (1.2, 2.0), "supported"),
        ("sequence_multiplier_2_3", (3.0, 4.0), "supported"),
        ("sequence_multiplier_2_3", (3.001, 4.0), "contradicted"),
        ("sequence_multiplier_2_3", (1.0, 2.5), "insufficient"),
        ("subject_41_open_ratio", (1.0, 1.4), "supported"),
        ("send_time_bounce", (-0.02, 0.0), "supported"),
        ("opt_out_trial_48_80", (0.488, 0.6), "supported"),
        ("opt_out_trial_48_80", (0.4, 0.487), "contradicted"),
    ],
)
def test_bounds_on_the_very_edge(
    connection: duckdb.DuckDBPyConnection, claim: str, interval: Interval, expected: str
) -> None:
    assert verdict(connection, claim, interval)[0] == expected

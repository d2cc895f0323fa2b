"""The last outcome of every check as a table, so that readers of what is published see it, too."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import duckdb

from dagster_project.checks.check import Check, CheckOutcome
from dagster_project.raw.sql import literal, transaction

TABLE = "check_outcomes"
DESCRIPTION = (
    "The outcome of each data quality check when the published marts were checked: of the subject that is "
    "furthest off. One row per check."
)
# Texts of a subject are not among them: they may be a stranger's.
COLUMNS = {
    "check_name": ("varchar not null", "The check, as Dagster has it."),
    "kind": ("varchar not null", "What it asks about: the folder of `dagster_project/checks`."),
    "mart": ("varchar not null", "The table that is checked."),
    "outcome": ("varchar not null", "`passed`, `warn`, `error`, or `empty`: there was nothing to check."),
    "severity": ("varchar not null", "The worst outcome it can have: `error` blocks publishing."),
    "n": ("bigint not null", "The sample size of the figure."),
    "left_out": ("bigint not null", "How many a safeguard kept out of it."),
    "figure": ("double", "What was measured; null where a check counts violations only."),
    "lower": ("double", "Lower end of its 95 % interval."),
    "upper": ("double", "Upper end of it."),
    "band_lower": ("double", "Lower end of where it has to be."),
    "band_upper": ("double", "Upper end of it."),
    "description": ("varchar not null", "What the check asks."),
    "tolerance": ("varchar not null", "How much is tolerated, and why so much."),
    "checked_at": ("timestamp not null", "When, UTC."),
}


def keep_outcomes(
    connection: duckdb.DuckDBPyConnection,
    found: Iterable[tuple[str, Check, CheckOutcome]],
    now: datetime,
) -> None:
    """Replace the table by these outcomes, each with the kind of its check."""
    rows = [_row(kind, check, outcome, now) for kind, check, outcome in found]
    columns = ", ".join(f'"{name}" {type_}' for name, (type_, _) in COLUMNS.items())
    with transaction(connection):
        connection.execute("create schema if not exists marts")
        connection.execute(f"create or replace table marts.{TABLE} ({columns})")
        connection.execute(f"comment on table marts.{TABLE} is {literal(DESCRIPTION)}")
        for name, (_, meaning) in COLUMNS.items():
            connection.execute(f'comment on column marts.{TABLE}."{name}" is {literal(meaning)}')
        if rows:
            places = ", ".join("?" for _ in COLUMNS)
            connection.executemany(f"insert into marts.{TABLE} values ({places})", rows)


def kept_outcomes(connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    """The table's name, once there is one: marts can be published before any check was run."""
    found = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts' and table_name = ?", [TABLE]
    ).fetchall()
    return [name for (name,) in found]


def _row(kind: str, check: Check, outcome: CheckOutcome, now: datetime) -> tuple[object, ...]:
    lower, upper = outcome.interval or (None, None)
    band_lower, band_upper = outcome.band or (None, None)
    return (
        check.name,
        kind,
        check.asset[-1],
        outcome.status.value,
        check.severity.value,
        outcome.n,
        outcome.left_out,
        outcome.figure,
        lower,
        upper,
        band_lower,
        band_upper,
        check.description,
        check.tolerance,
        now.astimezone(UTC).replace(tzinfo=None),
    )

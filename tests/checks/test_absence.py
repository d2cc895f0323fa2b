"""Which recorded losses are named, and how long."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest

from dagster_project.checks.catalogue import CHECKS
from dagster_project.checks.check import CheckContext, CheckOutcome, Status
from dagster_project.raw.schema import create_raw_tables
from tests.landing.streams import NOW

DAY = timedelta(days=1)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        create_raw_tables(opened, ())
        opened.execute("insert into raw._loads (source, stream, partition, loaded) values ('v', 's', '1', 3)")
        yield opened


def outcome(
    name: str, connection: duckdb.DuckDBPyConnection, refused: datetime | None, ended: datetime | None
) -> CheckOutcome:
    connection.execute(
        "insert into raw._losses (source, stream, partition, description, refused_at, ended_at)"
        " values ('v', 's', '1', 'most is gone', ?, ?)",
        [refused, ended],
    )
    [check] = [check for check in CHECKS if check.name == name]
    return check.evaluate(CheckContext(connection, NOW))


@pytest.mark.parametrize(
    ("refused", "ended", "warns"),
    [
        (None, NOW - DAY, True),  # of a small list: accepted, and said for a week
        (None, NOW - 8 * DAY, False),
        (NOW - 2 * DAY, NOW - DAY, False),  # refused, and back since
    ],
)
def test_a_small_list_that_shrank_is_named_for_a_week(
    connection: duckdb.DuckDBPyConnection, refused: datetime | None, ended: datetime, warns: bool
) -> None:
    found = outcome("small_lists_keep_their_records", connection, refused, ended)
    assert (found.status is Status.WARN) is warns
    assert found.summary.endswith("v/s: most is gone.") is warns


@pytest.mark.parametrize(("ended", "blocks"), [(None, True), (NOW - DAY, False)])
def test_a_refused_loss_blocks_until_it_ends(
    connection: duckdb.DuckDBPyConnection, ended: datetime | None, blocks: bool
) -> None:
    found = outcome("no_refused_loss_stands", connection, NOW - 2 * DAY, ended)
    assert (found.status is Status.ERROR) is blocks

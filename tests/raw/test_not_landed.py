"""What was loaded and is not in the landing zone any more, as `milepost verify` says it."""

from pathlib import Path

import duckdb
import pytest

from dagster_project.raw.exchange_rates import EXCHANGE_RATES, load_exchange_rates
from dagster_project.raw.order_totals import load_order_totals
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.verify import not_landed
from dagster_project.sources.event_files import Feed


def test_files_that_are_read_where_they_lie_are_not_missed(tmp_path: Path) -> None:
    rates, totals = tmp_path / "rates.csv", tmp_path / "totals.csv"
    rates.write_text("rate_date,base_currency,currency,rate\n2026-11-02,EUR,USD,1.25\n", encoding="utf-8")
    totals.write_text("day,currency,orders,revenue\n2026-11-02,EUR,1,20\n", encoding="utf-8")
    shop = Feed("shop", "shop/*.csv", "csv", "UTC", {"occurred_at": "t"}, daily_totals=str(totals))
    with duckdb.connect() as connection:
        create_raw_tables(connection, ())
        load_exchange_rates(connection, {EXCHANGE_RATES.variable: str(rates)})
        load_order_totals(connection, [shop])
        assert connection.execute("select sum(loaded) from raw._loads").fetchall() == [(2,)]
        assert not_landed(connection, tmp_path / "landing") == []


@pytest.mark.parametrize(("loaded", "found"), [(0, []), (5, [("smaily/actions", 1, 5)])])
def test_a_partition_that_held_nothing_is_not_missed(
    tmp_path: Path, loaded: int, found: list[tuple[str, int, int]]
) -> None:
    with duckdb.connect() as connection:
        create_raw_tables(connection, ())
        connection.executemany(
            "insert into raw._loads (source, stream, partition, entry_sha256, loaded) values (?, ?, ?, ?, ?)",
            [("smaily", "actions", name, name, rows) for name, rows in (("1", 0), ("2", loaded))],
        )
        assert not_landed(connection, tmp_path) == found

"""Daily totals of a feed: one bad row costs itself, a changed file or zone replaces what was read before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dagster_project.raw.order_totals import load_order_totals
from dagster_project.raw.schema import create_raw_tables
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files import Feed, read_feeds
from tests.docs.examples import examples

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
HEAD = "day,currency,orders,revenue"
GOOD = "2026-11-15,EUR,41,3675.2"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        create_raw_tables(opened, ())
        yield opened


def shop(path: Path, zone: str = "Europe/Tallinn") -> Feed:
    return Feed("shop", "shop/*.csv", "csv", zone, {"occurred_at": "t"}, daily_totals=str(path))


def load(connection: duckdb.DuckDBPyConnection, path: Path, *lines: str, head: str = HEAD) -> list[Any]:
    path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    load_order_totals(connection, [shop(path)], NOW)
    return stored(connection)


def stored(connection: duckdb.DuckDBPyConnection) -> list[Any]:
    return connection.execute("from raw._order_totals order by all").fetchall()


def quarantined(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select reason from raw._quarantine where source = 'order_totals' order by all"
    )
    return [reason for (reason,) in found.fetchall()]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("15.11.2026,EUR,1,2", "day is not a day like 2026-11-15"),
        ("1899-12-30,EUR,1,2", "day is not plausible"),
        ("2026-11-18,EUR,1,2", "day is not plausible"),
        ("2026-11-15,EURO,1,2", "currency is not an ISO 4217 code"),
        ("2026-11-15,,1,2", "currency is not an ISO 4217 code"),
        ("2026-11-15,EUR,,2", "orders is not a number of orders"),
        ("2026-11-15,EUR,-1,2", "orders is not a number of orders"),
        ("2026-11-15,EUR,1.5,2", "orders is not a number of orders"),
        ("2026-11-15,EUR,1", "revenue is not a number"),
        ("2026-11-15,EUR,1,EUR 2", "revenue is not a number"),
        ("2026-11-15,EUR,1,-2", "revenue is not plausible"),
        ("2026-11-15,EUR,1,nan", "revenue is not plausible"),
        ("2026-11-15,EUR,1,inf", "revenue is not plausible"),
        ("2026-11-15,EUR,1,1e12", "revenue is not plausible"),
    ],
)
def test_a_row_that_is_no_total_costs_itself(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, line: str, reason: str
) -> None:
    assert load(connection, tmp_path / "t.csv", line, "2026-11-14,EUR,0,0") == [
        ("shop", "Europe/Tallinn", date(2026, 11, 14), "EUR", 0, Decimal(0))
    ]
    assert quarantined(connection) == [reason]


def test_of_two_rows_of_a_day_and_currency_the_last_counts(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found = load(connection, tmp_path / "t.csv", GOOD, "2026-11-15,USD,1,5", "2026-11-15,eur,42,3700")
    assert [row[3:] for row in found] == [("EUR", 42, Decimal(3700)), ("USD", 1, Decimal(5))]
    assert quarantined(connection) == ["a later row has other totals of that day"]


def test_a_decimal_comma_is_one_where_it_separates_no_columns(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    [row] = load(connection, tmp_path / "t.csv", "2026-11-15;EUR;41;3675,2", head=HEAD.replace(",", ";"))
    assert row[4:] == (41, Decimal("3675.2"))


def test_an_address_in_a_row_is_masked_in_quarantine(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(connection, tmp_path / "t.csv", "by ann@example.com,EUR,1,2")
    [(record,)] = connection.execute("select record from raw._quarantine").fetchall()
    assert record.endswith(",EUR,1,2")
    assert "ann@example.com" not in record


def test_a_byte_order_mark_is_no_part_of_the_first_name(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert len(load(connection, tmp_path / "t.csv", GOOD, head="\ufeff" + HEAD)) == 1


def test_a_changed_file_or_zone_replaces_the_totals_and_none_removes_them(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    load(connection, path, GOOD)
    assert [row[4] for row in load(connection, path, "2026-11-15,EUR,40,3600")] == [40]
    load_order_totals(connection, [shop(path, "America/New_York")], NOW)
    assert [row[1] for row in stored(connection)] == ["America/New_York"]
    load_order_totals(connection, [replace(shop(path), daily_totals=None)], NOW)
    assert stored(connection) == []
    assert connection.execute("select count(*) from raw._loads").fetchall() == [(0,)]


def test_the_example_of_the_readme_is_read(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    [example] = examples("csv", "daily totals")
    head, *lines = example.code.strip().splitlines()
    assert len(load(connection, tmp_path / "t.csv", *lines, head=head)) == len(lines)


def test_a_feed_names_its_totals_by_a_path_from_its_configuration(tmp_path: Path) -> None:
    file = tmp_path / "event_files.yml"
    feed = {
        "name": "shop",
        "path": "in/*.csv",
        "format": "csv",
        "columns": {"occurred_at": "t", "email": "mail"},
        "constants": {"event_name": "purchase"},
    }
    for given, expected in (("totals.csv", f"{tmp_path}/totals.csv"), (None, None)):
        file.write_text(yaml.safe_dump({"feeds": [{**feed, "daily_totals": given}]}), encoding="utf-8")
        [read] = read_feeds(file)
        assert read.daily_totals == expected
    for wrong in (["totals.csv"], "", "totals.csv.zip"):
        file.write_text(yaml.safe_dump({"feeds": [{**feed, "daily_totals": wrong}]}), encoding="utf-8")
        with pytest.raises(ConfigurationError, match="feed shop: "):
            read_feeds(file)


def test_an_unchanged_file_is_not_read_again(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    load(connection, path, GOOD)
    connection.execute("update raw._order_totals set orders = 7")
    assert [row[4] for row in load(connection, path, GOOD)] == [7]


def test_a_file_that_is_missing_or_lacks_a_column_stops_with_a_sentence(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    with pytest.raises(ConfigurationError, match=r"Feed shop has daily_totals in .*cannot be read"):
        load_order_totals(connection, [shop(path)], NOW)
    with pytest.raises(ConfigurationError, match="has no column orders"):
        load(connection, path, "2026-11-15,EUR,5", head="day,currency,revenue")

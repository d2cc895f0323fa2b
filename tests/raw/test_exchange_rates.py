"""Exchange rates from a file: one bad row costs itself, a changed file replaces what was read before."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.raw.exchange_rates import load_exchange_rates
from dagster_project.raw.schema import create_raw_tables
from dagster_project.runtime.build_scope import rates_digest
from dagster_project.sources.core.errors import ConfigurationError

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
HEAD = "rate_date,base_currency,currency,rate"
GOOD = "2026-11-02,EUR,USD,1.25"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        create_raw_tables(opened, ())
        yield opened


def load(connection: duckdb.DuckDBPyConnection, path: Path, *lines: str, head: str = HEAD) -> list[Any]:
    path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    load_exchange_rates(connection, {"MILEPOST_EXCHANGE_RATES": str(path)}, NOW)
    return connection.execute("from raw._exchange_rates order by all").fetchall()


def quarantined(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select reason from raw._quarantine where source = 'exchange_rates' order by all"
    )
    return [reason for (reason,) in found.fetchall()]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2.11.2026,EUR,USD,1.2", "rate_date is not a day like 2026-11-15"),
        (",EUR,USD,1.2", "rate_date is not a day like 2026-11-15"),
        ("1899-12-30,EUR,USD,1.2", "rate_date is not plausible"),
        ("2026-11-24,EUR,USD,1.2", "rate_date is not plausible"),
        ("2026-11-01,EUR,US$,1.2", "a currency is not an ISO 4217 code"),
        ("2026-11-01,EURO,USD,1.2", "a currency is not an ISO 4217 code"),
        ("2026-11-01,EUR,,1.2", "a currency is not an ISO 4217 code"),
        ("2026-11-01,EUR,EUR,1", "both currencies are the same"),
        ("2026-11-01,EUR,USD,N/A", "rate is not a number"),
        ("2026-11-01,EUR,USD", "rate is not a number"),
        ("2026-11-01,EUR,USD,0", "rate is not positive"),
        ("2026-11-01,EUR,USD,-1.2", "rate is not positive"),
        ("2026-11-01,EUR,USD,inf", "rate is not positive"),
        ("2026-11-01,EUR,USD,nan", "rate is not positive"),
    ],
)
def test_a_bad_row_costs_itself(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, line: str, reason: str
) -> None:
    assert load(connection, tmp_path / "rates.csv", line, GOOD) == [(date(2026, 11, 2), "EUR", "USD", 1.25)]
    assert quarantined(connection) == [reason]
    assert connection.execute("select fetched, landed, loaded, quarantined from raw._loads").fetchall() == [
        (2, 2, 1, 1)
    ]


def test_rates_go_by_way_of_the_currency_of_most_rows(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found = load(connection, tmp_path / "rates.csv", "2026-11-02,USD,EUR,0.8", GOOD, "2026-11-03,EUR,SEK,11")
    assert [(base, currency) for _, base, currency, _ in found] == [("EUR", "USD"), ("EUR", "SEK")]
    assert quarantined(connection) == ["its base is not EUR, as of most rows"]


def test_the_last_rate_of_a_day_corrects_the_others(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Equal rows are one rate, and nothing is wrong with them."""
    found = load(
        connection, tmp_path / "rates.csv", GOOD, GOOD, "2026-11-02,eur,usd,1.3", "2026-11-02,EUR,USD,1.3"
    )
    assert found == [(date(2026, 11, 2), "EUR", "USD", 1.3)]
    assert quarantined(connection) == ["a later row has another rate of that day"] * 2


def test_columns_may_stand_in_any_order_beside_others(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found = load(
        connection,
        tmp_path / "rates.csv",
        "x;1,25;USD;EUR;2026-11-02",
        head="\ufeffNote;Rate;Currency;Base_currency;Rate_date",
    )
    assert found == [(date(2026, 11, 2), "EUR", "USD", 1.25)]


def test_a_changed_file_replaces_its_rates_and_builds_everything_anew(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "rates.csv"
    load(connection, path, GOOD, "2026-11-02,EUR,SEK,x")
    before = rates_digest(connection)
    load(connection, path, GOOD, "2026-11-02,EUR,SEK,x")
    assert rates_digest(connection) == before
    assert load(connection, path, "2026-11-02,EUR,SEK,11") == [(date(2026, 11, 2), "EUR", "SEK", 11.0)]
    assert rates_digest(connection) != before
    assert quarantined(connection) == []
    load_exchange_rates(connection, {}, NOW)
    assert connection.execute("from raw._exchange_rates").fetchall() == []
    assert connection.execute("from raw._loads").fetchall() == []


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "no column rate_date"), (b"Date,USD\n", "no column rate_date")]
)
def test_a_file_of_another_shape_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        load_exchange_rates(connection, {"MILEPOST_EXCHANGE_RATES": str(path)}, NOW)


def test_a_file_that_does_not_exist_is_named(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="which cannot be read"):
        load_exchange_rates(connection, {"MILEPOST_EXCHANGE_RATES": str(tmp_path / "none.csv")}, NOW)


def test_the_file_of_the_readme_is_read(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```csv exchange rates\n(.*?)```", readme, re.DOTALL)
    head, *lines = example.splitlines()
    assert len(load(connection, tmp_path / "rates.csv", *lines, head=head)) == len(lines) > 0
    assert quarantined(connection) == []

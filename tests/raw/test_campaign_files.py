"""Costs of campaigns and contents of e-mails from files: one bad row costs itself."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.raw.campaign_costs import load_campaign_costs
from dagster_project.raw.email_contents import load_email_contents
from dagster_project.raw.schema import create_raw_tables
from dagster_project.runtime.build_scope import rows_digest
from dagster_project.sources.core.errors import ConfigurationError

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
COSTS, CONTENTS = "MILEPOST_CAMPAIGN_COSTS", "MILEPOST_EMAIL_CONTENTS"
COSTS_HEAD = "campaign,day,cost,currency"
GOOD = "Autumn,2026-11-02,12.50,EUR"
ROW = ("Autumn", date(2026, 11, 2), Decimal("12.5000"), "EUR")
CONTENTS_HEAD = "campaign_id,variant,preview_text,cta_count,cta_wording,cta_landing_pages,is_personalised"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        create_raw_tables(opened, ())
        yield opened


def costs(
    connection: duckdb.DuckDBPyConnection, path: Path, *lines: str, head: str = COSTS_HEAD
) -> list[Any]:
    path.write_bytes("\n".join((head, *lines)).encode() + b"\n")
    load_campaign_costs(connection, {COSTS: str(path)}, NOW)
    return connection.execute("from raw._campaign_costs order by all").fetchall()


def contents(
    connection: duckdb.DuckDBPyConnection, path: Path, *lines: str, head: str = CONTENTS_HEAD
) -> list[Any]:
    path.write_bytes("\n".join((head, *lines)).encode() + b"\n")
    load_email_contents(connection, {CONTENTS: str(path)}, NOW)
    return connection.execute("from raw._email_contents order by all").fetchall()


def quarantined(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [reason for (reason,) in connection.execute("select reason from raw._quarantine").fetchall()]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",2026-11-02,5,EUR", "campaign is empty"),
        ("Autumn,2.11.2026,5,EUR", "day is not a day like 2026-11-15"),
        ("Autumn,,5,EUR", "day is not a day like 2026-11-15"),
        ("Autumn,1899-12-30,5,EUR", "day is not plausible"),
        ("Autumn,2206-11-02,5,EUR", "day is not plausible"),
        ("Autumn,2026-11-02,5,€", "currency is not an ISO 4217 code"),
        ("Autumn,2026-11-02,5,", "currency is not an ISO 4217 code"),
        ("Autumn,2026-11-02,5", "currency is not an ISO 4217 code"),
        ("Autumn,2026-11-02,,EUR", "cost is not a number"),
        ("Autumn,2026-11-02,EUR 5,EUR", "cost is not a number"),
        ('Autumn,2026-11-02,"1,234.50",EUR', "cost is not a number"),
        ("Autumn,2026-11-02,nan,EUR", "cost is not a number"),
        ("Autumn,2026-11-02,Infinity,EUR", "cost is not a number"),
        ("Autumn,2026-11-02,1e3,EUR", "cost is not a number"),
        ("Autumn,2026-11-02,-5,EUR", "cost is negative"),
        ("Autumn,2026-11-02,99999999999999,EUR", "cost is not plausible"),
    ],
)
def test_a_bad_cost_costs_itself(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, line: str, reason: str
) -> None:
    assert costs(connection, tmp_path / "costs.csv", line, GOOD) == [ROW]
    assert quarantined(connection) == [reason]
    assert connection.execute("select fetched, landed, loaded, quarantined from raw._loads").fetchall() == [
        (2, 2, 1, 1)
    ]


def test_costs_of_one_campaign_and_day_are_all_kept(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert costs(connection, tmp_path / "costs.csv", GOOD, GOOD, "Autumn,2026-11-02,0,eur") == [
        (*ROW[:2], Decimal(0), "EUR"), ROW, ROW,
    ]  # fmt: skip
    assert quarantined(connection) == []


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("Cost;Currency;Note;Day;Campaign", "12,5;EUR;x;2026-11-02;Autumn"),
        ("\ufeffcampaign\tday\tcost\tcurrency\r", "Autumn\t2026-11-02\t12.5\tEUR\r"),
        (COSTS_HEAD, '"Autumn","2026-11-02","12.50","EUR"'),
    ],
)
def test_costs_as_spreadsheets_write_them(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, head: str, line: str
) -> None:
    assert costs(connection, tmp_path / "costs.csv", line, head=head) == [ROW]


def test_an_address_is_in_no_row(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    [(campaign, *_)] = costs(connection, tmp_path / "costs.csv", "for ann@shop.ee,2026-11-02,1,EUR")
    assert campaign == "for •••"
    [(_, _, preview, *_)] = contents(connection, tmp_path / "contents.csv", "7,,Write to ann@shop.ee,,,,")
    assert preview == "Write to •••"


def test_a_changed_file_replaces_its_rows_and_leads_to_a_build(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "costs.csv"
    costs(connection, path, GOOD, "Autumn,2026-11-02,x,EUR")
    before = rows_digest(connection)
    costs(connection, path, GOOD, "Autumn,2026-11-02,x,EUR")
    assert rows_digest(connection) == before
    assert costs(connection, path, "Winter,2026-11-03,1,EUR") == [
        ("Winter", date(2026, 11, 3), Decimal(1), "EUR")
    ]
    assert rows_digest(connection) != before
    assert quarantined(connection) == []
    load_campaign_costs(connection, {}, NOW)
    assert connection.execute("from raw._campaign_costs").fetchall() == []
    assert connection.execute("from raw._loads").fetchall() == []


def test_the_files_do_not_take_each_others_rows(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    costs(connection, tmp_path / "costs.csv", GOOD)
    assert len(contents(connection, tmp_path / "contents.csv", "7,,Soon,2,Learn more,1,no")) == 1
    assert connection.execute("from raw._campaign_costs").fetchall() == [ROW]
    loads = connection.execute("select source, loaded from raw._loads order by all").fetchall()
    assert loads == [("campaign_costs", 1), ("email_contents", 1)]


def test_contents_of_emails(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = contents(
        connection,
        tmp_path / "contents.csv",
        "7,,Soon,2,Learn more,1,no",
        "8,A,,,,,",
        "8,B,,,,,Yes",
        "7,,Sooner,2,Learn more,1,no",
    )
    assert found == [
        ("7", None, "Sooner", 2, "Learn more", 1, False),
        ("8", "A", None, None, None, None, None),
        ("8", "B", None, None, None, None, True),
    ]
    assert quarantined(connection) == ["a later row is of the same e-mail"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",,Soon,,,,", "campaign_id is empty"),
        ("7,,Soon,two,,,", "cta_count is not a whole number"),
        ("7,,Soon,1.5,,,", "cta_count is not a whole number"),
        ("7,,Soon,-1,,,", "cta_count is not a whole number"),
        ("7,,Soon,99999999999,,,", "cta_count is not a whole number"),
        ("7,,Soon,1,,²,", "cta_landing_pages is not a whole number"),
        ("7,,Soon,1,,,perhaps", "is_personalised is neither true nor false"),
    ],
)
def test_a_bad_content_costs_itself(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, line: str, reason: str
) -> None:
    assert len(contents(connection, tmp_path / "contents.csv", line, "9,,,1,,,")) == 1
    assert quarantined(connection) == [reason]


def test_a_file_with_some_of_the_columns_is_read(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found = contents(connection, tmp_path / "contents.csv", "7,Read more", head="campaign_id,cta_wording")
    assert found == [("7", None, None, None, "Read more", None, None)]


def test_a_file_of_another_shape_is_refused(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "costs.csv"
    path.write_text("campaign,day,amount,currency\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"MILEPOST_CAMPAIGN_COSTS names .* no column cost"):
        load_campaign_costs(connection, {COSTS: str(path)}, NOW)
    with pytest.raises(ConfigurationError, match="which cannot be read"):
        load_email_contents(connection, {CONTENTS: str(tmp_path / "none.csv")}, NOW)


def test_the_files_of_the_readme_are_read(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for kind, load in (("campaign costs", costs), ("email contents", contents)):
        [example] = re.findall(rf"```csv {kind}\n(.*?)```", readme, re.DOTALL)
        head, *lines = example.splitlines()
        assert len(load(connection, tmp_path / "file.csv", *lines, head=head)) == len(lines) > 0
    assert quarantined(connection) == []

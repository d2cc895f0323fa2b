"""A published file with the few tables that a finding reads."""

from collections.abc import Callable, Iterator

import duckdb
import pytest

from dagster_project.reports.wording import Row


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("""
            set timezone = 'UTC';
            create schema marts;
            create table marts.rpt_outcome_watermarks as
            select unnest(['micro_conversion', 'micro_conversion', 'macro_conversion']) as outcome_type,
                unnest(['email_open', 'email_click', 'any']) as outcome,
                timestamp '2026-11-01 00:00:00' as watermark_at,
                unnest(['news', 'news', 'shop']) as earliest_reporter;
        """)
        yield opened


@pytest.fixture
def query(connection: duckdb.DuckDBPyConnection) -> Callable[[str], list[Row]]:
    def rows(sql: str) -> list[Row]:
        result = connection.execute(sql)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return rows

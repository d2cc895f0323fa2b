"""Rows put where a model would build them, so that the model which reads them is tested alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb

START = datetime(2026, 6, 1, 8)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
Row = Mapping[str, Any]


def put(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[Row]]) -> None:
    """In place of what is there; columns that a row does not name are null."""
    for table, rows in tables.items():
        connection.execute(f"delete from {table}")
        for row in rows:
            connection.execute(
                f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})",
                [*row.values()],
            )


def found(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()

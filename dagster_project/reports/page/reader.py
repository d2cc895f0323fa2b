"""The published file as the sections read it."""

from functools import cached_property

import duckdb

from dagster_project.reports.wording import Row


class Reader:
    """Queries over an open published file, and what its tables say about themselves."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def query(self, sql: str) -> list[Row]:
        result = self._connection.execute(sql)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def has(self, mart: str) -> bool:
        return mart in self._comments

    def method(self, mart: str) -> str:
        """How the mart is made: the description of its model."""
        return self._comments.get(mart) or ""

    @cached_property
    def _comments(self) -> dict[str, str | None]:
        rows = self.query("select table_name, comment from duckdb_tables() where schema_name = 'marts'")
        return {row["table_name"]: row["comment"] for row in rows}

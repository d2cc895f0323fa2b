"""The published file as the sections read it."""

import re
from functools import cached_property

import duckdb

from dagster_project.reports.wording import Row

# No XML may hold these, and drawing one ends the process (vl-convert 1.9); HTML forbids them, too.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# These turn the direction of all text after them, also of the sentence that a name stands in.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """A stranger's text as it can stand in a page."""
    return TURNING.sub("", UNPRINTABLE.sub("\ufffd", text))


class Reader:
    """Queries over an open published file, and what its tables say about themselves."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def query(self, sql: str) -> list[Row]:
        result = self._connection.execute(sql)
        names = [column[0] for column in result.description]
        return [
            {
                name: printable(value) if isinstance(value, str) else value
                for name, value in zip(names, row, strict=True)
            }
            for row in result.fetchall()
        ]

    def has(self, mart: str) -> bool:
        return mart in self._comments

    def method(self, mart: str) -> str:
        """How the mart is made: the description of its model."""
        return self._comments.get(mart) or ""

    @cached_property
    def _comments(self) -> dict[str, str | None]:
        rows = self.query("""
            select table_name, comment from duckdb_tables() where schema_name = 'marts'
            union all
            select view_name, comment from duckdb_views() where schema_name = 'marts'
        """)
        return {row["table_name"]: row["comment"] for row in rows}

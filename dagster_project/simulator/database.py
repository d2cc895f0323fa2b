"""The world in an in-memory DuckDB, which also renders responses as JSON bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

HOME_TIME_ZONE: Final = "Europe/Tallinn"


@dataclass(frozen=True)
class Rendered:
    """Concatenated JSON records, each followed by a comma; `bounds` has the start of each, and the end."""

    text: memoryview
    bounds: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def between(self, start: int, stop: int) -> bytes:
        """Records `start` up to `stop` joined by commas: a slice of the text, without rendering."""
        start, stop = max(0, start), min(stop, len(self))
        return bytes(self.text[self.bounds[start] : self.bounds[stop] - 1]) if stop > start else b""


class Database:
    """The world's tables. Every call uses a separate cursor, so calls may come from several threads."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        # 64-bit offsets, so that the bytes of a rendered column can be served unchanged.
        self._connection = duckdb.connect(":memory:", config={"arrow_large_buffer_size": True})
        self._connection.execute("set TimeZone = 'UTC'")
        for name, table in tables.items():
            self._connection.register("arriving", table)
            self._connection.execute(f"create table {name} as select * from arriving")
            self._connection.unregister("arriving")

    def execute(self, query: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("set TimeZone = 'UTC'")
            cursor.execute(query)

    def arrow(self, query: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        with self._connection.cursor() as cursor:
            cursor.execute("set TimeZone = 'UTC'")
            return cursor.sql(query, params=dict(parameters or {})).to_arrow_table()

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows as dictionaries, for responses of a few records."""
        rows: list[dict[str, Any]] = self.arrow(query, parameters).to_pylist()
        return rows

    def render(self, query: str, parameters: Mapping[str, Any] | None = None) -> Rendered:
        """The query's column `record` (JSON texts that end in a comma) as one byte string."""
        column = self.arrow(query, parameters).column("record")
        if len(column) == 0:
            return Rendered(memoryview(b""), np.zeros(1, dtype=np.int64))
        whole = pa.concat_arrays(column.chunks)
        _, offsets, text = whole.buffers()
        bounds = np.frombuffer(offsets, dtype=np.int64)[whole.offset : whole.offset + len(whole) + 1]
        return Rendered(memoryview(text), bounds)


def local_text(column: str) -> str:
    """SQL of a Tallinn local time without offset, null where the instant is null."""
    return f"strftime({column} at time zone '{HOME_TIME_ZONE}', '%Y-%m-%d %H:%M:%S')"


def quoted(expression: str) -> str:
    """SQL of a text as JSON string or null."""
    return f"coalesce(to_json({expression})::varchar, 'null')"

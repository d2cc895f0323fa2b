"""What one warehouse was built of, so that a model is built again where something of it changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from tests.dbt.histories.model import Model
from tests.dbt.rebuilding import Rebuilding

TABLES = """
    select schema_name || '.' || table_name from duckdb_tables()
    where database_name = 'warehouse' and schema_name in ('raw', 'pii') order by all
"""


@dataclass
class Builds:
    """`tables` are the raw ones as the last build found them, in number and content."""

    rebuilding: Rebuilding
    variants: dict[str, str] = field(default_factory=dict)
    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    number: int = 0

    def copy(self) -> "Builds":
        """The same for a copy of the warehouse."""
        return replace(
            self,
            rebuilding=self.rebuilding.copy(),
            variants=dict(self.variants),
            tables=dict(self.tables),
        )

    def due(
        self,
        connection: duckdb.DuckDBPyConnection,
        models: Sequence[Model],
        is_full: bool,
        wanted: Iterable[str],
    ) -> Iterator[Model]:
        """The models to build now, each to be `built` before the next."""
        self.number += 1
        before, self.tables = self.tables, _contents(connection)
        self.rebuilding.has_changed(
            name.partition(".")[2] for name, content in self.tables.items() if before.get(name) != content
        )
        for model in models:
            variant = model.variant(is_full)
            if model.is_always_built or self.variants.get(model.name) != variant:
                self.rebuilding.require(model.name)
        by_name = {model.name: model for model in models}
        for name in self.rebuilding.due(wanted):
            yield by_name[name]
            self.variants[name] = by_name[name].variant(is_full)

    def built(self, connection: duckdb.DuckDBPyConnection, model: Model) -> None:
        is_empty = not model.is_view and not _rows(connection, f"{model.schema}.{model.name}")
        self.rebuilding.built(model.name, is_empty)


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[int]]:
    return connection.execute(f"select 1 from {table} limit 1").fetchall()


def _contents(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Rows of each raw table and their digest, to which their order belongs."""
    names = [name for (name,) in connection.execute(TABLES).fetchall()]
    counted = " union all ".join(f"select '{name}', count(*) from {name}" for name in names)
    counts = dict(connection.execute(counted).fetchall())
    return {name: (counts[name], _digest(connection, name) if counts[name] else 0) for name in names}


def _digest(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    query = f"select bit_xor(hash(numbered)) from (select rowid, * from {table}) as numbered"
    [(digest,)] = connection.execute(query).fetchall()
    return int(digest)

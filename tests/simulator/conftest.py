"""The demo's world, made once, and a DuckDB connection that sees its tables."""

from collections.abc import Iterator
from functools import cache

import duckdb
import pytest

from dagster_project.simulator.world import World, WorldConfig, make_world


class Asker:
    """Questions to the tables, in SQL."""

    def __init__(self, world: World) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        for name, table in world.tables.items():
            self.connection.register(name, table)

    def one(self, query: str) -> tuple:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return row

    def count(self, query: str) -> int:
        return int(self.one(f"select count(*) from ({query})")[0])


@cache
def _world_of(persons: int) -> World:
    return make_world(WorldConfig(persons=persons))


@pytest.fixture(scope="session")
def demo_world() -> World:
    return _world_of(2_000)


@pytest.fixture(scope="session")
def large_world() -> World:
    """Large enough for planted effects to stand out from chance."""
    return _world_of(30_000)


@pytest.fixture
def sql(demo_world: World) -> Iterator[Asker]:
    asker = Asker(demo_world)
    yield asker
    asker.connection.close()


@pytest.fixture
def large_sql(large_world: World) -> Iterator[Asker]:
    asker = Asker(large_world)
    yield asker
    asker.connection.close()

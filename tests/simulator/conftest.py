"""The demo's world, generated once, and a DuckDB connection with its tables."""

from collections.abc import Iterator
from functools import cache

import duckdb
import pytest

from dagster_project.simulator.world import World, WorldConfig, make_world


class WorldQueries:
    """SQL queries over a world's tables."""

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
    """Large enough for planted effects to be significant."""
    return _world_of(30_000)


@pytest.fixture
def sql(demo_world: World) -> Iterator[WorldQueries]:
    queries = WorldQueries(demo_world)
    yield queries
    queries.connection.close()


@pytest.fixture
def large_sql(large_world: World) -> Iterator[WorldQueries]:
    queries = WorldQueries(large_world)
    yield queries
    queries.connection.close()

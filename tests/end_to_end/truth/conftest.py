"""Warehouses with what really happened, computed by the simulator from true persons and true labels.

Read once as the simulator speaks by default and once in other dialects of the vendors. Equal wherever the
sources record enough; elsewhere a share must agree. A mailbox that several people
read is one person to any pipeline, so acts in it and persons who read it are compared in sum only. GA4 rows
that had not become visible when the data were pulled are not part of the expected truth.
"""

from collections.abc import Iterator

import duckdb
import pytest
import requests

from dagster_project.simulator.world import World, make_world
from tests.end_to_end import other_reports
from tests.end_to_end.conftest import Refreshed
from tests.truth_worlds.comparison import compared


@pytest.fixture(scope="package", params=["refreshed", "refreshed_in_other_dialects"])
def db(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse as `warehouse`, the world's tables in `world`, the truth's in `truth`."""
    refreshed: Refreshed = request.getfixturevalue(request.param)
    warehouse = refreshed.installation.home / "warehouse.duckdb"
    now = refreshed.simulator.environment["MILEPOST_NOW"]
    with compared(warehouse, refreshed.config, now) as connection:
        connection.execute("create table added (action varchar)")
        changes = added_changes(refreshed, make_world(refreshed.config))
        connection.executemany("insert into added values (?)", changes)
        other_reports.add(connection, refreshed)
        yield connection


def added_changes(refreshed: Refreshed, world: World) -> list[list[str]]:
    """Changes of contacts that the account's log has and the world has not, a row each."""
    changes = requests.get(
        refreshed.simulator.smaily_url + "history.php",
        {"since_seq_id": 0, "limit": 10_000, "actions": "modify,delete"},
        auth=refreshed.simulator.smaily_auth,
        timeout=30,
    ).json()
    known = set(world.tables["email_actions"]["seq_id"].to_pylist())
    added = [[change["action"]] for change in changes if change["seq_id"] not in known]
    return added or [["none"]]

"""Published ids that are made of identifiers are keyed, and nothing is built without the keys."""

from pathlib import Path

import pytest

from dagster_project.raw.secret import write_keys
from tests.dbt import world
from tests.dbt.harness import Warehouse
from tests.dbt.identity.test_identified_events import fill

EVENTS = ("stg_event_files__events", "stg_google_analytics__events", "stg_smaily__events")
# What is known of an event without its identifiers, and distinguishes it from the others.
REST = "source, occurred_at, event_name, url, order_id, count(*)"


@pytest.fixture(scope="module")
def warehouse(home: Path) -> Warehouse:
    warehouse = Warehouse(home, [world.ORDERS_FEED])
    fill(warehouse)
    return warehouse


def rows(warehouse: Warehouse, columns: str, group: str = "") -> set[tuple[object, ...]]:
    unions = " union all by name ".join(f"select * from staging.{model}" for model in EVENTS)
    return set(warehouse.query(f"select {columns} from ({unions}) {group}"))


def test_ids_of_events_follow_from_the_secret_where_identifiers_are_in_them(warehouse: Warehouse) -> None:
    warehouse.build(*(f"+{model}" for model in EVENTS))
    ids, rest = rows(warehouse, "source, event_id"), rows(warehouse, REST, "group by all")
    assert {source for source, _ in ids} == {"event_files", "google_analytics", "smaily"}
    with warehouse.connect() as connection:
        connection.execute("delete from pii.digest_keys")
        write_keys(connection, b"another secret")
    warehouse.build(*EVENTS)
    assert rows(warehouse, REST, "group by all") == rest
    kept = ids & rows(warehouse, "source, event_id")
    # An action of Smaily has a number of the log's own.
    assert kept == {(source, event_id) for source, event_id in ids if source == "smaily"}


@pytest.mark.parametrize(
    "loss",
    [
        "delete from pii.digest_keys",
        "update pii.digest_keys set id_key = ''",
        "update pii.digest_keys set outer_key = null",
        "insert into pii.digest_keys from pii.digest_keys",
    ],
)
def test_nothing_is_built_without_the_keys(warehouse: Warehouse, loss: str) -> None:
    with warehouse.connect() as connection:
        connection.execute(loss)
    with pytest.raises(AssertionError, match="There are no keys of digests in"):
        warehouse.build(*EVENTS)
    with warehouse.connect() as connection:
        connection.execute("delete from pii.digest_keys")
        write_keys(connection, b"a secret")

"""How well identity resolution recovers the simulator's persons, over seeds and kinds of world.

python -m tests.benchmarks.identity --seeds 7 11 23 42 5

Pairs are of identifiers of which the sources saw an event. Precision is the share of pairs taken for one
person that are one, recall the share of pairs of one person that are taken for one: devices that never
show an address cannot be found. A shared mailbox is right with its owner only and not to be found; a browser
of several persons is right with each of them.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.simulator.options import Options
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.truth import make_truth
from dagster_project.simulator.world import WorldConfig, make_world
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import Warehouse
from tests.dbt.identity.test_against_truth import pull_everything
from tests.simulator_fixture import serve_in_thread

LEAST_PRECISION, LEAST_RECALL = 0.98, 0.54
WORLDS = {
    "whole": {},
    "no forwards": {"has_forwards": False},
    "no shared mailboxes": {"has_shared_mailboxes": False},
    "neither": {"has_forwards": False, "has_shared_mailboxes": False},
}
OWNED = """
    create temp table owned as
    select i.person_key, i.identifier_kind as kind, i.identifier, list(o.person_id) as owners,
        bool_or(o.kind like 'shared%') as is_shared
    from intermediate.int_person_identifiers as i
    inner join world.truth.identifiers as o
        on o.value = i.identifier and replace(o.kind, 'shared_', '') = i.identifier_kind
    where (i.identifier_kind, i.identifier) in (
        select ('contact_key', contact_key) from intermediate.int_events
        union select ('client_id', client_id) from intermediate.int_events
    )
    group by all
"""
PAIRS = """
    from owned as a inner join owned as b on (a.kind, a.identifier) < (b.kind, b.identifier)
"""


@dataclass(frozen=True)
class Quality:
    precision: float
    recall: float
    persons: int
    largest: int  # true persons in one


def measure(connection: duckdb.DuckDBPyConnection) -> Quality:
    """Of a built warehouse with the world's tables in schema `truth`."""
    connection.execute(OWNED)
    [(right, taken)] = connection.execute(
        f"select count_if(list_has_any(a.owners, b.owners)), count(*) {PAIRS} and a.person_key = b.person_key"
    ).fetchall()
    [(found, true)] = connection.execute(
        """
        select count_if(a.person_key = b.person_key), count(*)
        from (select unnest(owners) as owner, * from owned) as a
        inner join (select unnest(owners) as owner, * from owned) as b
            on a.owner = b.owner and (a.kind, a.identifier) < (b.kind, b.identifier)
        where not a.is_shared and not b.is_shared
        """
    ).fetchall()
    [(persons, largest)] = connection.execute(
        """
        select count(*), max(owners) from (
            select person_key, len(list_distinct(flatten(list(owners)))) as owners from owned group by all
        )
        """
    ).fetchall()
    connection.execute("drop table owned")
    return Quality(right / taken, found / true, persons, largest)


def warehouse_of(home: Path, config: WorldConfig) -> Path:
    """The world's raw rows as the connectors load them, with its truth; made once for a home."""
    path = home / "warehouse.duckdb"
    if (home / "complete").exists():
        return path
    home.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    world = make_world(config)
    Warehouse(home)
    with tempfile.TemporaryDirectory() as folder:
        options = Options(requests_per_second=0, retention_days=config.days)
        with serve_in_thread(Simulation(world, options=options), Path(folder)) as simulator:
            pull_everything(simulator, home)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema truth")
        for name, table in make_truth(world).items():
            connection.register("table_of_the_world", table)
            connection.execute(f"create table truth.{name} as from table_of_the_world")
    (home / "complete").touch()
    return path


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 23, 42, 5])
    parser.add_argument("--persons", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--worlds", nargs="+", choices=WORLDS, default=list(WORLDS))
    parser.add_argument("--home", type=Path, help="keeps the worlds for the next time")
    given = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as temporary:
        home = given.home or Path(temporary)
        project = CompiledProject(Path(temporary) / "project")
        print(f"{'world':<20} {'seed':>5} {'precision':>10} {'recall':>7} {'persons':>8} {'largest':>8}")
        for name in given.worlds:
            for seed in given.seeds:
                config = WorldConfig(persons=given.persons, days=given.days, seed=seed, **WORLDS[name])
                folder = home / "-".join(("seed", str(seed), *name.split()))
                with project.on(warehouse_of(folder, config), "int_event_persons") as connection:
                    found = measure(connection)
                missed += found.precision < LEAST_PRECISION or found.recall < LEAST_RECALL
                print(
                    f"{name:<20} {seed:>5} {found.precision:>10.4f} {found.recall:>7.4f} "
                    f"{found.persons:>8} {found.largest:>8}",
                    flush=True,
                )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

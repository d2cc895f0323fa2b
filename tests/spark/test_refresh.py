"""After Spark: small tables, checks and publication as on one machine, and the job that runs all of it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from dagster_project.runtime.dbt_runner import WITHOUT_UNIT_TESTS, closed_warehouse
from dagster_project.spark.raw_tables import register_raw_tables
from tests.dbt.harness import SECRET, Warehouse
from tests.installation import Installation, failures, materialization
from tests.publishing.test_publish import read
from tests.spark.both import Both, columns, selected
from tests.spark.world import FEEDS

# Fewer rows than the events of the world have, and more than most reports.
COPIED_ROWS = 500
STEPS = ("spark/marts", "spark/published")


@dataclass
class Refreshed:
    """A world that both engines built to its end."""

    both: Both
    duckdb_home: Path
    installation: Installation
    run: dg.ExecuteInProcessResult

    @property
    def small(self) -> Path:
        return self.both.spark_home / "warehouse.duckdb"


def installation(home: Path, spark_home: Path) -> Installation:
    return Installation(
        home,
        {
            "MILEPOST_SECRET": SECRET.decode(),
            "MILEPOST_NOW": "2026-11-16T04:00:00Z",
            "MILEPOST_SPARK_MASTER": "local[2]",
            "MILEPOST_SPARK_HOME": str(spark_home),
            "MILEPOST_SPARK_COPIED_ROWS": str(COPIED_ROWS),
        },
    )


@pytest.fixture(scope="module")
def refreshed(both: Both, tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """Spark's tables of the world, taken from there by the job; DuckDB's warehouse built to its end."""
    home = tmp_path_factory.mktemp("refreshed")
    # What loading leaves in the small warehouse: ledgers, keys, raw tables, which the world has as rows.
    small = both.spark_home / "warehouse.duckdb"
    shutil.copy(both.warehouse, small)
    with duckdb.connect(str(small)) as connection:
        for schema in ("staging", "intermediate", "marts"):
            connection.execute(f"drop schema {schema} cascade; create schema {schema}")
        # The world's rows were not loaded: their ledger is made up, and checks of loading cannot read it.
        connection.execute("delete from raw._loads")
    whole = Warehouse(both.warehouse.parent, FEEDS)
    left = [f"{name}+" for name in both.project.python_models]
    with closed_warehouse():  # or the tests of this process could not attach it
        outcome = whole.dbt(
            "build", "--select", *left, *WITHOUT_UNIT_TESTS, "--exclude-resource-type", "test"
        )
    assert outcome.success, outcome.exception
    installed = installation(home, both.spark_home)
    return Refreshed(both, both.warehouse.parent, installed, installed.run(*STEPS, job="spark_refresh"))


@pytest.fixture
def with_tables_of_the_world(session: Any, both: Both) -> Iterator[None]:
    """A load makes its own raw tables known to the session of all; afterwards those of the world."""
    yield
    register_raw_tables(session, both.spark_home)


def test_the_job_builds_checks_and_publishes(refreshed: Refreshed) -> None:
    assert failures(refreshed.run) == {}
    assert refreshed.run.success
    outcomes = {each.check_name for each in refreshed.run.get_asset_check_evaluations()}
    kept = read(refreshed.installation.published, "select check_name from marts.check_outcomes")
    assert outcomes == {name for (name,) in kept}
    assert len(outcomes) > 50
    assert (refreshed.installation.home / "published" / "report.html").stat().st_size > 10_000


def test_what_duckdb_builds_of_sparks_counts_is_what_it_builds_of_its_own(refreshed: Refreshed) -> None:
    names = {
        (node.schema, node.name)
        for node in refreshed.both.project.manifest.nodes.values()
        if node.unique_id in refreshed.both.project.left_to_duckdb
    }
    assert len(names) > 40
    with refreshed.both.connect() as connection:
        connection.execute(f"attach '{refreshed.small}' as small (read_only)")
        different = {}
        for schema, name in sorted(names):
            types = columns(connection, f"duck.{schema}.{name}")
            own = selected(f"duck.{schema}.{name}", types, "duck_persons")
            sparks = selected(f"small.{schema}.{name}", types, "spark_persons")
            found = [
                connection.execute(f"select count(*) from ({one} except all {other})").fetchall()[0][0]
                for one, other in ((own, sparks), (sparks, own))
            ]
            if found != [0, 0]:
                different[name] = found
    assert different == {}


def test_a_reader_of_the_published_file_sees_every_mart(refreshed: Refreshed) -> None:
    nodes = refreshed.both.project.manifest.nodes.values()
    marts = {node.name for node in nodes if node.resource_type == "model" and node.schema == "marts"}
    path = refreshed.installation.published
    views = {str(name) for (name,) in read(path, "select view_name from duckdb_views() where not internal")}
    tables = {str(name) for (name,) in read(path, "select table_name from duckdb_tables()")}
    assert views | tables == marts | {"check_outcomes"}
    assert "fct_events" in views
    assert {"dim_campaigns", "dim_micro_conversions", "rpt_actions"} <= tables
    for view in views:
        files = refreshed.both.scan("marts", view)
        [expected] = duckdb.execute(f"select count(*) from {files}").fetchall()
        assert read(path, f"select count(*) from marts.{view}") == [expected]
        assert expected > (COPIED_ROWS,)
    described = read(path, "select comment from duckdb_views() where view_name = 'fct_events'")
    assert "One row per event" in str(described)


@pytest.mark.usefixtures("with_tables_of_the_world")
def test_the_first_steps_land_and_load(session: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("t,e,u\n2026-11-15 10:00,buy,u1\nyesterday,buy,u2\n")
    (tmp_path / "feeds.yml").write_text(
        f"feeds:\n  - {{name: shop, path: '{tmp_path}/in/*.csv', format: csv, timezone: UTC,\n"
        "     columns: {occurred_at: t, event_name: e, user_id: u}}\n"
    )
    installed = installation(tmp_path / "data", tmp_path / "spark")
    installed.environment["MILEPOST_EVENT_FILES"] = str(tmp_path / "feeds.yml")
    run = installed.run("spark/landed", "spark/raw", job="spark_refresh")
    assert failures(run) == {}
    loaded = materialization(run, "spark/raw")
    assert (loaded["dagster/row_count"], loaded["records_quarantined"]) == (1, 1)
    assert session.table("raw.event_files").count() == 1
    [(reason,)] = session.table("raw._quarantine").select("reason").collect()
    assert reason == "occurred_at is not a timestamp: yesterday"


def test_without_a_master_there_is_no_such_job(tmp_path: Path) -> None:
    installed = installation(tmp_path / "data", tmp_path / "spark")
    del installed.environment["MILEPOST_SPARK_MASTER"]
    with pytest.raises(dg.DagsterInvariantViolationError, match="spark_refresh"):
        installed.run(job="spark_refresh")

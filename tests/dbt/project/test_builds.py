"""Builds of everything, of what changed, and of selected models: dbt obeys the scope it is handed."""

import json
import shutil
from pathlib import Path

import pytest

from dagster_project.runtime.build_scope import (
    BuildRecord,
    BuildScope,
    last_build,
    record,
    required_scope,
)
from tests.dbt.compiled_project import take_compiled
from tests.dbt.harness import EXTRACTED_AT, Warehouse
from tests.dbt.rows import Row, action, campaign

ENUM_COLUMNS = """
    select column_name, data_type from duckdb_columns()
    where schema_name = 'marts' and table_name = 'fct_events' and data_type like 'ENUM%'
"""
BUILT = BuildRecord("rows", "project", EXTRACTED_AT, built_at=EXTRACTED_AT, published_at=EXTRACTED_AT)
FULL, INCREMENTAL = BuildScope.FULL, BuildScope.INCREMENTAL
OF_MODELS = ("--select", "resource_type:model")
LEDGER, TAKEN_IN = "marts.restatement_ledger", "intermediate.int_built_partitions"


def actions(name: str, address: str, days: range) -> list[Row]:
    autumn = campaign(1, "Autumn", [])
    return [action(n, f"2026-10-{n:02} 10:00:00", address, name, autumn) for n in days]


def run(warehouse: Warehouse, *selection: str, scope: BuildScope | None = None) -> None:
    outcome = warehouse.dbt("run", *selection, scope=scope)
    assert outcome.success, outcome.exception


def content(warehouse: Warehouse, *tables: str) -> list[list[str]]:
    return [sorted(map(repr, warehouse.query(f"from {table}"))) for table in tables]


def event_names(warehouse: Warehouse) -> list[tuple[str, int]]:
    query = "select event_name::varchar, count(*) from marts.fct_events group by all order by all"
    return [*warehouse.query(query)]


def finish(warehouse: Warehouse) -> None:
    """As a pipeline run records a build that is finished and published."""
    with warehouse.connect() as connection:
        record(connection, BUILT)


def scope_required_next(warehouse: Warehouse) -> BuildScope:
    with warehouse.connect() as connection:
        return required_scope(last_build(connection), BUILT.rows, BUILT.project)


@pytest.fixture(scope="module")
def built_in_full(home: Path) -> Warehouse:
    """Five opens by Ann."""
    warehouse, _ = take_compiled(home / "full")
    warehouse.insert("smaily__actions", actions("view", "ann@example.com", days=range(1, 6)))
    run(warehouse)
    finish(warehouse)
    return warehouse


@pytest.fixture(scope="module")
def built_incrementally(built_in_full: Warehouse, home: Path) -> Warehouse:
    """Then four events by Bob, of a name that no catalogue knows."""
    warehouse = Warehouse(shutil.copytree(built_in_full.home, home / "incremental"))
    later = actions("annotate", "bob@example.com", days=range(20, 24))
    warehouse.insert("smaily__actions", later, partition="later")
    run(warehouse, scope=INCREMENTAL)
    return warehouse


@pytest.fixture
def after_full(built_in_full: Warehouse, tmp_path: Path) -> Warehouse:
    return Warehouse(shutil.copytree(built_in_full.home, tmp_path / "full"))


@pytest.fixture
def after_incremental(built_incrementally: Warehouse, tmp_path: Path) -> Warehouse:
    return Warehouse(shutil.copytree(built_incrementally.home, tmp_path / "incremental"))


def test_an_unknown_event_name_widens_its_type(
    built_in_full: Warehouse, built_incrementally: Warehouse
) -> None:
    before, widened = (dict(each.query(ENUM_COLUMNS)) for each in (built_in_full, built_incrementally))
    assert set(before) == {"source", "event_name", "micro_conversion", "journey_stage"}
    assert "'annotate'" not in before["event_name"]
    assert "'annotate'" in widened["event_name"]
    assert widened | {"event_name": ""} == before | {"event_name": ""}
    # Alphabetical, wherever a name came from: an ENUM sorts by its place.
    values = built_incrementally.value("select enum_range(null::marts.event_name)")
    assert values == sorted({*values, "annotate"})


def test_an_incremental_build_reads_what_changed_and_leaves_its_record_to_the_pipeline(
    built_incrementally: Warehouse,
) -> None:
    assert built_incrementally.value("select count(*) from intermediate.int_events") == 4
    assert event_names(built_incrementally) == [("annotate", 4), ("view", 5)]
    assert scope_required_next(built_incrementally) is BuildScope.NONE


def delta_only(warehouse: Warehouse) -> set[str]:
    query = "select string_split(model, '.')[3] from intermediate._delta_only_tables"
    return {name for (name,) in warehouse.query(query)}


def filtered_models(warehouse: Warehouse) -> set[str]:
    """Models that keep no rows and have other SQL in an incremental build, but for those of the changes."""
    compiled = [
        {
            result.node.name: result.node.compiled_code
            for result in warehouse.dbt("compile", *OF_MODELS, scope=scope).result.results  # type: ignore[union-attr]
            if result.node.resource_type == "model"
            and result.node.config.materialized != "incremental"
            and "changes" not in result.node.fqn
        }
        for scope in (FULL, INCREMENTAL)
    ]
    return {name for name, code in compiled[0].items() if compiled[1][name] != code}


def test_tables_that_an_incremental_build_filters_are_known(built_incrementally: Warehouse) -> None:
    filtered = filtered_models(built_incrementally)
    assert {"stg_smaily__events", "int_event_persons"} <= filtered
    assert filtered <= delta_only(built_incrementally)


def test_no_mart_holds_affected_persons_only(built_incrementally: Warehouse) -> None:
    """A report on a table between incremental models would; it must read incremental models instead."""
    marts = "select table_name from information_schema.tables where table_schema = 'marts'"
    found = delta_only(built_incrementally)
    assert {"int_events", "int_resolved_events"} <= found
    assert found.isdisjoint(name for (name,) in built_incrementally.query(marts))


def test_a_full_build_takes_the_place_of_an_incremental_one(after_incremental: Warehouse) -> None:
    before = content(after_incremental, "marts.fct_events", LEDGER)
    run(after_incremental, scope=FULL)
    assert content(after_incremental, "marts.fct_events", LEDGER) == before
    assert after_incremental.value("select count(*) from intermediate.int_events") == 9
    assert scope_required_next(after_incremental) is BuildScope.NONE
    # No table holds the affected persons only any more.
    run(after_incremental, "--select", "fct_events")
    assert content(after_incremental, "marts.fct_events") == before[:1]


def test_a_test_by_itself_follows_the_tables_as_the_incremental_build_left_them(
    after_incremental: Warehouse,
) -> None:
    command = "test", "--select", "assert_every_event_is_kept"
    assert after_incremental.dbt(*command).success
    with after_incremental.connect() as connection:
        connection.execute(
            "delete from delta.fct_events where event_id = (select min(event_id) from delta.fct_events)"
        )
    assert not after_incremental.dbt(*command).success


@pytest.mark.parametrize("model", ["fct_events", "int_event_persons", "int_events"])
def test_a_model_is_not_built_from_tables_of_affected_persons(
    after_incremental: Warehouse, model: str
) -> None:
    outcome = after_incremental.dbt("run", "--select", model)
    assert not outcome.success
    refusal = str(outcome.exception)
    assert f"{model} is built from " in refusal
    assert "which holds only the affected persons of the last incremental build" in refusal
    assert f"dbt run --select +{model}" in refusal
    # No table was changed, so the pipeline's build stands.
    assert scope_required_next(after_incremental) is BuildScope.NONE


@pytest.mark.parametrize(
    ("table", "selection"),
    [
        ("marts.fct_sessions", "fct_sessions"),
        ("marts.rpt_cohorts", "rpt_cohorts"),
        ("intermediate.int_person_days", "int_person_days"),
        ("marts.fct_events", "+fct_events"),
    ],
)
def test_a_selected_model_is_right_after_an_incremental_build(
    after_incremental: Warehouse, table: str, selection: str
) -> None:
    before = content(after_incremental, table, LEDGER, TAKEN_IN)
    with after_incremental.connect() as connection:
        connection.execute(f"delete from {table}")
    run(after_incremental, "--select", selection)
    assert content(after_incremental, table, LEDGER, TAKEN_IN) == before
    assert scope_required_next(after_incremental) is FULL


def test_what_was_built_with_all_that_leads_to_it_can_be_built_by_itself(
    after_incremental: Warehouse,
) -> None:
    before = content(after_incremental, "marts.fct_events")
    run(after_incremental, "--select", "+int_events_identified", "+int_event_sessions")
    run(after_incremental, "--select", "fct_events")
    assert content(after_incremental, "marts.fct_events") == before
    # Others still hold the affected persons only.
    assert not after_incremental.dbt("run", "--select", "fct_email_sends").success


@pytest.mark.parametrize(
    "model", ["fct_events", "fct_sessions", "rpt_cohorts", "int_event_persons", "int_events"]
)
def test_after_a_full_build_every_model_can_be_built_by_itself(after_full: Warehouse, model: str) -> None:
    tables = "marts.fct_events", "marts.fct_sessions", "marts.rpt_cohorts", "intermediate.int_events", LEDGER
    before = content(after_full, *tables)
    run(after_full, "--select", model)
    assert content(after_full, *tables) == before
    assert scope_required_next(after_full) is FULL


def test_what_records_builds_waits_for_a_build_of_everything(after_full: Warehouse) -> None:
    before = content(after_full, LEDGER, TAKEN_IN)
    later = actions("view", "bob@example.com", days=range(20, 24))
    after_full.insert("smaily__actions", later, partition="later")
    run(after_full, "--select", "+fct_events+")
    assert event_names(after_full) == [("view", 9)]
    assert content(after_full, LEDGER, TAKEN_IN) == before
    run(after_full)
    ledger = f"select partition, change from {LEDGER} order by partition"
    assert after_full.query(ledger) == [("all", "new"), ("later", "new")]


def test_a_build_that_was_killed_before_it_recorded_its_partitions_is_no_restatement(
    after_full: Warehouse,
) -> None:
    """Its rows are in the ledger already, and the next build finds the same changes."""
    with after_full.connect() as connection:
        connection.execute(f"create table intermediate.recorded as from {TAKEN_IN}")
    later = actions("view", "bob@example.com", days=range(20, 24))
    after_full.insert("smaily__actions", later, partition="later")
    run(after_full)
    with after_full.connect() as connection:
        connection.execute(
            f"drop table {TAKEN_IN}; alter table intermediate.recorded rename to int_built_partitions"
        )
    run(after_full)
    ledger = f"select partition, change from {LEDGER} order by partition"
    assert after_full.query(ledger) == [("all", "new"), ("later", "new")]
    with after_full.connect() as connection:
        connection.execute(f"drop table {TAKEN_IN}")
    run(after_full)
    assert after_full.query(ledger) == [("all", "new"), ("later", "new")]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("run", "--select", "rpt_cohorts"), FULL),
        (("build", "--select", "machine_rules"), FULL),
        (("seed", "--select", "machine_rules"), FULL),
        (("test", "--select", "fct_sessions"), BuildScope.NONE),
        (("compile", "--select", "fct_sessions"), BuildScope.NONE),
    ],
)
def test_what_is_built_without_a_scope_makes_the_next_build_full(
    after_full: Warehouse, command: tuple[str, ...], expected: BuildScope
) -> None:
    assert after_full.dbt(*command).success
    assert scope_required_next(after_full) is expected


def test_an_incremental_build_needs_the_table_it_adds_to(after_full: Warehouse) -> None:
    with after_full.connect() as connection:
        connection.execute("drop table staging.stg_smaily__action_counts")
    outcome = after_full.dbt("run", "--select", "stg_smaily__action_counts", scope=INCREMENTAL)
    assert not outcome.success
    [failed] = [result for result in outcome.result.results if result.status == "error"]  # type: ignore[union-attr]
    assert "this build must be a full one: unset MILEPOST_BUILD_SCOPE" in str(failed.message)


def test_a_scope_that_dbt_cannot_build_is_refused(after_full: Warehouse) -> None:
    outcome = after_full.dbt("run", "--select", "rpt_cohorts", scope=BuildScope.NONE)
    assert "MILEPOST_BUILD_SCOPE is 'none'; it must be incremental or full" in str(outcome.exception)


def test_a_warehouse_without_raw_tables_is_refused(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    with warehouse.connect() as connection:
        connection.execute("drop schema raw cascade")
    outcome = warehouse.dbt("run", "--select", "stg_smaily__lists")
    assert "There are no raw tables in " in str(outcome.exception)
    assert "run milepost refresh" in str(outcome.exception)


def test_an_incremental_build_finds_keys_that_are_missing_or_given_twice(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.insert("smaily__lists", [{"id": "7"}, {"id": "07"}, {"id": "seven"}, {"id": "8"}])
    assert warehouse.dbt("run", "--select", "stg_smaily__lists").success
    outcome = warehouse.dbt("test", "--select", "stg_smaily__lists")
    # The hooks before and after are results, too.
    found = next(result for result in outcome.result.results if result.status == "fail")  # type: ignore[union-attr]
    assert found.failures == 2
    of_every_build = warehouse.dbt("ls", "--selector", "incremental", "--resource-type", "test").result
    assert any(str(name).endswith(found.node.name) for name in of_every_build)  # type: ignore[union-attr]


def test_an_incremental_build_leaves_out_key_tests_of_tables_that_no_reader_sees(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    keys = ("--output", "json", "--output-keys", "original_file_path test_metadata")
    listed = warehouse.dbt("ls", "--selector", "incremental", "--resource-type", "test", *keys).result
    left_out = ("unique", "not_null", "unique_combination")
    found = [
        test["original_file_path"]
        for test in map(json.loads, listed)  # type: ignore[arg-type]
        if (test.get("test_metadata") or {}).get("name") in left_out
    ]
    assert found
    assert {str(Path(path).parent).split("/")[1] for path in found} == {"marts"}

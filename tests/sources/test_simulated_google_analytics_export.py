"""Every form of the simulated export has the same events: those of the world."""

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest

from dagster_project.simulator.google_analytics_export.files import WRITERS
from dagster_project.simulator.options import Options
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import World, WorldConfig, make_world
from dagster_project.sources.google_analytics_export import SOURCE
from tests.simulator_fixture import serve_in_thread
from tests.sources.google_analytics_export.exports import TABLE, Installation

END = date(2026, 11, 15)
NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
FORMS = (*WRITERS, "bigquery")
# Where the form of a record has no say.
COLUMNS = "* exclude (_landed_file, _extracted_at, properties), properties::varchar as properties"


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WorldConfig(persons=60, days=60, seed=7, end_date=END))


@pytest.fixture(scope="module")
def homes(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Installation]:
    """An installation for each form, having read it."""
    found = {}
    for form in FORMS:
        folder = tmp_path_factory.mktemp(form)
        with serve_in_thread(Simulation(world, options=Options(ga4_export=form)), folder) as simulator:
            installation = Installation(folder / "home", folder)
            configuration = SOURCE.configure(simulator.environment)
            with SOURCE.connect(configuration, lambda: NOW, lambda _: None) as client:
                SOURCE.verify(client)
                installation.pull(client)
        found[form] = installation
    return found


def rows(installation: Installation) -> list[tuple[Any, ...]]:
    return sorted(installation.query(f"select {COLUMNS} from {TABLE}"), key=repr)


@pytest.mark.parametrize("form", FORMS[1:])
def test_forms_have_equal_rows(homes: dict[str, Installation], form: str) -> None:
    assert rows(homes[form]) == rows(homes["parquet"])


def test_rows_are_the_world(homes: dict[str, Installation], world: World) -> None:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("web_events", world.tables["web_events"])
        expected = connection.execute(
            """
            select "at" at time zone 'UTC', event_name, client_id, ga_session_id, contact_key,
                transaction_id, revenue, engagement_ms, 'https://shop.example.com' || page, duplicate_count
            from web_events where visible_at <= ? order by all
            """,
            [NOW],
        ).fetchall()
    found = homes["parquet"].query(f"""
        select occurred_at, event_name, client_id, ga_session_id, contact_key, transaction_id, revenue,
            engagement_milliseconds, page_location, count(*)
        from {TABLE} group by event_key, 1, 2, 3, 4, 5, 6, 7, 8, 9 order by all
    """)
    assert len(expected) > 1_000
    assert found == expected


def test_old_tables_lack_columns_and_the_last_day_is_intraday(homes: dict[str, Installation]) -> None:
    found = homes["parquet"].query(f"""
        select table_kind, count(source_position) > 0, count(session_source) > 0, count(collected_source) > 0
        from {TABLE} group by table_kind, _partition < '2026-10-01' order by all
    """)
    assert found == [
        ("daily", False, False, True),
        ("daily", True, True, True),
        ("intraday", True, False, True),
    ]

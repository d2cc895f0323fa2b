"""Two accounts of every source with equal ids at simulated vendors: landed, loaded, one failing, one gone."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.landing import last_cursor, pull_stream
from dagster_project.landing.accounts import landed_accounts
from dagster_project.raw.reload import reload
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.sources.core.accounts import accounts
from dagster_project.sources.core.stream import Kind, Request, Source, Window
from dagster_project.sources.registry import SOURCES
from tests.installation import Installation, failures, materialization
from tests.simulator_fixture import RunningSimulator, serve_in_thread

END = date(2026, 11, 15)
DAYS = Window(END - timedelta(days=4), END - timedelta(days=3))
WITH_ACCOUNTS = [source for source in SOURCES if source.has_accounts]


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    made = Simulation(make_world(WorldConfig(persons=150, days=40, seed=7, end_date=END)))
    made.options.change({"requests_per_second": 0})
    return made


@pytest.fixture(scope="module")
def simulator(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with serve_in_thread(simulation, tmp_path_factory.mktemp("credentials")) as served:
        yield served


def both(simulator: RunningSimulator, source: Source) -> dict[str, str]:
    """The simulated account twice, as the first one and as account EE."""
    ours = {name: value for name, value in simulator.environment.items() if name in source.variables}
    return ours | {f"{name}__EE": value for name, value in ours.items()}


@pytest.mark.parametrize("source", WITH_ACCOUNTS, ids=lambda source: source.name)
def test_equal_records_of_two_accounts_are_loaded_side_by_side(
    source: Source, simulation: Simulation, simulator: RunningSimulator, tmp_path: Path
) -> None:
    root = tmp_path / "landing"
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        create_raw_tables(connection, SOURCES)
        for account in accounts(source, both(simulator, source)):
            clock = lambda: simulation.clock.now  # noqa: E731
            with source.connect(account.configure(), clock, lambda _: None) as client:
                for stream in source.streams:
                    request = Request(window=DAYS) if stream.kind is Kind.WINDOW else Request()
                    pull_stream(account.landing_name, stream, client, root, clock, request)
                    assert load(connection, root, account.landing_name, stream).is_complete
        assert landed_accounts(root, source) == [source.name, f"{source.name}__EE"]

        def rows() -> dict[str, list[tuple[str, int]]]:
            return {
                stream.name: connection.execute(f"""
                    select regexp_extract(_partition, '^([A-Z]*)/', 1), count(*)
                    from raw.{source.name}__{stream.name} group by all order by all
                """).fetchall()
                for stream in source.streams
            }

        loaded = rows()
        assert any(loaded.values())
        for found in loaded.values():
            assert found in ([], [("", found[0][1] if found else 0), ("EE", found[0][1] if found else 0)])
        for stream in source.streams:
            first, second = (last_cursor(root, name, stream.name) for name in landed_accounts(root, source))
            assert (first is None) == (second is None)
        reload(connection, root, [source])
        assert rows() == loaded


ACTIONS = "smaily/actions"


@pytest.fixture
def installation(simulator: RunningSimulator, tmp_path: Path) -> Installation:
    wanted = {name: value for name, value in simulator.environment.items() if name.startswith("MILEPOST")}
    return Installation(tmp_path / "home", wanted)


def counts(installation: Installation) -> list[tuple[str, int]]:
    return installation.read_warehouse(
        "select source, sum(loaded)::bigint from raw._loads where stream = 'actions' group by 1 order by 1"
    )


def test_an_account_that_fails_costs_itself_and_one_that_is_gone_keeps_what_it_had(
    simulator: RunningSimulator, installation: Installation
) -> None:
    [source] = [source for source in SOURCES if source.name == "smaily"]
    environment = both(simulator, source)
    refused = failures(
        installation.run(ACTIONS, changes=environment | {"SMAILY_PASSWORD": "wrong"}, patience=0)
    )
    assert list(refused) == [ACTIONS]
    assert "Check SMAILY_USERNAME and SMAILY_PASSWORD:" in refused[ACTIONS]
    [(name, number)] = counts(installation)
    assert (name, number > 0) == ("smaily__EE", True)

    refused = failures(
        installation.run(ACTIONS, changes=environment | {"SMAILY_PASSWORD__EE": "wrong"}, patience=0)
    )
    assert refused[ACTIONS].startswith("Smaily, account EE: Smaily refused the credentials (401).")
    assert "SMAILY_PASSWORD__EE" in refused[ACTIONS]
    assert counts(installation) == [("smaily", number), ("smaily__EE", number)]

    both_refused = failures(
        installation.run(
            ACTIONS,
            changes=environment | {"SMAILY_PASSWORD": "wrong", "SMAILY_PASSWORD__EE": "wrong"},
            patience=0,
        )
    )
    assert both_refused[ACTIONS].count("(401)") == 2

    one = {name: value for name, value in environment.items() if not name.endswith("__EE")}
    result = installation.run(ACTIONS, changes=one)
    assert result.success
    assert materialization(result, ACTIONS)["dagster/row_count"] == 2 * number
    assert counts(installation) == [("smaily", number), ("smaily__EE", number)]


def test_an_account_that_cannot_be_reached_is_tried_again_and_the_other_is_not(
    simulator: RunningSimulator, installation: Installation
) -> None:
    [source] = [source for source in SOURCES if source.name == "smaily"]
    nowhere = both(simulator, source) | {"SMAILY_BASE_URL__EE": "http://127.0.0.1:1/"}
    before = simulator.state()["requests"]
    refused = failures(installation.run(ACTIONS, changes=nowhere, patience=0))
    assert refused[ACTIONS].startswith("Smaily, account EE: ")
    after = simulator.state()["requests"]
    asked = {path: number - before.get(path, 0) for path, number in after.items() if "history" in path}
    assert list(asked.values()) == [pytest.approx(2, abs=1)]
    assert [name for name, _ in counts(installation)] == ["smaily"]

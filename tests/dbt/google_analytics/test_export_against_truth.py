"""A simulated world read from its export, and what the models make of it against its truth."""

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest

from dagster_project.simulator.google_analytics_export.account import FOLDER
from dagster_project.simulator.google_analytics_export.files import files
from dagster_project.simulator.options import Options
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import WorldConfig, make_world
from tests.dbt.compiled_project import CompiledProject
from tests.sources.google_analytics_export.exports import Installation, write

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
CONFIG = WorldConfig(persons=250, days=40, seed=9)


@pytest.fixture(scope="module")
def truth(
    compiled: CompiledProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built warehouse with the world's hits that Google has by now in table `hits`."""
    folder = tmp_path_factory.mktemp("export")
    world = make_world(CONFIG)
    for name, content in files(Simulation(world, options=Options(ga4_export="parquet"))).items():
        write(folder, name, content)
    installation = Installation(folder / "home", folder / FOLDER)
    installation.refresh()
    with compiled.on(installation.settings.warehouse, "dim_persons", "fct_sessions") as connection:
        connection.register("web_events", world.tables["web_events"])
        connection.execute("create temp table hits as from web_events where visible_at <= $1", [NOW])
        yield connection
        connection.unregister("web_events")
        connection.execute("drop table hits")


def one(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    [(value,)] = connection.execute(query).fetchall()
    return float(value)


def test_every_hit_is_an_event_at_its_instant(truth: duckdb.DuckDBPyConnection) -> None:
    """Also those without consent, of which the Data API gives the minute only."""
    events = "select event_name, occurred_at, event_count from marts.fct_events"
    hits = "select event_name, timezone('UTC', \"at\"), duplicate_count from hits"
    assert one(truth, "select count(*) from hits") > 4_000
    for left, right in ((events, hits), (hits, events)):
        assert one(truth, f"select count(*) from (({left}) except all ({right}))") == 0


def test_orders_and_revenue_are_exact_also_without_consent(truth: duckdb.DuckDBPyConnection) -> None:
    published = "select order_id, revenue from marts.fct_macro_conversions"
    placed = "select transaction_id, revenue::decimal(18, 4) from hits where is_macro"
    assert one(truth, "select count(*) from hits where is_macro and client_id is null") > 0
    for left, right in ((published, placed), (placed, published)):
        assert one(truth, f"select count(*) from (({left}) except all ({right}))") == 0


def test_sources_are_those_of_the_sessions(truth: duckdb.DuckDBPyConnection) -> None:
    """Also where a table lacks them, as of the last day and of tables from before they were there."""
    agreeing = """
        select count(*) from marts.fct_events as e inner join hits as h
            on e.occurred_at = timezone('UTC', h."at") and e.event_name = h.event_name
            and e.person_key is not null and h.client_id is not null
        where e.traffic_source is not distinct from h.session_source
            and e.traffic_medium is not distinct from h.session_medium
    """
    of_all = "select count(*) from hits where client_id is not null"
    assert one(truth, agreeing) >= 0.99 * one(truth, of_all)


def test_catalogue_rows_are_the_true_ones(truth: duckdb.DuckDBPyConnection) -> None:
    """With the parameters of all hits; a second purchase is the catalogue's repeat_purchase."""
    agreeing = """
        select count(*) from marts.fct_events as e inner join hits as h
            on e.occurred_at = timezone('UTC', h."at") and e.event_name = h.event_name
        where replace(e.micro_conversion::varchar, 'repeat_', '') is not distinct from h.micro_conversion
            and h.client_id is not null
    """
    assert one(truth, agreeing) >= 0.98 * one(truth, "select count(*) from hits where client_id is not null")


def test_a_browser_and_its_address_are_one_person(truth: duckdb.DuckDBPyConnection) -> None:
    pairs = """
        with met as (
            select distinct h.client_id, h.contact_key from hits as h inner join persons_of_the_world as p
                on h.person_id = p.person_id and h.contact_key = p.contact_key
            where h.client_id is not null
        )
        select {} from met
        inner join intermediate.int_person_identifiers as a on met.client_id = a.identifier
        inner join intermediate.int_person_identifiers as b on met.contact_key = b.identifier
    """
    truth.register("persons_of_the_world", make_world(CONFIG).tables["persons"])
    try:
        assert one(truth, pairs.format("count(*)")) > 50
        assert one(truth, pairs.format("avg((a.person_key = b.person_key)::int)")) >= 0.95
    finally:
        truth.unregister("persons_of_the_world")


def test_sessions_are_made_of_the_hits_of_one_browser(truth: duckdb.DuckDBPyConnection) -> None:
    """GA4's own sessions, but for what a pause of 30 minutes or another browser of the person divides."""
    own = one(
        truth, "select count(distinct (client_id, ga_session_id)) from hits where client_id is not null"
    )
    assert abs(one(truth, "select count(*) from marts.fct_sessions") - own) <= 0.05 * own

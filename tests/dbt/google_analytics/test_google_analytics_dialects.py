"""A property that folds, withholds, samples and truncates days, with wrong clocks, against the truth.

One world, in which each day is served differently; truncated days are whole when they are pulled again.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dagster_project.checks.catalogue import CHECKS
from dagster_project.checks.check import CheckContext, CheckOutcome, Status
from dagster_project.checks.scans import scan
from dagster_project.defs.partitions import missing_windows
from dagster_project.landing import landed_partitions, pull_stream
from dagster_project.raw.connection import connect
from dagster_project.raw.streams.load import load
from dagster_project.runtime.unreconciled import unreconciled_days
from dagster_project.settings import Settings
from dagster_project.simulator.google_analytics.dialects import kind_of
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.sources.core.accounts import Account
from dagster_project.sources.core.stream import Request
from dagster_project.sources.google_analytics import SOURCE
from tests.dbt.harness import BASE, SECRET, Warehouse
from tests.simulator_fixture import RunningSimulator, serve_in_thread

START, END = date(2026, 10, 26), date(2026, 11, 22)  # after the clocks change: minutes lead back to one time
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
MODELS = (*BASE, "+rpt_data_quality", "+stg_google_analytics__day_totals")
ACCOUNT = Account(SOURCE, "", {})
RECONCILED = ("clean", "folded", "folded_time", "collapsed", "truncated")


def days(*kinds: str) -> list[date]:
    every = (START + timedelta(days=number) for number in range((END - START).days + 1))
    return [day for day in every if kind_of(day, "mixed") in kinds]


def pull(simulator: RunningSimulator, home: Path, again: set[date]) -> dict[str, int]:
    """What a run pulls of each stream, in days."""
    ours = {"MILEPOST_HOME": str(home), "MILEPOST_SECRET": SECRET.decode()}
    settings = Settings.from_environment(simulator.environment | ours)
    pulled = {}
    configuration = SOURCE.configure(simulator.environment)
    with SOURCE.connect(configuration, lambda: NOW, lambda _: None) as client:
        for stream in SOURCE.streams:
            landed = landed_partitions(settings.landing, SOURCE.name, stream.name)
            windows = missing_windows(stream, landed, START, NOW.date(), again)
            pulled[stream.name] = sum(1 for window in windows for _ in window.days())
            for window in windows:
                pull_stream(
                    SOURCE.name, stream, client, settings.landing, lambda: NOW, Request(window=window)
                )
            with connect(settings) as connection:
                load(connection, settings.landing, SOURCE.name, stream)
    return pulled


def outcome(warehouse: Warehouse, name: str) -> CheckOutcome:
    [check] = (check for check in CHECKS if check.name == name)
    with warehouse.connect() as connection:
        scan(connection, [SOURCE.name])
        return check.evaluate(CheckContext(connection, NOW))


@pytest.fixture(scope="module")
def warehouse(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Pulled and built twice, asserting in between what the first build found of truncated days."""
    config = WorldConfig(persons=400, days=28, end_date=END)
    world = make_world(config)
    hits = world.tables["web_events"]
    simulation = Simulation(world, now=NOW + timedelta(days=10))  # all that happened is visible
    built = Warehouse(home)
    with serve_in_thread(simulation, tmp_path_factory.mktemp("credentials")) as simulator:
        simulator.set_options(ga4_days="mixed", ga4_missing_values="mixed", ga4_hit_clock="mixed")
        simulator.set_options(ga4_truncated_for_days=100)
        pull(simulator, home, set())
        built.build(*MODELS)
        with built.connect() as connection:
            again = unreconciled_days(connection, ACCOUNT, NOW.date())
        assert again == set(days("truncated"))
        assert outcome(built, "events_equal_google_analytics_daily_totals").status is Status.ERROR
        simulator.set_options(ga4_truncated_for_days=0)
        restated = sum(day >= NOW.date() - timedelta(days=3) for day in again)
        pulled = pull(simulator, home, again)
        assert set(pulled.values()) == {4 + len(again) - restated}
        built.build(*MODELS)
    with built.connect() as connection:
        connection.register("given", hits)
        connection.execute("""
            create schema truth;
            create table truth.hits as
            select
                *,
                ("at" at time zone 'Europe/Tallinn')::date as day,
                hash(client_id) % 10 as clock,
            from given
        """)
        listed = ", ".join(
            f"(date '{day}', '{kind_of(day, 'mixed')}')"
            for day in days(*RECONCILED, "thresholded", "sampled")
        )
        connection.execute(f"create table truth.days as from (values {listed}) as days (day, kind)")
    return built


def test_a_day_that_adds_up_is_not_pulled_again(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        assert unreconciled_days(connection, ACCOUNT, NOW.date()) == set()


@pytest.mark.parametrize("name", ["events", "purchase_events"])
def test_all_days_but_thresholded_and_sampled_ones_are_reconciled(warehouse: Warehouse, name: str) -> None:
    found = outcome(warehouse, f"{name}_equal_google_analytics_daily_totals")
    assert found.status is Status.PASSED
    assert found.n >= len(days(*RECONCILED))
    assert found.left_out == len(days("thresholded", "sampled"))


def test_events_of_a_day_are_those_that_happened(warehouse: Warehouse) -> None:
    found = warehouse.query("""
        select day, sum(event_count)
        from marts.fct_events
        join truth.days on (occurred_at at time zone 'UTC' at time zone 'Europe/Tallinn')::date = day
        where kind <> 'sampled' group by all order by all
    """)
    happened = warehouse.query("""
        select day, sum(duplicate_count) from truth.hits join truth.days using (day)
        where kind <> 'sampled' and not (kind = 'thresholded' and event_no % 10 = 7)
        group by all order by all
    """)
    assert found == happened
    assert len(found) > 20


def test_every_hit_with_identifiers_is_at_its_time_whatever_its_clock(warehouse: Warehouse) -> None:
    """To the millisecond with an exact clock, to the second with one of seconds, else to Google's minute."""
    differing = warehouse.query("""
        with visible as (
            select client_id, event_name, page, contact_key, duplicate_count, case
                when clock >= 5 then "at"::timestamp
                when clock = 2 then date_trunc('second', "at"::timestamp)
                else date_trunc('minute', "at"::timestamp)
            end as occurred_at
            from truth.hits join truth.days using (day)
            where client_id is not null and kind not in ('collapsed', 'sampled')
                and not (kind in ('folded', 'folded_time') and event_no % 10 = 3)
                and not (kind = 'thresholded' and event_no % 10 = 7)
        ),
        happened as (
            select client_id, event_name, page, contact_key, occurred_at, sum(duplicate_count) as events
            from visible group by all
        ),
        found as (
            select client_id, event_name, url as page, contact_key, occurred_at, sum(event_count) as events
            from staging.stg_google_analytics__events
            join truth.days on (occurred_at at time zone 'UTC' at time zone 'Europe/Tallinn')::date = day
            where client_id is not null and kind <> 'sampled'
            group by all
        )
        (select 'here', * from (from found except all from happened))
        union all (select 'truth', * from (from happened except all from found))
    """)
    assert differing == []


def test_orders_with_identifiers_have_the_revenue_of_the_shop(warehouse: Warehouse) -> None:
    found = warehouse.query("""
        select order_id, round(sum(revenue), 2)::double from marts.fct_events
        join truth.days on (occurred_at at time zone 'UTC' at time zone 'Europe/Tallinn')::date = day
        where revenue > 0 and kind <> 'sampled'
        group by all order by all
    """)
    happened = warehouse.query("""
        select transaction_id, round(sum(revenue), 2) from truth.hits join truth.days using (day)
        where client_id is not null and revenue > 0 and kind not in ('collapsed', 'sampled')
            and not (kind like 'folded%' and event_no % 10 = 3)
            and not (kind = 'thresholded' and event_no % 10 = 7)
        group by all order by all
    """)
    assert found == happened
    assert len(found) > 20


def test_what_google_left_out_is_published(warehouse: Warehouse) -> None:
    published = dict(
        warehouse.query("""
        select indicator || ' of ' || stream, sum(affected) from marts.rpt_data_quality
        join truth.days using (day) where source = 'google_analytics' group by all
    """)
    )
    [(folded, revenue, thresholded, withheld, sampled, clocks)] = warehouse.query("""
        select
            sum(duplicate_count) filter (kind = 'collapsed' or (kind like 'folded%' and event_no % 10 = 3)),
            sum(revenue) filter (kind = 'collapsed' or (kind like 'folded%' and event_no % 10 = 3)),
            sum(duplicate_count) filter (kind = 'thresholded'),
            sum(duplicate_count) filter (kind = 'thresholded' and event_no % 10 = 7),
            sum(duplicate_count) filter (kind = 'sampled' and event_no % 5 <> 0),
            count(*) filter (clock in (0, 1, 3, 4) and kind = 'clean')
        from truth.hits join truth.days using (day)
    """)
    assert published["folded_events of events"] == folded
    assert published["folded_revenue of event_attributes"] == pytest.approx(revenue)
    assert published["thresholded_events of daily_totals"] == thresholded
    assert published["withheld_events of events"] == withheld
    assert published["sampled_events of daily_totals"] == pytest.approx(
        sampled / 0.8, abs=len(days("sampled"))
    )
    assert (
        published["unreconciled_events of events"]
        == published["unreconciled_events of event_attributes"]
        == 0
    )
    assert published["rejected_hit_times of events"] > clocks * 0.8 > 100
    assert outcome(warehouse, "few_details_are_lost_at_the_source").status is Status.WARN

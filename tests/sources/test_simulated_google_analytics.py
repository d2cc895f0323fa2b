"""Every GA4 report against the simulated property: rows and totals agree with the world."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import World, WorldConfig, make_world
from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.stream import Request, Window
from dagster_project.sources.google_analytics import SOURCE
from dagster_project.sources.google_analytics.reports import EVENT_PARAMETERS_REPORT
from tests.simulator_fixture import RunningSimulator, serve_in_thread
from tests.sources.google_analytics.property import counting

END = date(2026, 11, 15)
NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
LAST_DAYS = Window(END - timedelta(days=20), END)
MARKS = {"_is_revenue_restricted"}  # only where they are true
A_DAY = Window(END - timedelta(days=5), END - timedelta(days=5))


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WorldConfig(persons=250, days=30, seed=7, end_date=END))


@pytest.fixture(scope="module")
def visible(world: World) -> Iterator[duckdb.DuckDBPyConnection]:
    """The web events that GA4 reports at `NOW`, with their local day, as table `events`."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("web_events", world.tables["web_events"])
    connection.execute(
        """
        create table events as
        select *, cast("at" at time zone 'Europe/Tallinn' as date) as day
        from web_events
        where visible_at <= ?
        """,
        [NOW],
    )
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def running(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with serve_in_thread(Simulation(world), tmp_path_factory.mktemp("credentials")) as served:
        yield served


@pytest.fixture
def simulator(running: RunningSimulator) -> Iterator[RunningSimulator]:
    yield running
    running.clear_faults()
    running.set_clock(NOW)
    running.set_options(ga4_tokens_per_day=200_000)


@pytest.fixture
def client(simulator: RunningSimulator, waits: list[float]) -> Iterator[Any]:
    configuration = SOURCE.configure(simulator.environment)
    with SOURCE.connect(replace(configuration, page_rows=50), lambda: NOW, waits.append) as opened:
        yield opened


def read(client: Any, stream: str, window: Window = LAST_DAYS) -> list[dict[str, Any]]:
    """The records as rows of column values, context included."""
    declared = SOURCE.stream(stream)
    rows = []
    for page in counting(declared.extract(client, Request(window=window))):
        for record in page.records:
            fields: Any = {**page.context, **json.loads(record)}
            rows.append(
                {"partition": page.partition}
                | {c.name: value(fields, c.source_path) for c in declared.columns}
            )
    return rows


def value(fields: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        fields = fields.get(step) if step in MARKS else fields[step]
    return fields


def by_day(rows: list[dict[str, Any]], column: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for row in rows:
        sums[row["partition"]] = sums.get(row["partition"], 0) + float(row[column])
    return {day: round(total, 2) for day, total in sums.items()}


def expected(visible: duckdb.DuckDBPyConnection, figure: str, condition: str = "true") -> dict[str, float]:
    query = f"select day, {figure} from events where {condition} and day between ? and ? group by day"
    rows = visible.execute(query, [LAST_DAYS.start, LAST_DAYS.end]).fetchall()
    return {day.isoformat(): round(float(total), 2) for day, total in rows if total}


def test_verify_accepts_the_simulated_property(client: Any) -> None:
    SOURCE.verify(client)


def test_events_add_up_to_the_world_and_to_the_totals(client: Any, visible: Any) -> None:
    rows = read(client, "events")
    counted = by_day(rows, "event_count")
    assert counted == expected(visible, "sum(duplicate_count)")
    assert counted == by_day(read(client, "daily_totals"), "event_count")
    assert {row["property_time_zone"] for row in rows} == {"Europe/Tallinn"}
    assert {row["currency"] for row in rows} == {"EUR"}
    assert all(row["date_hour_minute"][:8] == row["partition"].replace("-", "") for row in rows)


def test_attributes_cover_every_event_and_the_revenue(client: Any, visible: Any) -> None:
    rows = read(client, "event_attributes")
    assert by_day(rows, "event_count") == expected(visible, "sum(duplicate_count)")
    revenue = {day: total for day, total in by_day(rows, "purchase_revenue").items() if total}
    assert revenue
    totals = by_day(read(client, "daily_totals"), "purchase_revenue")
    assert revenue == {day: total for day, total in totals.items() if total}


def test_parameters_cover_the_events_that_have_one(client: Any, visible: Any) -> None:
    names = ", ".join(f"'{name}'" for name in EVENT_PARAMETERS_REPORT.event_names)
    rows = read(client, "event_parameters")
    assert by_day(rows, "event_count") == expected(
        visible, "sum(duplicate_count)", f"event_name in ({names})"
    )
    has_parameter = "coalesce(link_url, file_name, video_title, method, form_id) is not null"
    others = f"select count(*) from events where {has_parameter} and event_name not in ({names})"
    assert visible.execute(others).fetchone() == (0,)


def test_every_page_announces_the_rows_of_its_day(client: Any) -> None:
    for day in LAST_DAYS.days():
        pages = list(SOURCE.stream("events").extract(client, Request(window=Window(day, day))))
        assert {page.announced for page in pages} == {sum(len(page.records) for page in pages)}


def test_keys_are_unique(client: Any) -> None:
    for stream in ("events", "event_attributes", "event_parameters", "daily_totals"):
        rows = read(client, stream)
        keys = [
            (row["partition"], *(row[name] for name in SOURCE.stream(stream).natural_key)) for row in rows
        ]
        assert len(keys) == len(set(keys)), stream


def test_a_day_grows_until_google_has_processed_it(client: Any, simulator: RunningSimulator) -> None:
    last = Window(END, END)
    early = by_day(read(client, "events", last), "event_count")
    simulator.set_clock(NOW + timedelta(days=3))
    late = by_day(read(client, "events", last), "event_count")
    assert late[END.isoformat()] > early[END.isoformat()]


@pytest.mark.parametrize("kind", ["server_error", "html", "drop", "cut", "truncated", "malformed"])
def test_two_consecutive_faults_lose_no_record(
    client: Any, simulator: RunningSimulator, waits: list[float], kind: str
) -> None:
    before = read(client, "events", A_DAY)
    simulator.inject_fault(kind, path="runReport", count=2)
    assert read(client, "events", A_DAY) == before
    assert len(waits) == 2


def test_too_many_concurrent_requests_wait_30_seconds(
    client: Any, simulator: RunningSimulator, waits: list[float]
) -> None:
    simulator.inject_fault("concurrency", path="runReport", count=1)
    assert read(client, "events", A_DAY)
    assert waits == [30.0]


def test_an_expired_token_is_renewed(client: Any, simulator: RunningSimulator, waits: list[float]) -> None:
    before = read(client, "events", A_DAY)
    simulator.inject_fault("unauthorized", path="runReport", count=1)
    assert read(client, "events", A_DAY) == before
    assert waits == []


@pytest.mark.parametrize("kind", ["rows_change", "duplicates"])
def test_rows_that_shift_between_pages_are_read_again(
    client: Any, simulator: RunningSimulator, kind: str
) -> None:
    before = read(client, "events", A_DAY)
    assert len(before) > 50  # more than a page
    simulator.inject_fault(kind, path="runReport", count=1)
    assert read(client, "events", A_DAY) == before


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("quota_spent", QuotaExhaustedError, "midnight"),
        ("hourly_quota_spent", QuotaExhaustedError, "within the hour"),
        ("forbidden", AuthenticationError, "as Viewer"),
        ("scope", AuthenticationError, "analytics.readonly"),
        ("service_disabled", ConfigurationError, "enable it"),
    ],
)
def test_final_errors_stop_without_a_retry(
    client: Any,
    simulator: RunningSimulator,
    waits: list[float],
    kind: str,
    error: type[SourceError],
    words: str,
) -> None:
    simulator.inject_fault(kind, path="/ga4/v1beta")
    with pytest.raises(error, match=words):
        read(client, "events", A_DAY)
    assert waits == []


def test_a_missing_dimension_is_named(client: Any, simulator: RunningSimulator) -> None:
    simulator.inject_fault("missing_dimension", name="form_id")
    with pytest.raises(ConfigurationError, match="event parameter `form_id`"):
        SOURCE.verify(client)


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("sampling", "is_sampled"),
        ("thresholding", "subject_to_thresholding"),
        ("other_row", "data_loss_from_other_row"),
    ],
)
def test_flags_of_the_events_reach_the_totals(
    client: Any, simulator: RunningSimulator, kind: str, column: str
) -> None:
    (clean,) = read(client, "daily_totals", A_DAY)
    simulator.inject_fault(kind)
    (flagged,) = read(client, "daily_totals", A_DAY)
    assert (clean[column], flagged[column]) == (False, True)


def test_hidden_revenue_is_marked(client: Any, simulator: RunningSimulator) -> None:
    simulator.set_options(ga4_revenue="restricted")
    try:
        for stream in ("event_attributes", "daily_totals"):
            assert {row["is_revenue_restricted"] for row in read(client, stream, A_DAY)} == {True}
    finally:
        simulator.set_options(ga4_revenue="shown")


def test_requests_stop_before_the_quota_is_exhausted(client: Any, simulator: RunningSimulator) -> None:
    landed = []
    read(client, "events", A_DAY)
    used = simulator.state()["requests"]
    simulator.set_options(ga4_tokens_per_day=1)
    with pytest.raises(QuotaExhaustedError):
        landed.extend(read(client, "events"))
    assert sum(simulator.state()["requests"].values()) - sum(used.values()) <= 1

"""Google's client library reads the simulator over HTTP: scheme and path in `api_endpoint`."""

import pytest
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.types import (
    BatchRunReportsRequest,
    CheckCompatibilityRequest,
    DateRange,
    Dimension,
    Filter,
    FilterExpression,
    Metric,
    MetricAggregation,
    OrderBy,
    RunReportRequest,
)
from google.api_core import exceptions

from dagster_project.simulator.simulation import Simulation
from tests.simulator.google_credentials import READ_ONLY, local_credentials
from tests.simulator.hand_made import hand_made_world
from tests.simulator_fixture import serve_in_thread

PROPERTY = "properties/123456"
DAY = [DateRange(start_date="2026-10-25", end_date="2026-10-25")]
COUNT = [Metric(name="eventCount")]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    with serve_in_thread(Simulation(hand_made_world()), tmp_path_factory.mktemp("simulator")) as running:
        yield running


def connect(simulator, *scopes):
    return BetaAnalyticsDataClient(
        credentials=local_credentials(simulator, *scopes),
        transport="rest",
        client_options={"api_endpoint": f"{simulator.base_url}/ga4"},
    )


@pytest.fixture(scope="module")
def client(simulator):
    return connect(simulator)


def test_run_report(simulator, client):
    scroll = Filter(
        field_name="eventName",
        string_filter=Filter.StringFilter(match_type=Filter.StringFilter.MatchType.BEGINS_WITH, value="scr"),
    )
    response = client.run_report(
        RunReportRequest(
            property=PROPERTY,
            date_ranges=DAY,
            dimensions=[Dimension(name="dateHourMinute"), Dimension(name="customEvent:client_id")],
            metrics=COUNT,
            dimension_filter=FilterExpression(filter=scroll),
            order_bys=[OrderBy(dimension=OrderBy.DimensionOrderBy(dimension_name="dateHourMinute"))],
            metric_aggregations=[MetricAggregation.TOTAL],
            limit=250_000,
            return_property_quota=True,
        )
    )
    assert [value.value for value in response.rows[0].dimension_values] == ["202610250330", "c1"]
    assert (response.row_count, response.rows[0].metric_values[0].value) == (1, "2")
    assert response.metric_headers[0].type_.name == "TYPE_INTEGER"
    assert response.totals[0].metric_values[0].value == "2"
    assert response.metadata.time_zone == "Europe/Tallinn"
    assert response.property_quota.tokens_per_day.consumed >= 1
    # The client signs its tokens itself and does not request one.
    assert "/ga4/token" not in simulator.state()["requests"]


def test_scoped_credentials(simulator):
    scoped = connect(simulator, READ_ONLY)
    request = RunReportRequest(property=PROPERTY, date_ranges=DAY, metrics=COUNT)
    assert scoped.run_report(request).rows[0].metric_values[0].value == "7"


def test_batch_run_reports(client):
    one = RunReportRequest(property=PROPERTY, date_ranges=DAY, metrics=COUNT)
    response = client.batch_run_reports(BatchRunReportsRequest(property=PROPERTY, requests=[one, one]))
    assert [report.rows[0].metric_values[0].value for report in response.reports] == ["7", "7"]


def test_get_metadata(client):
    response = client.get_metadata(name=f"{PROPERTY}/metadata")
    custom = {dimension.api_name for dimension in response.dimensions if dimension.custom_definition}
    assert "customEvent:contact_key" in custom
    assert {metric.api_name for metric in response.metrics} >= {"eventCount", "sessions"}


def test_check_compatibility(client):
    response = client.check_compatibility(
        CheckCompatibilityRequest(
            property=PROPERTY,
            dimensions=[Dimension(name="sessionSource")],
            metrics=COUNT,
            compatibility_filter=2,
        )
    )
    assert {entry.compatibility.name for entry in response.metric_compatibilities} == {"INCOMPATIBLE"}


def test_errors_map_to_the_clients_exceptions(simulator, client):
    request = RunReportRequest(property=PROPERTY, date_ranges=DAY, dimensions=[Dimension(name="nonsense")])
    with pytest.raises(exceptions.BadRequest, match="Field nonsense is not a valid dimension"):
        client.run_report(request)
    good = RunReportRequest(property=PROPERTY, date_ranges=DAY, metrics=COUNT)
    with pytest.raises(exceptions.Forbidden, match="sufficient permissions"):
        client.run_report(RunReportRequest(property="properties/5", date_ranges=DAY, metrics=COUNT))
    simulator.inject_fault("quota_spent", path="/ga4", count=1)
    with pytest.raises(exceptions.TooManyRequests, match="Exhausted property tokens per day"):
        client.run_report(good)
    simulator.inject_fault("unauthorized", path="runReport", count=1)
    assert client.run_report(good).row_count == 1  # after a 401 the client signs a new token by itself
    assert simulator.state()["faults"] == []

"""Every fault, in the vendor's format, over a real socket."""

import time

import pytest
import requests
from google.auth.transport.requests import AuthorizedSession

from dagster_project.simulator.bitly.links import GROUP
from dagster_project.simulator.fault_injection import KINDS, Fault
from dagster_project.simulator.simulation import Simulation
from tests.simulator.google_credentials import READ_ONLY, local_credentials
from tests.simulator.hand_made import hand_made_world
from tests.simulator_fixture import serve_in_thread

DAY = [{"startDate": "2026-10-25", "endDate": "2026-10-25"}]
EVENTS = {
    "dateRanges": DAY,
    "dimensions": [{"name": "eventName"}, {"name": "customEvent:hit_ts"}],
    "metrics": [{"name": "eventCount"}],
    "orderBys": [{"dimension": {"dimensionName": "customEvent:hit_ts"}}],
}


# GA4's client gets its token first; a fault for the report must not affect the token request.
PATHS = {"smaily": "/smaily", "ga4": ":runReport", "bitly": "/bitly"}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    simulation = Simulation(hand_made_world())
    simulation.options.change({"requests_per_second": 0})
    with serve_in_thread(simulation, tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(autouse=True)
def clear_faults_afterwards(simulator):
    yield
    simulator.clear_faults()


@pytest.fixture(scope="module")
def google(simulator):
    # Otherwise the session would renew its token after a 401.
    with AuthorizedSession(local_credentials(simulator, READ_ONLY), refresh_status_codes=[]) as session:
        yield session


@pytest.fixture
def fetch(simulator, google):
    def one(vendor, **body):
        if vendor == "smaily":
            return requests.get(simulator.smaily_url + "list.php", auth=simulator.smaily_auth, timeout=5)
        if vendor == "bitly":
            return requests.get(f"{simulator.bitly_url}/groups", headers=simulator.bitly_headers, timeout=5)
        return google.post(
            f"{simulator.ga4_url}/properties/123456:runReport", json={**EVENTS, **body}, timeout=5
        )

    return one


@pytest.mark.parametrize(
    ("kind", "vendor", "status", "text"),
    [
        ("rate_limit", "smaily", 429, ""),
        ("rate_limit", "ga4", 429, "Exhausted property tokens for a project per hour."),
        ("rate_limit", "bitly", 429, "RATE_LIMIT_EXCEEDED"),
        ("concurrency", "ga4", 429, "Exhausted concurrent requests quota."),
        ("server_error", "smaily", 503, ""),
        ("server_error", "ga4", 503, "UNAVAILABLE"),
        ("server_error", "bitly", 503, "TEMPORARILY_UNAVAILABLE"),
        ("unauthorized", "smaily", 401, ""),
        ("unauthorized", "ga4", 401, "UNAUTHENTICATED"),
        ("unauthorized", "bitly", 403, "FORBIDDEN"),
        ("forbidden", "smaily", 200, '"code":202'),
        ("forbidden", "ga4", 403, "User does not have sufficient permissions"),
        ("scope", "ga4", 403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        ("service_disabled", "ga4", 403, "SERVICE_DISABLED"),
        ("quota_spent", "ga4", 429, "Exhausted property tokens per day."),
        ("quota_spent", "bitly", 429, "API_USAGE_LIMIT_EXCEEDED"),
        ("free_package", "smaily", 403, '"code":227'),
        ("transient_code", "smaily", 200, '"code":225'),
        ("upgrade_required", "bitly", 402, "UPGRADE_REQUIRED"),
        ("html", "smaily", 502, "<html>"),
        ("html", "ga4", 502, "<html>"),
        ("html", "bitly", 502, "<html>"),
    ],
)
def test_a_response_fault_replaces_the_response_in_the_vendors_format(
    simulator, fetch, kind, vendor, status, text
):
    simulator.inject_fault(kind, path=PATHS[vendor], count=1)
    response = fetch(vendor)
    assert response.status_code == status
    assert text in response.text
    assert "Retry-After" not in response.headers
    assert fetch(vendor).status_code == 200


def test_skip_count_and_path(simulator, fetch):
    simulator.inject_fault("rate_limit", path="*/list.php", skip=1, count=2)
    # Google's client also gets its token here; below every request is rate-limited.
    assert [fetch(vendor).status_code for vendor in ("bitly", "ga4")] == [200, 200]
    assert [fetch("smaily").status_code for _ in range(4)] == [200, 429, 429, 200]
    simulator.inject_fault("rate_limit")  # always and everywhere
    assert [fetch(vendor).status_code for vendor in ("smaily", "ga4", "bitly")] == [429] * 3
    simulator.clear_faults()
    assert fetch("smaily").status_code == 200


@pytest.mark.parametrize("vendor", ["smaily", "ga4", "bitly"])
def test_broken_connections(simulator, fetch, vendor):
    for kind in ("drop", "cut"):
        simulator.inject_fault(kind, path=PATHS[vendor], count=1)
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            fetch(vendor)
        assert fetch(vendor).status_code == 200


def test_slow_responses(simulator, fetch):
    simulator.inject_fault("slow", seconds=0.3, count=1)
    started = time.monotonic()
    assert fetch("bitly").status_code == 200
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("vendor", ["smaily", "ga4", "bitly"])
@pytest.mark.parametrize("kind", ["truncated", "malformed"])
def test_bodies_that_are_not_json(simulator, fetch, vendor, kind):
    simulator.inject_fault(kind, path=PATHS[vendor], count=1)
    response = fetch(vendor)
    assert response.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()


def test_schema_drift(simulator, fetch):
    simulator.inject_fault("field_added", path="/smaily", count=1)
    assert fetch("smaily").json()[0]["surprise"] == "new"
    simulator.inject_fault("field_missing", path="/smaily", count=1, name="name")
    assert set(fetch("smaily").json()[0]) == {"id", "subscribers_count"}
    simulator.inject_fault("type_changed", path="/smaily", count=1, name="subscribers_count")
    assert fetch("smaily").json()[0]["subscribers_count"] == "2"
    simulator.inject_fault("type_changed", path="/bitly", count=1, name="is_active")
    assert fetch("bitly").json()["groups"][0]["is_active"] == "yes"
    simulator.inject_fault("field_missing", path=PATHS["ga4"], count=1, name="metricValues")
    assert set(fetch("ga4").json()["rows"][0]) == {"dimensionValues"}


def test_duplicates_at_page_boundaries(simulator, fetch):
    simulator.set_options(bitly_deleted="by_path")  # which lists deleted links, too
    simulator.inject_fault("duplicates")
    first, second = fetch("ga4", limit=2).json(), fetch("ga4", limit=2, offset=2).json()
    assert second["rows"][0] == first["rows"][1]
    assert first["rowCount"] == second["rowCount"] == 5

    def history(cursor):
        parameters = {"since_seq_id": cursor, "limit": 3}
        url = simulator.smaily_url + "history.php"
        return requests.get(url, parameters, auth=simulator.smaily_auth, timeout=5).json()

    assert [row["seq_id"] for row in history(0)] == [10, 11, 13]
    assert [row["seq_id"] for row in history(13)] == [13, 14, 15]

    def links(address):
        response = requests.get(address, headers=simulator.bitly_headers, timeout=5).json()
        return [link["id"] for link in response["links"]], response["pagination"]["next"]

    page, next_link = links(f"{simulator.bitly_url}/groups/{GROUP}/bitlinks?size=2")
    assert page == ["bit.ly/dd", "bit.ly/cc"]
    assert links(next_link)[0] == ["bit.ly/cc", "bit.ly/aa"]
    simulator.set_options(bitly_deleted="unlisted")


def test_rows_added_between_pages(simulator, fetch):
    simulator.inject_fault("rows_change", count=1)
    first, second, third = (fetch("ga4", limit=2, offset=at).json() for at in (0, 2, 4))
    assert [page["rowCount"] for page in (first, second, third)] == [5, 6, 5]
    assert second["rows"][0] == first["rows"][1]


def test_report_flags(simulator, fetch):
    simulator.inject_fault("other_row", count=1)
    other = fetch("ga4", dimensions=[{"name": "pagePath"}], orderBys=[]).json()
    assert other["metadata"]["dataLossFromOtherRow"] is True
    assert ["(other)"] in [[value["value"] for value in row["dimensionValues"]] for row in other["rows"]]
    assert sum(int(row["metricValues"][0]["value"]) for row in other["rows"]) == 7
    simulator.inject_fault("sampling", count=1)
    (sample,) = fetch("ga4").json()["metadata"]["samplingMetadatas"]
    assert sample == {"samplesReadCount": "4", "samplingSpaceSize": "5"}
    simulator.inject_fault("thresholding", count=1)
    assert fetch("ga4", dateRanges=[{"startDate": "2026-10-01", "endDate": "today"}]).json()["metadata"][
        "subjectToThresholding"
    ]
    assert set(fetch("ga4").json()["metadata"]) == {"currencyCode", "timeZone"}


def test_custom_dimension_that_is_not_registered(simulator, google, fetch):
    simulator.inject_fault("missing_dimension", name="hit_ts")
    listed = google.get(f"{simulator.ga4_url}/properties/123456/metadata", timeout=5).json()["dimensions"]
    assert "customEvent:hit_ts" not in [dimension["apiName"] for dimension in listed]
    assert "Field customEvent:hit_ts is not a valid dimension" in fetch("ga4").json()["error"]["message"]


def test_server_errors_exhaust_their_quota(simulator, fetch):
    simulator.inject_fault("server_error", path=PATHS["ga4"], count=10)
    statuses = [fetch("ga4").status_code for _ in range(11)]
    assert statuses == [503] * 10 + [429]


def test_faults_are_parsed_from_text():
    parsed = Fault.parse("rate_limit,path=/smaily,count=3,seconds=0.5")
    assert parsed == Fault("rate_limit", path="/smaily", count=3, seconds=0.5)
    for text in ("nonsense", "drop,times=3", "drop,count=often"):
        with pytest.raises(ValueError, match=r"."):
            Fault.parse(text)


def test_controls_refuse_unknown_names_and_invalid_values(simulator):
    with pytest.raises(ValueError, match="Unknown fault"):
        simulator.inject_fault("sulk")
    with pytest.raises(ValueError, match="Unknown option"):
        simulator.set_options(mood="bad")
    with pytest.raises(ValueError, match="whole number"):
        simulator.set_options(retention_days=-1)
    with pytest.raises(ValueError, match="Send"):
        simulator.set_clock("soon")
    assert set(KINDS) >= {"drop", "html", "duplicates"}

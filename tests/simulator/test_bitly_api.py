"""Bitly's API as documented, on a hand-made world."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from dagster_project.simulator.bitly.links import GROUP, ORGANIZATION
from dagster_project.simulator.simulation import Simulation
from tests.simulator.hand_made import hand_made_world
from tests.simulator_fixture import serve_in_thread

LISTING = f"/groups/{GROUP}/bitlinks"
DEFAULTS = {
    "bitly_plan": "premium",
    "bitly_days": "dense",
    "bitly_deleted": "by_path",
    "bitly_back_halves": "both",
    "bitly_history_days": 0,
    "bitly_requests_per_hour": 10_000,
    "bitly_requests_per_month": 1_000_000,
}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    with serve_in_thread(Simulation(hand_made_world()), tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def get(simulator):
    simulator.set_options(**DEFAULTS)

    def fetch(path, status=200, **parameters):
        url = path if path.startswith("http") else simulator.bitly_url + path
        response = requests.get(url, parameters, headers=simulator.bitly_headers, timeout=10)
        assert response.status_code == status, response.text
        return response.json()

    return fetch


def test_account(get):
    assert get("/user")["default_group_guid"] == GROUP
    assert get("/groups")["groups"][0]["organization_guid"] == ORGANIZATION
    assert get("/organizations")["organizations"][0]["tier"] == "premium"
    assert get("/groups/Bnothing/bitlinks", 404)["message"] == "NOT_FOUND"


def test_listing(get):
    def listed(**parameters):
        return [link["id"] for link in get(LISTING, **parameters)["links"]]

    assert listed() == ["bit.ly/dd", "bit.ly/cc", "bit.ly/aa"]  # newest first, none archived
    assert listed(archived="on") == ["bit.ly/bb"]
    assert listed(archived="both", created_after=1791676800) == ["bit.ly/dd", "bit.ly/cc", "bit.ly/bb"]
    assert listed(archived="both", created_before=1791676800) == ["bit.ly/aa"]
    assert listed(archived="both", tags="winter") == ["bit.ly/bb"]
    assert listed(custom_bitlink="on") == ["bit.ly/aa"]
    assert listed(query="LINK BIT.LY/DD") == ["bit.ly/dd"]


def test_paging_links_keep_the_requested_host(simulator, get):
    pages = [get(LISTING, size=2, archived="both")]
    while next_link := pages[-1]["pagination"]["next"]:
        assert next_link.startswith(simulator.bitly_url + LISTING)
        pages.append(get(next_link))
    assert [[link["id"] for link in page["links"]] for page in pages] == [
        ["bit.ly/dd", "bit.ly/cc"],
        ["bit.ly/bb", "bit.ly/aa"],
    ]
    by_token = get(LISTING, size=2, archived="both", search_after=pages[0]["pagination"]["search_after"])
    assert by_token == pages[1]
    by_name = requests.get(
        pages[0]["pagination"]["next"].replace("127.0.0.1", "localhost"),
        headers=simulator.bitly_headers,
        timeout=10,
    )
    assert by_name.json()["links"] == pages[1]["links"]


def test_bitlink_raw_and_encoded(get):
    link = get("/bitlinks/bit.ly/aa")
    assert link == get("/bitlinks/bit.ly%2Faa")
    assert (link["id"], link["link"]) == ("bit.ly/aa", "https://bit.ly/aa")
    assert link["custom_bitlinks"] == ["https://go.example.com/autumn"]
    assert link["created_at"] == "2026-10-10T10:00:00+0000"
    assert get("/bitlinks/bit.ly/zz", 404)["description"] == "What you are looking for cannot be found."
    get("/bitlinks/bit.ly/ee", 404)  # not created yet


@pytest.mark.parametrize(
    ("answers", "clicks", "dimensions"), [("by_path", 404, 410), ("gone", 410, 410), ("missing", 404, 404)]
)
def test_a_deleted_link_is_listed_and_answers_by_the_option(simulator, get, answers, clicks, dimensions):
    simulator.set_options(bitly_deleted=answers)
    assert "bit.ly/cc" in [link["id"] for link in get(LISTING)["links"] if link["is_deleted"]]
    for part, status in (("clicks", clicks), ("clicks/summary", clicks), ("countries", dimensions)):
        get(f"/bitlinks/bit.ly%2Fcc/{part}", status)
    get("/bitlinks/bit.ly%2Fcc/cities", dimensions)


def test_a_deleted_link_is_not_listed_by_default(simulator, get):
    simulator.set_options(bitly_deleted="unlisted")
    assert "bit.ly/cc" not in [link["id"] for link in get(LISTING, archived="both")["links"]]
    get("/bitlinks/bit.ly%2Fcc/clicks", 404)


def test_clicks_of_a_back_half_may_be_at_its_own_endpoint_only(simulator, get):
    address = "go.example.com%2Fautumn"
    at_links = get(f"/bitlinks/{address}/clicks")
    simulator.set_options(bitly_back_halves="own_endpoint")
    get(f"/bitlinks/{address}/clicks", 404)
    get(f"/bitlinks/{address}/countries", 404)
    assert get(f"/custom_bitlinks/{address}/clicks") == at_links
    get("/bitlinks/bit.ly%2Faa/clicks")


def test_webhooks_of_the_organization(get):
    [webhook] = get(f"/organizations/{ORGANIZATION}/webhooks")["webhooks"]
    assert (webhook["event"], webhook["organization_guid"]) == ("decodes", ORGANIZATION)
    get("/organizations/Onothing/webhooks", 404)


def test_days_dense_and_sparse(simulator, get):
    query = {"unit": "day", "units": 4, "unit_reference": "2026-10-12T23:59:59+0000"}
    dense = get("/bitlinks/bit.ly%2Faa/clicks", **query)
    assert dense == {
        "link_clicks": [
            {"date": "2026-10-12T00:00:00+0000", "clicks": 1},
            {"date": "2026-10-11T00:00:00+0000", "clicks": 0},
            {"date": "2026-10-10T00:00:00+0000", "clicks": 2},
            {"date": "2026-10-09T00:00:00+0000", "clicks": 0},
        ],
        "units": 4,
        "unit": "day",
        "unit_reference": "2026-10-12T23:59:59+0000",
    }
    everything = get("/bitlinks/bit.ly%2Faa/clicks")
    assert (everything["units"], len(everything["link_clicks"])) == (23, 23)  # days since creation
    simulator.set_options(bitly_days="sparse")
    sparse = get("/bitlinks/bit.ly%2Faa/clicks")
    assert sparse["units"] == -1
    assert [(day["date"][:10], day["clicks"]) for day in sparse["link_clicks"]] == [
        ("2026-10-12", 1),
        ("2026-10-10", 2),
    ]


def test_clicks_as_csv(simulator):
    headers = {**simulator.bitly_headers, "Accept": "text/csv"}
    query = {"units": 1, "unit_reference": "2026-10-10T12:00:00+0000"}
    table = requests.get(
        f"{simulator.bitly_url}/bitlinks/bit.ly%2Faa/clicks", query, headers=headers, timeout=10
    )
    assert table.text.splitlines() == ["Date, Clicks", "2026-10-10T00:00:00+0000, 2"]


def test_other_units(get):
    def buckets(unit, units):
        query = {"unit": unit, "units": units, "unit_reference": "2026-10-12T00:30:00+0000"}
        return [
            (row["date"], row["clicks"]) for row in get("/bitlinks/bit.ly/aa/clicks", **query)["link_clicks"]
        ]

    assert buckets("hour", 2) == [("2026-10-12T00:00:00+0000", 1), ("2026-10-11T23:00:00+0000", 0)]
    assert buckets("week", 2) == [("2026-10-12T00:00:00+0000", 1), ("2026-10-05T00:00:00+0000", 2)]
    assert buckets("month", 1) == [("2026-10-01T00:00:00+0000", 3)]
    get("/bitlinks/bit.ly/aa/clicks", 400, unit="fortnight")
    get("/bitlinks/bit.ly/aa/clicks", 400, units=0)
    get("/bitlinks/bit.ly/aa/clicks", 400, unit_reference="tomorrow")


def test_back_halves_are_counted_separately(get):
    summary = get("/bitlinks/bit.ly%2Faa/clicks/summary", unit="day", units=-1)
    assert (summary["total_clicks"], summary["unit_reference"]) == (3, "2026-11-01T04:00:00+0000")
    assert get("/bitlinks/go.example.com%2Fautumn/clicks/summary")["total_clicks"] == 1
    assert get("/custom_bitlinks/go.example.com/autumn")["bitlink"]["id"] == "bit.ly/aa"
    clicks = get("/custom_bitlinks/go.example.com%2Fautumn/clicks", units=-1)["link_clicks"]
    assert sum(day["clicks"] for day in clicks) == 1


def test_facets(get):
    def metrics(facet):
        response = get(f"/bitlinks/bit.ly/aa/{facet}", unit="day", units=-1)
        assert response["facet"] == facet
        return response["metrics"]

    assert metrics("countries") == [{"value": "EE", "clicks": 2}, {"value": "FI", "clicks": 1}]
    assert {row["value"] for row in metrics("referrers")} == {"direct", "Instagram", "http://t.co/"}
    assert {row["value"] for row in metrics("referring_domains")} == {"direct", "Instagram", "t.co"}
    assert metrics("devices")[0] == {"device_type": "Mobile", "clicks": 2}
    assert metrics("cities")[0]["city"] == "Tallinn"
    assert get("/bitlinks/bit.ly/aa/cities")["other_metrics"]["no_city_clicks"] == 1
    assert get("/bitlinks/bit.ly/aa/countries", size=1)["metrics"] == [{"value": "EE", "clicks": 2}]
    domains = get("/bitlinks/bit.ly/aa/referrers_by_domains")
    assert isinstance(domains["unit_reference"], int)
    assert {"network": "t", "referrers": [{"value": "http://t.co/", "clicks": 1}]} in domains[
        "referrers_by_domain"
    ]


def test_groups(get):
    assert get(f"{LISTING}/clicks", unit="month", units=2)["sorted_links"][0] == {
        "id": "bit.ly/aa",
        "clicks": 3,
    }
    data = get(f"/groups/{GROUP}/clicks", unit="month", units=2)["data"]
    assert data == [
        {"ts": "2026-11-01T00:00:00+0000", "count": 0},
        {"ts": "2026-10-01T00:00:00+0000", "count": 4},
    ]
    assert get(f"/groups/{GROUP}/referring_networks")["metrics"][0]["value"] == "direct"


@pytest.mark.parametrize(
    "path", ["/bitlinks/bit.ly/aa/cities", "/bitlinks/bit.ly/aa/devices", f"/groups/{GROUP}/clicks"]
)
def test_plan(simulator, get, path):
    simulator.set_options(bitly_plan="growth")
    assert get(path, 402)["message"] == "UPGRADE_REQUIRED"
    get("/bitlinks/bit.ly/aa/countries")


def test_clicks_before_a_limited_history_come_as_one_total(simulator, get):
    simulator.set_options(bitly_history_days=21)
    days = get("/bitlinks/bit.ly%2Faa/clicks")["link_clicks"]
    assert (len(days), days[-1]) == (21, {"date": "2026-10-12T00:00:00+0000", "clicks": 3})


def test_unknown_routes_are_plain_text(simulator):
    for path in ("/nothing", "/bitlinks/bit.ly/aa/referring_networks", "/bitlinks/bit.ly/aa/shorten_counts"):
        response = requests.get(simulator.bitly_url + path, headers=simulator.bitly_headers, timeout=10)
        assert (response.status_code, response.text) == (404, "404 page not found\n")
        assert response.headers["content-type"].startswith("text/plain")


def test_wrong_token_is_forbidden(simulator):
    response = requests.get(f"{simulator.bitly_url}/user", headers={"Authorization": "Bearer x"}, timeout=10)
    assert (response.status_code, response.json()["message"]) == (403, "FORBIDDEN")


def test_platform_and_monthly_limits(simulator, get):
    stated = {
        entry["endpoint"]: entry["methods"][0] for entry in get("/user/platform_limits")["platform_limits"]
    }
    assert stated["/bitlinks/{bitlink}/clicks"]["limit"] == 10_000
    assert "/bitlinks/{bitlink}/countries" in stated
    simulator.set_options(bitly_requests_per_hour=20)  # two a minute
    path = "/organizations"
    responses = [
        requests.get(simulator.bitly_url + path, headers=simulator.bitly_headers, timeout=10)
        for _ in range(3)
    ]
    assert [response.status_code for response in responses][-1] == 429
    assert responses[-1].json() == {"message": "RATE_LIMIT_EXCEEDED"}
    simulator.set_options(bitly_requests_per_hour=10_000, bitly_requests_per_month=1)
    assert get("/user", 429)["message"] == "API_USAGE_LIMIT_EXCEEDED"
    simulator.set_clock("2026-12-01T00:00:00Z")  # resets on the first of the month
    get("/user")
    simulator.set_clock("2026-11-01T04:00:00Z")


def test_plan_limits(get):
    (limit,) = get(f"/organizations/{ORGANIZATION}/plan_limits")["plan_limits"]
    assert limit["limit"] == 1_000_000
    assert limit["count"] > 0


def test_concurrent_requests_get_equal_responses(simulator, get):
    simulator.set_options(bitly_concurrent_requests=0)
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: get("/bitlinks/bit.ly%2Faa/clicks"), range(40)))
    simulator.set_options(bitly_concurrent_requests=5)
    assert all(response == responses[0] for response in responses)

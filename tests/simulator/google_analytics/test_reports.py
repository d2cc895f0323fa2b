"""The GA4 Data API as documented, on a hand-made world."""

import json

import pytest
import requests
from google.auth.transport.requests import AuthorizedSession

from tests.simulator.google_analytics.report_bodies import (
    COUNT,
    OCTOBER_25,
    OCTOBER_31,
    by_event,
    names,
    values,
)
from tests.simulator.google_credentials import READ_ONLY, local_credentials

NINE = ("date", "hour", "minute", "year", "month", "day", "eventName", "pagePath", "platform")
TEN_REQUESTED = (
    "Requests are limited to 9 dimensions within a nested request. This request is for 10 dimensions."
)


def test_rows_in_property_time_with_custom_dimensions(report):
    response = report(
        dateRanges=OCTOBER_25,
        dimensions=names(
            "dateHourMinute", "eventName", "customEvent:client_id", "customEvent:hit_ts", "country"
        ),
        metrics=names("eventCount", "userEngagementDuration"),
        orderBys=[{"dimension": {"dimensionName": "customEvent:hit_ts"}}],
        limit="2",
    )
    assert response["metricHeaders"][1] == {"name": "userEngagementDuration", "type": "TYPE_SECONDS"}
    assert values(response) == [
        ("202610250030", "page_view", "c1", "1792877400123", "Estonia", "1", "1.5"),
        ("202610250330", "scroll", "c1", "1792888200000", "Estonia", "2", "0"),
    ]
    assert response["rowCount"] == 5  # of all pages
    assert response["metadata"] == {"currencyCode": "EUR", "timeZone": "Europe/Tallinn"}
    assert response["kind"] == "analyticsData#runReport"
    assert "propertyQuota" not in response


def test_equal_rows_are_summed_and_missing_ids_are_not_set(report):
    response = report(
        dateRanges=OCTOBER_25, dimensions=names("eventName", "customEvent:client_id"), metrics=COUNT
    )
    assert set(values(response)) == {
        ("page_view", "c1", "1"),
        ("page_view", "(not set)", "1"),
        ("scroll", "c1", "2"),
        ("purchase", "c1", "2"),
        ("file_download", "c1", "1"),
    }
    files = report(dateRanges=OCTOBER_25, dimensions=names("fileName"), metrics=COUNT)
    assert set(values(files)) == {("", "6"), ("guide.pdf", "1")}


def test_paging_by_text_and_number(report):
    body = {"dateRanges": OCTOBER_25, "dimensions": names("customEvent:hit_ts")}
    order = [{"dimension": {"dimensionName": "customEvent:hit_ts"}, "desc": True}]
    whole = values(report(**body, orderBys=order))
    pages = [
        report(**body, orderBys=order, limit=limit, offset=at) for limit, at in ((2, "0"), ("2", 2), (2, 4))
    ]
    assert [row for page in pages for row in values(page)] == whole
    assert {page["rowCount"] for page in pages} == {5}
    assert "rows" not in report(**body, offset=99)
    assert "metricHeaders" not in pages[0]


def test_paging_is_stable_only_with_a_full_order(report):
    body = {"dateRanges": OCTOBER_25, "dimensions": names("customEvent:hit_ts", "date")}
    by_day = [{"dimension": {"dimensionName": "date"}}]
    loose = [row for at in range(5) for row in values(report(**body, orderBys=by_day, limit=1, offset=at))]
    by_all = [*by_day, {"dimension": {"dimensionName": "customEvent:hit_ts"}}]
    full = [row for at in range(5) for row in values(report(**body, orderBys=by_all, limit=1, offset=at))]
    assert (len(set(loose)) < 5, len(set(full))) == (True, 5)


def test_totals_and_expressions(report):
    metrics = names("eventCount", "sessions", "totalUsers", "transactions", "purchaseRevenue")
    assert values(report(dateRanges=OCTOBER_25, metrics=metrics)) == [("7", "1", "1", "1", "49.9")]
    response = report(
        dateRanges=OCTOBER_25,
        dimensions=names("eventName"),
        metrics=[*COUNT, {"name": "each", "expression": "eventCount/totalUsers"}],
        metricAggregations=["TOTAL", 5, "MAXIMUM"],
    )
    assert response["totals"] == [
        {"dimensionValues": [{"value": "RESERVED_TOTAL"}], "metricValues": [{"value": "7"}, {"value": "7"}]}
    ]
    assert response["minimums"][0]["metricValues"][0] == {"value": "1"}
    assert response["maximums"][0]["dimensionValues"] == [{"value": "RESERVED_MAXIMUM"}]


def test_an_empty_report_omits_rows_and_count(report):
    nothing = [{"startDate": "2020-01-01", "endDate": "2020-01-01"}]
    for body in ({"dimensions": names("eventName"), "metrics": COUNT}, {"metrics": COUNT}):
        response = report(dateRanges=nothing, **body)
        assert not {"rows", "rowCount"} & response.keys()
        assert "metricHeaders" in response


def test_several_date_ranges(report):
    ranges = [*OCTOBER_25, {"startDate": "2026-10-01", "endDate": "today", "name": "month"}]
    response = report(dateRanges=ranges, metrics=COUNT, metricAggregations=["TOTAL"])
    assert response["dimensionHeaders"] == names("dateRange")
    assert set(values(response)) == {("date_range_0", "7"), ("month", "8")}
    assert len(response["totals"]) == 2


def test_late_and_restated_rows_follow_the_clock(simulator, report):
    body = {"dateRanges": [{"startDate": "2026-10-31", "endDate": "2026-10-31"}], "metrics": COUNT}
    body["dimensions"] = names("sessionCampaignName")
    assert values(report(**body)) == [("(direct)", "1")]
    simulator.set_clock("2026-11-02T00:00:00Z")
    assert values(report(**body)) == [("sending-103", "2")]
    assert "rows" not in report(**{**body, "dateRanges": OCTOBER_31})  # yesterday is now another day
    simulator.set_clock("2026-11-01T04:00:00Z")
    assert values(report(**{**body, "dateRanges": OCTOBER_31})) == [("(direct)", "1")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"dimensions": names("customEvent:foo")},
            "Field customEvent:foo is not a valid dimension. For a list",
        ),
        ({"dimensions": names("citi", "contry")}, "Field citi is not a valid dimension"),
        ({"dimensions": names("contry")}, "Did you mean country? Field contry"),
        (
            {"metrics": names("eventCounts")},
            "Did you mean eventCount? Field eventCounts is not a valid metric",
        ),
        (
            {"dimensions": names(*NINE, "country")},
            TEN_REQUESTED,
        ),
        (
            {
                "dimensions": names(*NINE),
                "dimensionFilter": by_event("country", emptyFilter={}),
            },
            "This request is for 10 dimensions.",
        ),
        (
            {"dimensions": names("customEvent:client_id"), "metrics": names("itemListClickEvents")},
            "Please remove itemListClickEvents to make the request compatible for example.",
        ),
        ({"metrics": COUNT, "dateRanges": OCTOBER_25 * 5}, "limited to 4 date ranges"),
        ({"metrics": COUNT, "surprise": 1}, 'Unknown name "surprise"'),
        ({"metrics": COUNT, "cohortSpec": {"cohorts": [{}]}}, "cohortSpec is not part of this simulation."),
        ({"metrics": COUNT, "limit": "many"}, "Invalid value at 'limit'"),
        (
            {
                "dimensions": names("date"),
                "dimensionFilter": by_event("date", stringFilter={"matchType": 5, "value": "("}),
            },
            "invalid regular expression",
        ),
    ],
)
def test_refused_requests(report, body, message):
    error = report(status=400, **{"dateRanges": OCTOBER_25, **body})["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert message in error["message"]


def test_token_quotas(simulator, report):
    first, second = (
        report(dateRanges=OCTOBER_25, metrics=COUNT, returnPropertyQuota=True)["propertyQuota"]
        for _ in range(2)
    )
    assert first["tokensPerDay"]["remaining"] - second["tokensPerDay"]["remaining"] == 1
    assert second["concurrentRequests"] == {"remaining": 10}  # zeros are omitted
    simulator.set_options(ga4_tokens_per_hour=1)
    error = report(status=429, dateRanges=OCTOBER_25, metrics=COUNT)["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert error["message"].startswith("Exhausted property tokens per hour.")
    simulator.set_clock("2026-11-01T05:00:00Z")  # the next hour
    report(dateRanges=OCTOBER_25, metrics=COUNT)
    simulator.set_options(ga4_tokens_per_hour=40_000)
    simulator.set_clock("2026-11-01T04:00:00Z")


def test_batch(report):
    one = {"dateRanges": OCTOBER_25, "metrics": COUNT}
    response = report(method="batchRunReports", requests=[one, {**one, "dimensions": names("country")}])
    assert [values(part) for part in response["reports"]] == [[("7",)], [("Estonia", "7")]]
    assert response["kind"] == "analyticsData#batchRunReports"
    report(status=400, method="batchRunReports", requests=[one] * 6)


def test_metadata(simulator, session):
    response = session.get(f"{simulator.ga4_url}/properties/123456/metadata", timeout=10).json()
    custom = [entry["apiName"] for entry in response["dimensions"] if entry.get("customDefinition")]
    assert custom == [
        f"customEvent:{name}"
        for name in ("client_id", "session_id", "hit_ts", "contact_key", "method", "form_id")
    ]
    assert response["name"] == "properties/123456/metadata"
    universal = session.get(f"{simulator.ga4_url}/properties/0/metadata", timeout=10).json()
    assert not any(entry.get("customDefinition") for entry in universal["dimensions"])


def test_compatibility(report):
    body = {"dimensions": names("customEvent:client_id"), "metrics": COUNT}
    response = report(method="checkCompatibility", **body, compatibilityFilter="INCOMPATIBLE")
    assert {entry["metricMetadata"]["apiName"] for entry in response["metricCompatibilities"]} == {
        "itemListClickEvents",
        "itemListViewEvents",
    }
    report(status=400, method="checkCompatibility", dimensions=names("sessionSource", "itemName"))


def test_tokens(simulator):
    url = f"{simulator.ga4_url}/properties/123456:runReport"
    body = json.dumps({"dateRanges": OCTOBER_25, "metrics": COUNT})
    for headers in ({}, {"Authorization": "Bearer ya29.wrong"}, {"Authorization": "Bearer a.b.c"}):
        refused = requests.post(url, body, headers=headers, timeout=10)
        assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    with AuthorizedSession(local_credentials(simulator, "https://www.googleapis.com/auth/drive")) as narrow:
        refused = narrow.post(url, body, timeout=10).json()["error"]
        assert refused["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    with AuthorizedSession(local_credentials(simulator, READ_ONLY)) as session:
        other = session.post(url.replace("123456", "999"), body, timeout=10)
        assert other.json()["error"]["message"].startswith("User does not have sufficient permissions")
        assert session.post(url.replace("runReport", "runWalk"), body, timeout=10).status_code == 404
    token_url = f"{simulator.base_url}/ga4/token"
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}
    assert requests.post(token_url, grant, timeout=10).json() == {
        "error": "invalid_grant",
        "error_description": "Invalid JWT Signature.",
    }

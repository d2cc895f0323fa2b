"""The GA4 Data API over a socket: tokens, reports whose rows shift, quotas, flags, Google's errors."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from dagster_project.sources.errors import (
    AuthenticationError,
    ConfigurationError,
    ProtocolError,
    QuotaExhaustedError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.google_analytics import SOURCE
from dagster_project.sources.google_analytics.reports import REPORTS, custom_dimensions
from dagster_project.sources.stream import Page, Request, Window

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
DAY = date(2026, 11, 14)
ACCOUNT = "milepost@example-project.iam.gserviceaccount.com"  # of the fixture google_key
DENIED = "User does not have sufficient permissions for this property. To learn more about Property ID, see …"
DISABLED = "Google Analytics Data API has not been used in project 1 before or it is disabled."


class Property:
    """One property: hands out tokens, answers reports with the rows of the moment."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.tokens = 0
        self.expired: set[str] = set()
        self.rows: list[dict[str, Any]] = []
        self.beside: dict[str, Any] = {}
        self.report: Any = self.page
        self.dimensions = list(custom_dimensions())
        self.token_answer: Any = None

    def __call__(self, asked: Any) -> Any:
        if asked.path == "/token":
            self.tokens += 1
            token = {"access_token": f"ya29.token-{self.tokens}", "expires_in": 3599, "token_type": "Bearer"}
            return self.token_answer or self.reply(token)
        if asked.headers["Authorization"].removeprefix("Bearer ") in self.expired:
            return self.refuse(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
        if asked.path.endswith("/metadata"):
            return self.reply({"dimensions": [{"apiName": name} for name in self.dimensions], "name": "x"})
        return self.report(asked)

    def page(self, asked: Any) -> Any:
        offset, limit = int(asked.json.get("offset", 0)), int(asked.json["limit"])
        rows = self.rows[offset : offset + limit]
        counted = {"rows": rows, "rowCount": len(self.rows)} if self.rows else {}
        metadata = {"currencyCode": "EUR", "timeZone": "Europe/Tallinn"}
        return self.reply({"metadata": metadata, "kind": "analyticsData#runReport", **counted, **self.beside})

    def refuse(self, code: int, message: str, status: str) -> Any:
        return self.reply({"error": {"code": code, "message": message, "status": status}}, code)


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {"dimensionValues": [{"value": str(number)}], "metricValues": [{"value": "1"}]}
        for number in range(count)
    ]


@pytest.fixture
def ga4(vendor: Any, reply: Any) -> Property:
    vendor.answer = Property(reply)
    return vendor.answer


@pytest.fixture
def client(vendor: Any, waits: list[float], google_key: Callable[[str], Path]) -> Iterator[Any]:
    key_file = str(google_key(vendor.base_url))
    environment = {"GA4_PROPERTY_ID": "123456", "GOOGLE_APPLICATION_CREDENTIALS": key_file}
    configuration = SOURCE.configure({**environment, "GA4_BASE_URL": f"{vendor.base_url}/v1beta"})
    with SOURCE.connect(replace(configuration, page_rows=10), lambda: NOW, waits.append) as opened:
        yield opened


def extract(client: Any, stream: str, end: date = DAY) -> list[Page]:
    return list(SOURCE.stream(stream).extract(client, Request(window=Window(DAY, end))))


def reports(vendor: Any) -> list[Any]:
    return [asked for asked in vendor.asked if asked.path.endswith(":runReport")]


def test_a_report_asks_for_one_day_in_the_order_of_its_key(client: Any, vendor: Any, ga4: Property) -> None:
    ga4.rows = rows(3)
    (page,) = extract(client, "events")
    (asked,) = reports(vendor)
    body = asked.json
    assert asked.path == "/v1beta/properties/123456:runReport"
    assert body["dateRanges"] == [{"startDate": "2026-11-14", "endDate": "2026-11-14"}]
    assert [order["dimension"]["dimensionName"] for order in body["orderBys"]] == [
        dimension["name"] for dimension in body["dimensions"]
    ]
    assert (body["limit"], body["offset"], body["returnPropertyQuota"]) == ("10", "0", True)
    assert (page.partition, page.announced, len(page.records)) == ("2026-11-14", 3, 3)
    assert page.context == {"_property_time_zone": "Europe/Tallinn", "_currency": "EUR"}


def test_no_report_exceeds_what_the_api_takes() -> None:
    for report in REPORTS:
        assert len(report.dimensions) <= 9
        assert 1 <= len(report.metrics) <= 10


@pytest.mark.usefixtures("ga4")
def test_parameters_are_asked_for_the_events_that_carry_them(client: Any, vendor: Any) -> None:
    extract(client, "event_parameters")
    where = reports(vendor)[0].json["dimensionFilter"]["filter"]
    assert where["fieldName"] == "eventName"
    assert {"file_download", "video_start", "sign_up", "form_submit"} <= set(where["inListFilter"]["values"])


@pytest.mark.usefixtures("ga4")
def test_an_empty_day_is_a_page_without_records(client: Any) -> None:
    (page,) = extract(client, "events")
    assert (list(page.records), page.partition, page.announced) == ([], "2026-11-14", 0)


def test_a_day_is_read_anew_when_its_rows_change_between_pages(
    client: Any, vendor: Any, ga4: Property
) -> None:
    ga4.rows = rows(25)

    def grow_once(asked: Any) -> Any:
        if asked.json["offset"] == "10" and len(ga4.rows) == 25:
            ga4.rows = rows(31)
        return ga4.page(asked)

    ga4.report = grow_once
    pages = extract(client, "events")
    assert [asked.json["offset"] for asked in reports(vendor)] == ["0", "10", "0", "10", "20", "30"]
    assert [len(page.records) for page in pages] == [10, 10, 10, 1]
    assert {page.announced for page in pages} == {31}


def test_a_day_is_read_anew_when_its_rows_shift_under_the_same_count(
    client: Any, vendor: Any, ga4: Property
) -> None:
    ga4.rows = rows(25)

    def shift_once(asked: Any) -> Any:
        if asked.json["offset"] == "10" and len(reports(vendor)) == 2:
            ga4.rows = [{"dimensionValues": [{"value": "new"}]}, *ga4.rows[:-1]]
        return ga4.page(asked)

    ga4.report = shift_once
    pages = extract(client, "events")
    assert [json.dumps(row).encode() for row in ga4.rows] == [
        record for page in pages for record in page.records
    ]


def test_a_day_that_never_settles_is_left_for_later(client: Any, ga4: Property) -> None:
    def grow(asked: Any) -> Any:
        ga4.rows = rows(len(ga4.rows) + 11)
        return ga4.page(asked)

    ga4.report = grow
    with pytest.raises(UnavailableError, match="kept changing the rows of 2026-11-14"):
        extract(client, "events")


def test_totals_carry_the_flags_of_the_events_report(client: Any, ga4: Property) -> None:
    ga4.rows = [{"dimensionValues": [], "metricValues": [{"value": "7"}]}]

    def flag_the_events(asked: Any) -> Any:
        answer = ga4.page(asked)
        if asked.json["dimensions"]:
            answer.body["metadata"] |= {
                "dataLossFromOtherRow": True,
                "samplingMetadatas": [{"samplesReadCount": "1"}],
            }
        return answer

    ga4.report = flag_the_events
    (page,) = extract(client, "daily_totals")
    assert page.context == {
        "_property_time_zone": "Europe/Tallinn",
        "_currency": "EUR",
        "_day": "2026-11-14",
        "_data_loss_from_other_row": True,
        "_subject_to_thresholding": False,
        "_is_sampled": True,
    }
    (flagged,) = extract(client, "events")
    assert flagged.metadata["data_loss_from_other_row"] is True
    assert flagged.metadata["subject_to_thresholding"] is False


def test_it_stops_while_a_tenth_of_the_quota_is_left(client: Any, vendor: Any, ga4: Property) -> None:
    left = iter([1000, 550, 90])

    def spend(asked: Any) -> Any:
        ga4.beside = {"propertyQuota": {"tokensPerDay": {"remaining": next(left)}, "concurrentRequests": {}}}
        return ga4.page(asked)

    ga4.report = spend
    landed = []
    window = Window(date(2026, 11, 10), DAY)
    with pytest.raises(QuotaExhaustedError, match="90 of 1,000 tokensPerDay left"):
        landed.extend(SOURCE.stream("events").extract(client, Request(window=window)))
    assert len(reports(vendor)) == 3
    assert [page.partition for page in landed] == ["2026-11-10", "2026-11-11", "2026-11-12"]


def test_an_expired_token_is_renewed_once(client: Any, ga4: Property, waits: list[float]) -> None:
    extract(client, "events")
    ga4.expired = {"ya29.token-1"}
    extract(client, "events")
    assert (ga4.tokens, waits) == (2, [])


def test_a_token_refused_twice_is_final(client: Any, vendor: Any, ga4: Property) -> None:
    ga4.expired = {"ya29.token-1", "ya29.token-2"}
    with pytest.raises(AuthenticationError, match=ACCOUNT) as caught:
        extract(client, "events")
    assert len(reports(vendor)) == 2
    assert "ya29" not in str(caught.value)


def test_a_refused_key_is_final(client: Any, vendor: Any, ga4: Property, reply: Any) -> None:
    refused = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    ga4.token_answer = reply(refused, 400)
    with pytest.raises(AuthenticationError, match="Google refused a token to milepost"):
        extract(client, "events")
    assert reports(vendor) == []


@pytest.mark.parametrize(
    ("code", "message", "kind", "words"),
    [
        (403, DENIED, AuthenticationError, f"{ACCOUNT}.*as Viewer"),
        (403, DISABLED, ConfigurationError, "enable it"),
        (403, "Request had insufficient authentication scopes.", AuthenticationError, "analytics.readonly"),
        (
            400,
            "Field customEvent:hit_ts is not a valid dimension. For a list …",
            ConfigurationError,
            "`hit_ts`",
        ),
        (400, "Requests are limited to 9 dimensions within a nested request.", ProtocolError, "limited to 9"),
        (429, "Exhausted property tokens per day. These quota tokens …", QuotaExhaustedError, "midnight"),
        (429, "Exhausted property tokens for a project per hour.", QuotaExhaustedError, "within the hour"),
    ],
)
def test_what_cannot_succeed_is_asked_once(
    client: Any, vendor: Any, ga4: Property, code: int, message: str, kind: type[SourceError], words: str
) -> None:
    ga4.report = lambda _: ga4.refuse(code, message, "STATUS")
    with pytest.raises(kind, match=words):
        extract(client, "events")
    assert len(reports(vendor)) == 1


def test_too_many_requests_at_once_wait_half_a_minute(client: Any, ga4: Property, waits: list[float]) -> None:
    answers = [ga4.refuse(429, "Exhausted concurrent requests quota.", "RESOURCE_EXHAUSTED"), ga4.reply({})]
    ga4.report = lambda _: answers.pop(0)
    extract(client, "events")
    assert waits == [30.0]


@pytest.mark.usefixtures("ga4")
def test_a_complete_property_passes(client: Any) -> None:
    SOURCE.verify(client)


def test_every_missing_dimension_is_named_with_its_remedy(client: Any, ga4: Property) -> None:
    ga4.dimensions = ["customEvent:client_id", "customEvent:session_id", "customEvent:hit_ts"]
    with pytest.raises(ConfigurationError) as caught:
        SOURCE.verify(client)
    for parameter in ("contact_key", "method", "form_id"):
        assert f"customEvent:{parameter} (Admin → Data display" in str(caught.value)
    assert "client_id" not in str(caught.value)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20])
def test_every_row_is_handed_out_once_wherever_pages_end(
    client: Any, vendor: Any, ga4: Property, count: int
) -> None:
    ga4.rows = rows(count)
    pages = extract(client, "event_attributes")
    values = [json.loads(record)["dimensionValues"][0]["value"] for page in pages for record in page.records]
    assert values == [str(number) for number in range(count)]
    assert len(reports(vendor)) == max(1, -(-count // 10))


def test_pages_shorter_than_asked_for_lose_nothing(client: Any, ga4: Property) -> None:
    ga4.rows = rows(17)

    def cap(asked: Any) -> Any:
        answer = ga4.page(asked)
        answer.body["rows"] = answer.body["rows"][:4]
        return answer

    ga4.report = cap
    assert sum(len(page.records) for page in extract(client, "events")) == 17

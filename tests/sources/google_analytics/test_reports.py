"""The GA4 Data API over a socket: days, pages and rows that shift between them."""

import json
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    UnavailableError,
)
from dagster_project.sources.google_analytics.reports import REPORTS
from tests.sources.google_analytics.property import Property, extract, reports, rows


def test_a_report_requests_one_day_ordered_by_its_key(client: Any, vendor: Any, ga4: Property) -> None:
    ga4.rows = rows(3)
    (page,) = extract(client, "events")
    (request,) = reports(vendor)
    body = request.json
    assert request.path == "/v1beta/properties/123456:runReport"
    assert body["dateRanges"] == [{"startDate": "2026-11-14", "endDate": "2026-11-14"}]
    assert [order["dimension"]["dimensionName"] for order in body["orderBys"]] == [
        dimension["name"] for dimension in body["dimensions"]
    ]
    assert (body["limit"], body["offset"], body["returnPropertyQuota"]) == ("10", "0", True)
    assert (page.partition, page.announced, len(page.records)) == ("2026-11-14", 3, 3)
    assert page.context == {
        "_property": "123456",
        "_property_time_zone": "Europe/Tallinn",
        "_currency": "EUR",
    }


def test_no_report_exceeds_the_limits_of_the_api() -> None:
    for report in REPORTS:
        assert len(report.dimensions) <= 9
        assert 1 <= len(report.metrics) <= 10


@pytest.mark.usefixtures("ga4")
def test_parameters_are_requested_for_the_events_that_have_them(client: Any, vendor: Any) -> None:
    extract(client, "event_parameters")
    where = reports(vendor)[0].json["dimensionFilter"]["filter"]
    assert where["fieldName"] == "eventName"
    assert {"file_download", "video_start", "sign_up", "form_submit"} <= set(where["inListFilter"]["values"])


@pytest.mark.usefixtures("ga4")
def test_an_empty_day_is_a_page_without_records(client: Any) -> None:
    (page,) = extract(client, "events")
    assert (list(page.records), page.partition, page.announced) == ([], "2026-11-14", 0)


def test_a_day_is_read_again_when_its_row_count_changes_between_pages(
    client: Any, vendor: Any, ga4: Property
) -> None:
    ga4.rows = rows(25)

    def grow_once(request: Any) -> Any:
        if request.json["offset"] == "10" and len(ga4.rows) == 25:
            ga4.rows = rows(31)
        return ga4.page(request)

    ga4.report = grow_once
    pages = extract(client, "events")
    assert [request.json["offset"] for request in reports(vendor)] == ["0", "10", "0", "10", "20", "30"]
    assert [len(page.records) for page in pages] == [10, 10, 10, 1]
    assert {page.announced for page in pages} == {31}


@pytest.mark.parametrize("page_number", [2, 3])
def test_a_day_is_read_again_when_its_rows_shift_with_the_same_count(
    client: Any, vendor: Any, ga4: Property, page_number: int
) -> None:
    ga4.rows = rows(25)

    def shift_once(request: Any) -> Any:
        if len(reports(vendor)) == page_number:
            ga4.rows = [{"dimensionValues": [{"value": "new"}]}, *ga4.rows[:-1]]
        return ga4.page(request)

    ga4.report = shift_once
    pages = extract(client, "events")
    assert [json.dumps(row).encode() for row in ga4.rows] == [
        record for page in pages for record in page.records
    ]


def test_a_day_whose_rows_keep_changing_is_unavailable(client: Any, ga4: Property) -> None:
    def grow(request: Any) -> Any:
        ga4.rows = rows(len(ga4.rows) + 11)
        return ga4.page(request)

    ga4.report = grow
    with pytest.raises(UnavailableError, match="changed the rows of 2026-11-14 in each of 5 attempts"):
        extract(client, "events")


@pytest.mark.parametrize("dimension", ["pagePathPlusQueryString", "sessionSource", "linkUrl"])
def test_totals_have_the_flags_of_each_report_by_hit(client: Any, ga4: Property, dimension: str) -> None:
    ga4.rows = [{"dimensionValues": [], "metricValues": [{"value": "7"}]}]

    def flag_one_report(request: Any) -> Any:
        reply = ga4.page(request)
        if {"name": dimension} in request.json["dimensions"]:
            reply.body["metadata"] |= {
                "dataLossFromOtherRow": True,
                "samplingMetadatas": [{"samplesReadCount": "1"}],
            }
        return reply

    ga4.report = flag_one_report
    (page,) = extract(client, "daily_totals")
    assert page.context == {
        "_property": "123456",
        "_property_time_zone": "Europe/Tallinn",
        "_currency": "EUR",
        "_day": "2026-11-14",
        "_data_loss_from_other_row": True,
        "_subject_to_thresholding": False,
        "_is_sampled": True,
    }
    (events,) = extract(client, "events")
    assert events.metadata["data_loss_from_other_row"] is (dimension == "pagePathPlusQueryString")
    assert events.metadata["subject_to_thresholding"] is False


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20])
def test_every_row_is_yielded_once_wherever_pages_end(
    client: Any, vendor: Any, ga4: Property, count: int
) -> None:
    ga4.rows = rows(count)
    pages = extract(client, "event_attributes")
    values = [json.loads(record)["dimensionValues"][0]["value"] for page in pages for record in page.records]
    assert values == [str(number) for number in range(count)]
    assert len(reports(vendor)) == max(1, -(-count // 10))


def test_pages_shorter_than_the_limit_lose_no_row(client: Any, ga4: Property) -> None:
    ga4.rows = rows(17)

    def cap(request: Any) -> Any:
        reply = ga4.page(request)
        reply.body["rows"] = reply.body["rows"][:4]
        return reply

    ga4.report = cap
    assert sum(len(page.records) for page in extract(client, "events")) == 17

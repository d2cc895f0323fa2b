"""The GA4 Data API over a socket: days, pages and rows that shift between them."""

import json
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    UnavailableError,
)
from dagster_project.sources.google_analytics.reports import REPORTS
from tests.sources.google_analytics.property import Property, extract, reports, rows


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

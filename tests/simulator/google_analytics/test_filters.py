"""Filters on dimensions and metrics, as the API documents them."""

import pytest

from tests.simulator.google_analytics.report_bodies import COUNT, OCTOBER_25, by_event, names, values


def by_name(value, kind="EXACT", **more):
    return by_event("eventName", stringFilter={"matchType": kind, "value": value, **more})


def not_(condition):
    return {"notExpression": condition}


def any_of(*conditions):
    return {"orGroup": {"expressions": list(conditions)}}


def all_of(*conditions):
    return {"andGroup": {"expressions": list(conditions)}}


THREE = {"int64Value": "3"}


@pytest.mark.parametrize(
    ("condition", "events"),
    [
        (by_name("SCROLL"), {"scroll"}),
        (by_name("SCROLL", caseSensitive=True), set()),
        (by_name("pa", "BEGINS_WITH"), {"page_view"}),
        (by_name("load", 3), {"file_download"}),
        (by_name("_", "CONTAINS"), {"page_view", "file_download"}),
        (by_name("s.*l", "FULL_REGEXP"), {"scroll"}),
        (by_name("^p", "PARTIAL_REGEXP"), {"page_view", "purchase"}),
        (by_event("eventName", inListFilter={"values": ["scroll", "login"]}), {"scroll"}),
        (by_event("customEvent:client_id", emptyFilter={}), {"page_view"}),
        (by_event("hour", numericFilter={"operation": "LESS_THAN", "value": THREE}), {"page_view"}),
        (
            by_event("hour", betweenFilter={"fromValue": THREE, "toValue": {"doubleValue": 5}}),
            {"scroll", "purchase"},
        ),
        (
            all_of(
                not_(by_event("hour", stringFilter={"value": "03"})),
                any_of(by_name("scroll"), by_name("file_download")),
            ),
            {"file_download"},
        ),
    ],
)
def test_dimension_filters(report, condition, events):
    response = report(
        dateRanges=OCTOBER_25, dimensions=names("eventName"), metrics=COUNT, dimensionFilter=condition
    )
    assert {row[0] for row in values(response)} == events


def test_metric_filter_and_order(report):
    over_one = {"numericFilter": {"operation": 4, "value": {"int64Value": "1"}}}
    response = report(
        dateRanges=OCTOBER_25,
        dimensions=names("eventName"),
        metrics=COUNT,
        metricFilter=by_event("eventCount", **over_one),
        orderBys=[{"metric": {"metricName": "eventCount"}}, {"dimension": {"dimensionName": "eventName"}}],
    )
    assert values(response) == [("page_view", "2"), ("purchase", "2"), ("scroll", "2")]

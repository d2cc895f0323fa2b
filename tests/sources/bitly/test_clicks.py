"""Clicks by day, and by dimension."""

import json
from datetime import date
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    ProtocolError,
)
from dagster_project.sources.core.stream import Request, Window
from tests.sources.bitly.account import SUMMARY, WINDOW, Account, extract


@pytest.mark.parametrize("dense", [True, False])
def test_clicks_come_by_day_with_and_without_zero_days(
    client: Any, vendor: Any, account: Account, reply: Any, dense: bool
) -> None:
    clicks = {"bit.ly/a": {14: 5}, "bit.ly/spring": {13: 2}, "bit.ly/b": {}}

    def respond_for(address: str) -> Any:
        days = range(15, 12, -1) if dense else clicks[address]
        counted = [
            {"date": f"2026-11-{day}T00:00:00+0000", "clicks": clicks[address].get(day, 0)} for day in days
        ]
        return reply({"link_clicks": counted, "unit": "day", "units": 3})

    account.paths |= {f"/v4/bitlinks/{address}/clicks": respond_for(address) for address in clicks}
    pages = extract(client, "link_clicks", Request(window=WINDOW))
    assert sorted({page.partition for page in pages}) == ["2026-11-13", "2026-11-14", "2026-11-15"]
    counted = {
        (page.context["_bitlink"], page.context["_clicked_bitlink"], page.partition): json.loads(record)[
            "clicks"
        ]
        for page in pages
        for record in page.records
    }
    assert {key: count for key, count in counted.items() if count} == {
        ("bit.ly/a", "bit.ly/a", "2026-11-14"): 5,
        ("bit.ly/a", "bit.ly/spring", "2026-11-13"): 2,
    }
    assert len(counted) == (9 if dense else 2)
    # links are requested concurrently, so their order varies
    [request] = [each for each in vendor.requests if each.raw_path == "/v4/bitlinks/bit.ly%2Fb/clicks"]
    assert request.query == {"unit": "day", "units": "3", "unit_reference": "2026-11-15T23:59:59+0000"}


def test_days_outside_the_window_are_ignored(client: Any, account: Account, reply: Any) -> None:
    old = reply({"link_clicks": [{"date": "2026-10-01T00:00:00+0000", "clicks": 900}]})
    account.paths |= {
        f"/v4/bitlinks/{address}/clicks": old for address in ("bit.ly/a", "bit.ly/spring", "bit.ly/b")
    }
    pages = extract(client, "link_clicks", Request(window=WINDOW))
    assert [len(page.records) for page in pages] == [0, 0, 0]


def test_the_current_day_is_requested_up_to_now(
    client: Any, vendor: Any, account: Account, reply: Any
) -> None:
    account.paths["/v4/bitlinks/bit.ly/b/clicks"] = reply({"link_clicks": []})
    today = Window(date(2026, 11, 16), date(2026, 11, 16))
    extract(client, "link_clicks", Request(window=today))
    assert vendor.requests[-1].query["unit_reference"] == "2026-11-16T04:00:00+0000"


def test_back_halves_are_read_at_their_own_endpoint_too(client: Any, account: Account, reply: Any) -> None:
    days = [
        {"date": "2026-11-14T00:00:00+0000", "clicks": 2},
        {"date": "2026-11-13T00:00:00+0000", "clicks": 3},
    ]
    account.paths["/v4/custom_bitlinks/bit.ly/spring/clicks"] = reply({"link_clicks": days})
    for name in ("a", "b"):
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks"] = reply({"link_clicks": []})
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks/summary"] = reply(SUMMARY)
    pages = [page for page in extract(client, "link_clicks", Request(window=WINDOW)) if page.records]
    assert {page.partition: json.loads(page.records[0])["clicks"] for page in pages} == {
        "2026-11-13": 3,
        "2026-11-14": 2,
    }
    totals = {
        page.context["_clicked_bitlink"]: json.loads(page.records[0])["total_clicks"]
        for page in extract(client, "link_totals")
    }
    assert totals == {"bit.ly/a": 4, "bit.ly/spring": 5, "bit.ly/b": 4}


@pytest.mark.parametrize("date", ["14 Nov 2026", "20261", "", "1794614400"])
def test_a_day_in_another_form_is_an_error_and_not_left_out(
    client: Any, account: Account, reply: Any, date: str
) -> None:
    for name in ("a", "spring", "b"):
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks"] = reply(
            {"link_clicks": [{"date": date, "clicks": 1}]}
        )
    with pytest.raises(ProtocolError, match="not of the documented form"):
        extract(client, "link_clicks", Request(window=WINDOW))


def test_dimensions_are_read_by_link_and_back_half(client: Any, account: Account, reply: Any) -> None:
    for address in ("bit.ly/a", "bit.ly/spring", "bit.ly/b"):
        metrics = [{"value": "EE", "clicks": 3}]
        account.paths[f"/v4/bitlinks/{address}/countries"] = reply({"metrics": metrics, "facet": "countries"})
    pages = extract(client, "link_countries")
    assert [page.context["_clicked_bitlink"] for page in pages] == ["bit.ly/a", "bit.ly/spring", "bit.ly/b"]
    assert all(json.loads(page.records[0]) == {"value": "EE", "clicks": 3} for page in pages)

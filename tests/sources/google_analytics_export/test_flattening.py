"""What is made of an event's lists, whichever types and spellings its table has."""

import json
from typing import Any

import pytest

from dagster_project.sources.google_analytics_export.flattening import COLUMNS, PROPERTIES, flattened
from dagster_project.sources.google_analytics_export.streams import FLAT_COLUMNS
from tests.sources.google_analytics_export.exports import event, parameter

NAMES = [name for name, _, _ in FLAT_COLUMNS]


def flat(given: dict[str, Any]) -> dict[str, Any]:
    record = json.loads(flattened(json.dumps(given).encode()))
    assert {name: record[name] for name in given} == given, "the event itself stays as it came"
    assert len(record[COLUMNS]) == len(NAMES)
    return {**dict(zip(NAMES, record[COLUMNS], strict=True)), PROPERTIES: record[PROPERTIES]}


def value(**fields: Any) -> list[dict[str, Any]]:
    return [{"key": "ga_session_id", "value": fields}]


@pytest.mark.parametrize(
    ("parameters", "session"),
    [
        (value(int_value=77), "77"),
        (value(int_value="77"), "77"),
        (value(string_value="77"), "77"),
        (value(double_value=77.0), "77"),
        (value(float_value=77.0, string_value=None), "77"),
        (value(string_value="", int_value="77"), "77"),
        (value(string_value="GS2.1.s1747075570$o5$g1$t1747077281$j36$l0$h0"), "1747075570"),
        (value(string_value="s1747075570$o5$g1"), "1747075570"),
        ({"list": [{"element": value(int_value=77)[0]}]}, "77"),
        ({"list": []}, None),
        ([*value(int_value=None), *value(int_value=77)], "77"),
        ([*value(int_value=77), *value(int_value=78)], "77"),
        ([{"key": "ga_session_id", "value": "77"}], "77"),
        ([{"key": "ga_session_id"}, {"key": None, "value": {"int_value": 1}}, None, 5], None),
        (None, None),
        ("text", None),
        (7, None),
    ],
)
def test_a_parameter_is_read_in_every_spelling(parameters: Any, session: str | None) -> None:
    assert flat(event(event_params=parameters))["ga_session_id"] == session


@pytest.mark.parametrize(
    ("timestamp", "instant"),
    [
        (1_794_744_000_000_000, "2026-11-15T12:00:00"),
        ("1794744000123456", "2026-11-15T12:00:00.123456"),
        (1.794744e15, "2026-11-15T12:00:00"),
        (0, "1970-01-01T00:00:00"),
        (10**30, "event_timestamp 1000000000000000000000000000000"),
        (9_999_999_999_999_999_999, "event_timestamp 9999999999999999999"),
        (2**61, "event_timestamp 2305843009213693952"),
        ("2026-11-15", "event_timestamp 2026-11-15"),
        (None, "event_timestamp is missing"),
        ({}, "event_timestamp is missing"),
        (True, "1970-01-01T00:00:00.000001"),
    ],
)
def test_a_time_that_is_none_is_shown_to_quarantine(timestamp: Any, instant: str) -> None:
    assert flat(event(event_timestamp=timestamp))["occurred_at"] == instant


MANUAL = {"manual_source": "smaily", "manual_medium": "email", "manual_campaign_name": "autumn"}
LAST_CLICK = {
    "manual_campaign": {"source": "news", "medium": "email", "campaign_name": "winter", "content": "cta"}
}

NOT_SET = ("(not set)",) * 3
BRAND = ("google", "cpc", "Brand")


def last_click(
    manual: tuple[str | None, ...] | None = None, ads: str | None = None, cross: tuple[str, ...] | None = None
) -> dict[str, Any]:
    names = ("source", "medium", "campaign_name")
    return {
        "session_traffic_source_last_click": {
            "manual_campaign": dict(zip(names, manual, strict=True)) if manual else None,
            "google_ads_campaign": {"campaign_name": ads} if ads else None,
            "cross_channel_campaign": dict(zip(names, cross, strict=True)) if cross else None,
        }
    }


@pytest.mark.parametrize(
    ("given", "session", "collected"),
    [
        ({"session_traffic_source_last_click": LAST_CLICK}, ("news", "email", "winter"), (None,) * 3),
        ({"collected_traffic_source": MANUAL}, (None,) * 3, ("smaily", "email", "autumn")),
        ({"collected_traffic_source": {"gclid": "x"}}, (None,) * 3, ("google", "cpc", None)),
        (
            {"session_traffic_source_last_click": {"google_ads_campaign": {"campaign_name": "Brand"}}},
            ("google", "cpc", "Brand"),
            (None,) * 3,
        ),
        (
            {"session_traffic_source_last_click": {"cross_channel_campaign": {"source": "bing"}}},
            ("bing", None, None),
            (None,) * 3,
        ),
        # GA4's own figure counts, and "(not set)" is none.
        (last_click(manual=NOT_SET, ads="Brand", cross=("google", "cpc", "Brand")), BRAND, (None,) * 3),
        (
            last_click(manual=("google", "organic", None), ads="Brand", cross=("google", "cpc", "Brand")),
            BRAND,
            (None,) * 3,
        ),
        (last_click(manual=("google", "organic", None), ads="Brand"), BRAND, (None,) * 3),
        (last_click(manual=NOT_SET, ads="Brand"), BRAND, (None,) * 3),
        (
            last_click(manual=("news", "email", "winter"), ads="(not set)"),
            ("news", "email", "winter"),
            (None,) * 3,
        ),
        (
            last_click(manual=("news", "email", "winter"), cross=NOT_SET),
            ("news", "email", "winter"),
            (None,) * 3,
        ),
        (last_click(manual=NOT_SET, cross=NOT_SET), (None,) * 3, (None,) * 3),
        (
            {"collected_traffic_source": {"manual_source": "(not set)", "gclid": "x"}},
            (None,) * 3,
            ("google", "cpc", None),
        ),
        (
            {"collected_traffic_source": dict.fromkeys(MANUAL, "(data deleted)") | {"gclid": "x"}},
            (None,) * 3,
            ("google", "cpc", None),
        ),
        (last_click(manual=("<Other>",) * 3, ads="Brand"), BRAND, (None,) * 3),
        # Before 2023 there were parameters only.
        (
            {"parameters": {"source": "smaily", "medium": "email", "campaign": "old"}},
            (None,) * 3,
            ("smaily", "email", "old"),
        ),
        # The visitor's first source says nothing of a session.
        ({"traffic_source": {"source": "first", "medium": "cpc", "name": "x"}}, (None,) * 3, (None,) * 3),
        (
            {"session_traffic_source_last_click": "text", "collected_traffic_source": []},
            (None,) * 3,
            (None,) * 3,
        ),
    ],
)
def test_traffic_is_that_of_one_click(
    given: dict[str, Any], session: tuple[str | None, ...], collected: tuple[str | None, ...]
) -> None:
    found = flat(event(**given))
    parts = ("source", "medium", "campaign")
    assert tuple(found[f"session_{part}"] for part in parts) == session
    assert tuple(found[f"collected_{part}"] for part in parts) == collected


def test_the_content_is_of_the_click_that_counts() -> None:
    cross = {"source": "news", "medium": "email", "campaign_name": "winter"}
    clicks = [cross, cross | {"source": "bing"}]
    found = [
        flat(event(session_traffic_source_last_click=LAST_CLICK | {"cross_channel_campaign": click}))
        for click in clicks
    ]
    assert [each["session_content"] for each in found] == ["cta", None]


@pytest.mark.parametrize(
    ("name", "ecommerce", "parameters", "amount"),
    [
        ("purchase", {"purchase_revenue": 49.9}, {"currency": "eur"}, ("49.9", "EUR")),
        (
            "purchase",
            {"purchase_revenue": "49.9", "purchase_revenue_in_usd": 55.0},
            {"currency": "EUR"},
            ("49.9", "EUR"),
        ),
        ("purchase", {"purchase_revenue": 49.9, "purchase_revenue_in_usd": 55}, {}, ("55", "USD")),
        ("purchase", {"purchase_revenue": 49.9}, {}, ("49.9", None)),
        ("purchase", None, {"value": 12, "currency": "SEK"}, ("12", "SEK")),
        (
            "purchase",
            {"purchase_revenue": 10, "purchase_revenue_in_usd": 11.5},
            {"currency": "(data deleted)"},
            ("11.5", "USD"),
        ),
        # Loading leaves it out and counts it.
        ("purchase", {"purchase_revenue": "NaN"}, {"currency": "EUR"}, ("NaN", "EUR")),
        ("purchase", {"purchase_revenue": {"x": 1}}, {}, ("NaN", None)),
        ("purchase", {"purchase_revenue": "Infinity", "purchase_revenue_in_usd": 5}, {}, ("5", "USD")),
        ("purchase", {"purchase_revenue": 0}, {"currency": "EUR"}, ("0", "EUR")),
        ("refund", {"refund_value": 20.5, "purchase_revenue": 99}, {"currency": "EUR"}, ("20.5", "EUR")),
        ("refund", {}, {"value": 20.5, "currency": "EUR"}, ("20.5", "EUR")),
        ("generate_lead", {}, {"value": 20.5, "currency": "EUR"}, (None, None)),
    ],
)
def test_an_amount_has_its_currency(
    name: str, ecommerce: Any, parameters: dict[str, Any], amount: tuple[str | None, str | None]
) -> None:
    found = flat(event(event_name=name, ecommerce=ecommerce, parameters=parameters))
    assert (found["revenue"], found["currency"]) == amount


def test_a_text_of_an_engagement_time_is_a_number_and_anything_else_is_left_out() -> None:
    given = [({"engagement_time_msec": v}) for v in ("1500", 1500, 1500.0, "soon")]
    assert [flat(event(parameters=each))["engagement_milliseconds"] for each in given] == [
        "1500",
        "1500",
        "1500",
        None,
    ]


def test_copies_have_one_key_whatever_the_order_of_their_parameters() -> None:
    one = event(parameters={"link_url": "/a", "method": "x"}, batch_event_index=1)
    other = one | {"event_params": [*reversed(one["event_params"])]}
    keys = {flat(each)["event_key"] for each in (one, other)}
    assert len(keys) == 1
    different = [
        one | {"event_timestamp": one["event_timestamp"] + 1},
        one | {"event_name": "scroll"},
        one | {"user_pseudo_id": "1.3"},
        one | {"user_id": "u"},
        one | {"batch_event_index": 2},
        one | {"batch_page_id": 2},
        one | {"batch_ordering_id": 2},
        one | {"stream_id": "2"},
        one | {"event_params": one["event_params"][1:]},
        one | {"event_params": [*one["event_params"], parameter("new", 1)]},
        one | {"ecommerce": {"transaction_id": "T1"}},
        one | {"ecommerce": {"transaction_id": "T1", "purchase_revenue": 5.0}},
        one | {"ecommerce": {"transaction_id": "T1", "refund_value": 5.0}},
        one | {"ecommerce": {"transaction_id": "T1", "refund_value": 6.0}},
        one | {"items": [{"item_id": "A"}]},
        one | {"items": [{"item_id": "B"}]},
        one | {"items": [{"item_id": "B", "quantity": 2}]},
    ]
    assert len({flat(each)["event_key"] for each in different} - keys) == len(different)


def test_events_of_a_bundle_are_in_its_order() -> None:
    places = [(None, None, None), (5, 1, 0), (5, 1, 2), (5, 2, 0), (6, 1, 0)]
    names = ("batch_page_id", "batch_ordering_id", "batch_event_index")
    found = [flat(event(**dict(zip(names, place, strict=True))))["source_position"] for place in places]
    assert found[0] is None
    assert [int(place) for place in found[1:]] == sorted({int(place) for place in found[1:]})


def test_a_parameter_that_only_this_site_sends_is_a_property() -> None:
    found = flat(
        event(
            parameters={"loyalty_level": "gold", "page_title": "Home", "contact_key": "k"},
            items=[{"item_id": "S1", "price": 9.5, "quantity": 2, "item_params": []}],
            platform="ANDROID",
        )
    )
    assert found[PROPERTIES] == {
        "loyalty_level": "gold",
        "items": [{"item_id": "S1", "price": "9.5", "quantity": "2"}],
        "platform": "ANDROID",
    }
    assert found["contact_key"] == "k"
    assert flat(event())[PROPERTIES] is None


def test_an_amount_in_dollars_which_is_set_later_makes_no_other_event() -> None:
    tables = [{"purchase_revenue": 5, "purchase_revenue_in_usd": dollars} for dollars in (None, 5.5)]
    assert len({flat(event(ecommerce=each))["event_key"] for each in tables}) == 1


@pytest.mark.parametrize(
    "name",
    ["customer_name", "customer_phone", "phone", "Phone_Number", "first_name", "lastname", "mobile",
     "billing_address", "delivery_postcode", "birthday", "user_name", "tel"],
)  # fmt: skip
def test_what_identifies_a_person_is_no_property(name: str) -> None:
    assert flat(event(parameters={name: "Ann Tamm", "form_name": "order", "method": "tel"}))[PROPERTIES] == {
        "form_name": "order",
        "method": "tel",
    }


@pytest.mark.parametrize("name", ["form_name", "item_name", "telling", "mobile_app", "hotel", "email_role"])
def test_other_names_are_kept(name: str) -> None:
    assert flat(event(parameters={name: "x"}))[PROPERTIES] == {name: "x"}


@pytest.mark.parametrize("line", [b"", b"{", b"[1]", b"7", b"null", b'{"a":\xff"}', b"[" * 100_000])
def test_what_is_no_object_is_no_event(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        flattened(line)


@pytest.mark.parametrize("line", [b"{}", b"{ }", b'{ "a": 1 }'])
def test_an_event_without_known_fields_stays_whole(line: bytes) -> None:
    record = json.loads(flattened(line))
    assert {name: record[name] for name in json.loads(line)} == json.loads(line)

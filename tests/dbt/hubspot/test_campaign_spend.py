"""What HubSpot says was spent, as costs of its e-mails or of the campaign that it names."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import event
from tests.dbt.rows import Row

GUID = "3aed6cd1-d85f-4cef-a6bd-531f3f554061"
FIRST, SECOND = date(2026, 10, 1), date(2026, 10, 6)
EXTRACTED = date(2026, 11, 16)
Costs = list[tuple[Any, ...]]


def item(amount: Any, day: date | None = FIRST) -> dict[str, Any]:
    entered = round(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp() * 1000) if day else None
    return {"id": "1", "name": "Adverts", "amount": amount, "createdAt": entered, "order": 0}


def campaign(items: Sequence[Any] = (), total: Any = None, **values: Any) -> Row:
    return {
        "campaign_id": GUID,
        "campaign_name": "After the order",
        "campaign_slug": "after",
        "currency_code": "EUR",
        "email_ids": None,
        "spend_total": None if total is None else str(total),
        "spend_items": json.dumps(list(items), separators=(",", ":")),
        **values,
    }


def email(id_: str, sent: int | None, content: str | None = None, **values: Any) -> Row:
    return {"id": id_, "app_id": "1", "content_id": content or f"9{id_}", "sent_count": sent, **values}


def costs(project: CompiledProject, spend: list[Row], emails: Sequence[Row] = ()) -> Costs:
    project.build(
        {"hubspot__campaign_spend": spend, "hubspot__email_campaigns": list(emails)},
        "stg_hubspot__campaign_costs",
    )
    return project.rows(
        "select campaign, day, cost, currency from staging.stg_hubspot__campaign_costs order by all"
    )


def of(*rows: tuple[str, date, str]) -> Costs:
    return [(campaign, day, Decimal(cost), "EUR") for campaign, day, cost in rows]


@pytest.mark.parametrize(
    ("spend", "expected"),
    {
        "items by their days": (
            campaign([item(120), item(33.35, SECOND)], 153.35),
            of(("after", FIRST, "120"), ("after", SECOND, "33.35")),
        ),
        "items of one day": (campaign([item(0.1), item(0.2)], 0.3), of(("after", FIRST, "0.3"))),
        "amounts as text": (campaign([item("120.00")], "120"), of(("after", FIRST, "120"))),
        "no total": (campaign([item(7)]), of(("after", FIRST, "7"))),
        "items that do not add up": (
            campaign([item(120), item(30, SECOND)], 200),
            of(("after", SECOND, "200")),
        ),
        "a total alone": (campaign([], 80), of(("after", EXTRACTED, "80"))),
        "an item taken back": (
            campaign([item(120), item(-20, SECOND)], 100),
            of(("after", SECOND, "100")),
        ),
        "an item without a time": (campaign([item(5), item(6, None)], 11), of(("after", FIRST, "11"))),
        "more items than are read": (
            campaign([item(1)] * 101, 101),
            of(("after", FIRST, "101")),
        ),
        "nothing entered": (campaign([], 0), []),
        "nothing at all": (campaign(), []),
        "nothing but null": (campaign(spend_items=None), []),
        "it cost nothing": (campaign([item(0)], 0), of(("after", FIRST, "0"))),
        "a total below nothing": (campaign([item(-5)], -5), []),
        "a total that is none": (campaign([], "many"), []),
        "no utm_campaign": (
            campaign([item(7)], 7, campaign_slug=" "),
            of(("After the order", FIRST, "7")),
        ),
        "no name either": (
            campaign([item(7)], 7, campaign_slug=None, campaign_name=None),
            of((GUID, FIRST, "7")),
        ),
        "a campaign of another account": (
            campaign([item(7)], 7, _partition="LV/2026-11-16"),
            of(("after", FIRST, "7")),
        ),
    }.values(),
)
def test_what_was_spent_is_a_cost_of_its_day(compiled: CompiledProject, spend: Row, expected: Costs) -> None:
    assert costs(compiled, [spend]) == expected


@pytest.mark.parametrize(
    ("spend", "currency"),
    [
        (campaign([item(7)], 7, currency_code="sek"), "SEK"),
        (campaign([item(7)], 7, currency_code=None, campaign_currency="USD"), "USD"),
        (campaign([item(7)], 7, currency_code=None, home_currency="PLN"), "PLN"),
        (campaign([item(7)], 7, currency_code=None), "NO CURRENCY"),
    ],
)
def test_the_currency_is_the_answers_else_the_campaigns_else_the_portals(
    compiled: CompiledProject, spend: Row, currency: str
) -> None:
    assert [row[3] for row in costs(compiled, [spend])] == [currency]


@pytest.mark.parametrize(
    ("emails", "ids", "expected"),
    {
        "by what was sent": ([email("1", 300), email("2", 100)], "91,92", [("1", "75.0000"), ("2", "25")]),
        "parts that do not divide": (
            [email("1", 1), email("2", 1), email("3", 1)],
            "93,91,92",
            [("1", "33.3333"), ("2", "33.3334"), ("3", "33.3333")],
        ),
        "one that was never sent": ([email("1", 5), email("2", 0)], "91,92", [("1", "100"), ("2", "0")]),
        "one of unknown number": ([email("1", 5), email("2", None)], "91,92", [("1", "100"), ("2", "0")]),
        "none was sent": ([email("1", 0), email("2", None)], "91,92", [("1", "50"), ("2", "50")]),
        "one that is not listed": ([email("1", 5)], "91,99", [("1", "100")]),
        "ids that begin alike": ([email("1", 5), email("2", 5, "9")], "91", [("1", "100")]),
        "an e-mail pulled twice": (
            [email("1", 5, _extracted_at=datetime(2026, 11, 1)), email("1", 9), email("2", 1)],
            "91,92",
            [("1", "90"), ("2", "10")],
        ),
    }.values(),
)
def test_emails_share_what_was_spent(
    compiled: CompiledProject, emails: list[Row], ids: str, expected: list[tuple[str, str]]
) -> None:
    found = costs(compiled, [campaign([item(100)], 100, email_ids=ids)], emails)
    assert found == of(*((f"hubspot-{id_}", FIRST, cost) for id_, cost in expected))
    assert sum(row[2] for row in found) == 100


def test_parts_of_a_large_amount_add_up(compiled: CompiledProject) -> None:
    spend = campaign([item("999999999999.9999")], "999999999999.9999", email_ids="91,92")
    found = costs(compiled, [spend], [email("1", 2), email("2", 1)])
    assert sum(row[2] for row in found) == Decimal("999999999999.9999")


def test_emails_of_another_portal_bear_nothing(compiled: CompiledProject) -> None:
    spend = [
        campaign([item(100)], 100, email_ids="91"),
        campaign([item(10)], 10, email_ids="91", _partition="LV/2026-11-16"),
    ]
    emails = [email("1", 5), email("1", 5, _partition="LV/2026-11-16")]
    assert costs(compiled, spend, emails) == of(("hubspot-1", FIRST, "100"), ("hubspot-LV/1", FIRST, "10"))


def test_the_latest_answer_counts(compiled: CompiledProject) -> None:
    spend = [campaign([item(7)], 7, _extracted_at=datetime(2026, 11, 1)), campaign([item(9)], 9)]
    assert costs(compiled, spend) == of(("after", FIRST, "9"))


def sums(project: CompiledProject, spend: list[Row], emails: list[Row], **raw: list[Row]) -> dict[str, Any]:
    """By campaign, with the first and the last day; 5 USD were 4 EUR until 10 November."""
    rates = [
        {"rate_date": day, "base_currency": "EUR", "currency": "USD", "rate": rate}
        for day, rate in ((FIRST, 1.25), (date(2026, 11, 10), 2.0))
    ]
    project.build(
        {
            "hubspot__campaign_spend": spend,
            "hubspot__email_campaigns": emails,
            "raw._exchange_rates": rates,
            **raw,
        },
        "int_campaign_costs",
    )
    rows = project.rows("select campaign_key, cost, first_day, last_day from intermediate.int_campaign_costs")
    return {row[0]: row[1:] for row in rows}


def booked(day: date, amount: str) -> Row:
    return {"campaign": "hubspot-2", "day": day, "cost": Decimal(amount), "currency": "EUR"}


def test_only_what_a_file_books_ahead_of_the_last_event_is_not_spent_yet(compiled: CompiledProject) -> None:
    spend = [
        campaign([], 80, email_ids="91", currency_code="USD"),
        campaign(
            [item(7), item(3, EXTRACTED)], 10, campaign_id="b", campaign_slug=None, campaign_name="Three"
        ),
    ]
    found = sums(
        compiled,
        spend,
        [email("1", 5), email("2", 5), email("3", 5, name="Three")],
        hubspot__email_events=[event("1", 0, "SENT"), event("2", 5, "OPEN")],  # on the second day
        **{"raw._campaign_costs": [booked(SECOND, "1"), booked(EXTRACTED, "20")]},
    )
    assert found == {
        "hubspot-1": (Decimal(64), SECOND, SECOND),
        "hubspot-2": (Decimal(1), SECOND, SECOND),
        "hubspot-3": (Decimal(10), FIRST, SECOND),
    }


def test_without_events_only_what_a_vendor_says_is_spent(compiled: CompiledProject) -> None:
    file = {"raw._campaign_costs": [booked(FIRST, "20")]}
    found = sums(compiled, [campaign([], 80, email_ids="91")], [email("1", 5), email("2", 5)], **file)
    assert found == {"hubspot-1": (Decimal(80), EXTRACTED, EXTRACTED)}


def test_a_campaign_is_found_by_its_name_where_its_utm_campaign_is_unknown(compiled: CompiledProject) -> None:
    spend = [
        campaign([item(amount)], amount, campaign_id=str(amount), campaign_slug=slug, campaign_name=name)
        for amount, slug, name in (
            (1, "hs-spring", "Spring sale"),
            (2, "hs-spring", "Autumn sale"),
            (4, "hs-spring", "SPRING SALE"),
            (8, "spring-sale", "Autumn sale"),
            (16, None, "Autumn sale"),
            (32, "hs-fair", "Fair"),
            (64, "hs-fair", None),
        )
    ]
    found = sums(compiled, spend, [email("1", 5, name="Spring sale"), email("2", 5, name="Autumn sale")])
    assert {key: row[0] for key, row in found.items()} == {
        "hubspot-1": Decimal(1 + 4 + 8),
        "hubspot-2": Decimal(2 + 16),
        "(unknown campaign)": Decimal(32 + 64),
    }

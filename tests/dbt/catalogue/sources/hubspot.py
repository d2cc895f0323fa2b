"""Cases of HubSpot: events of e-mails, e-mails that contacts wrote, and deals."""

import json
from collections.abc import Sequence
from datetime import datetime
from zlib import crc32

from tests.dbt.catalogue.cases import Case, address, instants
from tests.dbt.harness import Warehouse
from tests.dbt.rows import Row, raw_key


def insert(warehouse: Warehouse, cases: Sequence[Case]) -> None:
    numbered = [(case, number, at) for case in cases for number, at in enumerate(instants(case))]
    deals = [each for each in numbered if each[0]["event_name"] == "deal_won"]
    replies = [each for each in numbered if each[0]["event_name"] == "reply"]
    warehouse.insert("hubspot__contacts", [_contact(case) for case, number, _ in deals if not number])
    warehouse.insert("hubspot__deals", [_deal(*each) for each in deals])
    warehouse.insert("hubspot__incoming_emails", [_reply(*each) for each in replies])
    warehouse.insert(
        "hubspot__email_events", [_event(*each) for each in numbered if each not in (*deals, *replies)]
    )


def _event(case: Case, number: int, at: datetime) -> Row:
    is_left = case["event_name"] == "UNSUBSCRIBED"
    return {
        "id": f"{case['rule_id']}-{number}",
        "created": round(at.timestamp() * 1000),
        "type": "STATUSCHANGE" if is_left else case["event_name"],
        "portal_subscription_status": "UNSUBSCRIBED" if is_left else None,
        "contact_key": raw_key(address(case)),
        "campaign_id": "901",
        "is_filtered": "false",
        "user_agent": "Thunderbird/128.0",
        "ip_address": "203.0.113.7",
        "url": f"https://shop.example.com{case['path']}" if case["path"] else None,
        "bounce_status": json.loads(case["properties"] or "{}").get("smtp_code"),
    }


def _contact(case: Case) -> Row:
    id_ = _id(case)
    return {"id": id_, "updated_at": "2026-10-01T00:00:00Z", "contact_key": raw_key(address(case))}


def _deal(case: Case, number: int, at: datetime) -> Row:
    return {
        "id": f"{_id(case)}{number}",
        "updated_at": at.isoformat(),
        "contact_id": _id(case),
        "contacts": 1,
        "amount": case["revenue"],
        "deal_currency_code": "EUR",
        "closedate": at.isoformat(),
        "hs_is_closed_won": "true",
    }


def _reply(case: Case, number: int, at: datetime) -> Row:
    return {
        "id": f"{_id(case)}{number}",
        "hs_timestamp": at.isoformat(),
        "contact_key": raw_key(address(case)),
        "hs_email_subject": "Re: News",
    }


def _id(case: Case) -> str:
    return str(crc32(case["rule_id"].encode()))

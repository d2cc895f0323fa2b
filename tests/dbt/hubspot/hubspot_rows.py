"""HubSpot's raw records from the few values that a test cares about."""

from datetime import datetime, timedelta
from typing import Any

from tests.dbt.rows import Row, raw_key

START = datetime.fromisoformat("2026-10-06T08:00:00+00:00")
ANN, BOB, CID = (f"{name}@crm.example" for name in ("ann", "bob", "cid"))
READER = {"user_agent": "Thunderbird/128.0", "ip_address": "203.0.113.7"}


def stamp(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def contact(id_: int, address: str | None, **values: Any) -> Row:
    return {
        "id": str(id_),
        "updated_at": stamp(0),
        "createdate": stamp(0),
        "contact_key": raw_key(address) if address else None,
        "lifecycle_history": f'[{{"value": "lead", "timestamp": "{stamp(1)}"}}]',
        **values,
    }


def deal(id_: int, contact_id: int, minutes: float = 0, **values: Any) -> Row:
    """A deal won, of 100 EUR."""
    return {
        "id": str(id_),
        "updated_at": stamp(minutes),
        "contact_id": str(contact_id),
        "contacts": 1,
        "amount": "100.00",
        "deal_currency_code": "EUR",
        "closedate": stamp(minutes),
        "dealstage": "closedwon",
        "hs_is_closed_won": "true",
        **values,
    }


def event(id_: str, minutes: float, type_: str, address: str = ANN, **values: Any) -> Row:
    return {
        "id": id_,
        "created": round((START + timedelta(minutes=minutes)).timestamp() * 1000),
        "type": type_,
        "contact_key": raw_key(address),
        "campaign_id": "901",
        "subject": "Spring news" if type_ == "SENT" else None,
        **values,
    }


def reply(id_: int, minutes: float, subject: str, address: str = ANN) -> Row:
    return {
        "id": str(id_),
        "hs_timestamp": stamp(minutes),
        "contact_key": raw_key(address),
        "hs_email_subject": subject,
    }


def change(minutes: float, address: str, *changes: str) -> Row:
    return {
        "timestamp": round((START + timedelta(minutes=minutes)).timestamp() * 1000),
        "contact_key": raw_key(address),
        "changes": "[" + ", ".join(changes) + "]",
    }

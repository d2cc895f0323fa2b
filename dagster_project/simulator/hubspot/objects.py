"""The CRM's objects as they are at an instant, with the history of their stages."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dagster_project.simulator.hubspot.account import ORDER_ID_PROPERTY

Record = dict[str, Any]
History = list[tuple[str, datetime]]


def contact(row: Mapping[str, Any], now: datetime) -> Record:
    history: History = [("subscriber", row["created_at"])]
    unsubscribed = row["unsubscribed_at"] is not None and row["unsubscribed_at"] <= now
    modified = max(row["created_at"], row["unsubscribed_at"]) if unsubscribed else row["created_at"]
    properties = {
        "email": row["email"],
        "lifecyclestage": "subscriber",
        "hs_email_optout": "true" if unsubscribed else None,
        "hs_country_region_code": row["country"],
        "hs_merged_object_ids": row["merged_ids"],
    }
    return record(
        row["id"], row["created_at"], modified, properties, {"lifecyclestage": history}, "lastmodifieddate"
    )


def deal(row: Mapping[str, Any], now: datetime) -> Record:
    history: History = [("appointmentscheduled", row["created_at"]), ("contractsent", row["offered_at"])]
    if row["outcome"] in ("closedwon", "closedlost"):
        history.append((row["outcome"], row["closes_at"]))
    history = [(stage, at) for stage, at in history if at <= now]
    stage, modified = history[-1]
    is_won = stage == "closedwon"
    properties = {
        "amount": f"{row['amount']:.2f}",
        "deal_currency_code": "EUR",
        "closedate": _text(row["closes_at"]),
        "dealstage": stage,
        "pipeline": "default",
        "hs_is_closed_won": "true" if is_won else "false",
        ORDER_ID_PROPERTY: row["transaction_id"] if is_won else None,
    }
    made = record(
        row["id"], row["created_at"], modified, properties, {"dealstage": history}, "hs_lastmodifieddate"
    )
    deleted_at = row["offered_at"] + timedelta(days=1)
    if row["outcome"] == "deleted" and deleted_at <= now:
        made |= {"archived": True, "archivedAt": _text(deleted_at)}
    return made | {"_contacts": [row["contact_id"]]}


def reply(row: Mapping[str, Any]) -> Record:
    properties = {
        "hs_timestamp": _text(row["written_at"]),
        "hs_email_direction": "INCOMING_EMAIL",
        "hs_email_from_email": row["email"],
        "hs_email_subject": row["subject"],
    }
    return record(row["id"], row["written_at"], row["written_at"], properties, {}, "hs_lastmodifieddate")


def record(
    id_: int,
    created: datetime,
    modified: datetime,
    properties: dict[str, str | None],
    histories: Mapping[str, History],
    modified_property: str,
) -> Record:
    every = {
        **properties,
        "createdate": _text(created),
        modified_property: _text(modified),
        "hs_object_id": str(id_),
    }
    shown = {
        name: [
            {"value": value, "timestamp": _text(at), "sourceType": "INTEGRATION"}
            for value, at in reversed(history)
        ]
        for name, history in histories.items()
    }
    return {
        "id": str(id_),
        "properties": every,
        "_histories": shown,
        "createdAt": _text(created),
        "updatedAt": _text(modified),
        "archived": False,
    }


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Raw rows of GA4's BigQuery export, as its connector flattens them."""

import json
from typing import Any

from tests.dbt.rows import SITE, TALLINN, Row, instant, key

_PARAMETERS = ("link_url", "file_name", "video_title", "method", "form_id")


def exported(at: str, event_name: str, page: str = "/", client: str | None = None, **values: Any) -> Row:
    """One event; `values` are those of `Hit`, or columns of the raw table."""
    time = instant(at)
    day = time.astimezone(TALLINN).date().isoformat()
    row: Row = {
        "property_id": "123456",
        "table_kind": "daily",
        "occurred_at": time.astimezone(tz=instant("2026-01-01T00:00:00Z").tzinfo).replace(tzinfo=None),
        "event_name": event_name,
        "event_key": "/".join([at, event_name, page, client or "", json.dumps(values, sort_keys=True)]),
        "client_id": client,
        "ga_session_id": values.get("session", f"{client}-{day}") if client else None,
        "page_location": SITE + page,
        "session_source": values.get("source", "(direct)"),
        "session_medium": values.get("medium", "(none)"),
        "session_campaign": values.get("campaign", "(direct)"),
        "device_category": "desktop",
        "country": "Estonia",
        "_partition": day,
    }
    if "address" in values:
        row["contact_key"] = key(values["address"])
    if "engagement" in values:
        row["engagement_milliseconds"] = values["engagement"] * 1000
    if "order" in values or "revenue" in values:
        row |= {"transaction_id": values.get("order"), "revenue": values.get("revenue"), "currency": "EUR"}
    given = {name: values[name] for name in _PARAMETERS if name in values}
    if given:
        row["properties"] = json.dumps(given)
    columns = set(values) - {"source", "medium", "campaign", "session", "address", "engagement", "order"}
    return row | {name: values[name] for name in columns - {"revenue", *_PARAMETERS}}

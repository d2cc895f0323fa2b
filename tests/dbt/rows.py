"""Raw rows as the sources declare them, from the few values a test cares about."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

TALLINN = ZoneInfo("Europe/Tallinn")
SITE = "https://shop.example.com"
Row = dict[str, Any]


def key(address: str) -> str:
    """The contact key of an address."""
    return raw_key(address).hex()


def raw_key(address: str) -> bytes:
    """The same as a raw table holds it."""
    return sha256(address.strip().lower().encode()).digest()


def instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset."""
    return datetime.fromisoformat(text)


def campaign(number: int, name: str, tags: list[str] | None = None) -> Row:
    return {
        "id": str(number),
        "name": name,
        "tags": tags or [],
        "created_at": "2026-10-01 10:00:00",
        "completed_at": "0000-00-00 00:00:00",
        "status": "COMPLETED",
    }


def action(
    seq_id: int, local_time: str, address: str, action: str, campaign: Row | None = None, value: str = ""
) -> Row:
    """An entry of the action log; `local_time` is Europe/Tallinn wall-clock time."""
    return {
        "seq_id": seq_id,
        "contact_key": raw_key(address),
        "time": local_time,
        "campaign_id": campaign["id"] if campaign else None,
        "campaign_name": campaign["name"] if campaign else None,
        "action": action,
        "value": value,
    }


def link(path: str, role: str = "cta", slug: str = "autumn") -> str:
    """A tracked link of an e-mail."""
    return f"{SITE}{path}?utm_source=smaily&utm_medium=email&utm_campaign={slug}&utm_content={role}"


class Hit:
    """One hit of the web tag, as the three reports of the web analytics give it."""

    def __init__(
        self, at: str, event_name: str, page: str = "/", client: str | None = None, **values: Any
    ) -> None:
        self.at = instant(at)
        self.event_name, self.page, self.client, self.values = event_name, page, client, values

    def _key(self) -> Row:
        if self.client is None:
            return {"client_id": "(not set)", "session_id": "(not set)", "hit_ts": "(not set)"}
        milliseconds = str(round(self.at.timestamp() * 1000))
        return {
            "client_id": self.client,
            "session_id": self.values.get("session", f"{self.client}-{self.at.date()}"),
            "hit_ts": milliseconds,
        }

    @property
    def event(self) -> Row:
        return self._key() | {
            "date_hour_minute": self.at.astimezone(TALLINN).strftime("%Y%m%d%H%M"),
            "event_name": self.event_name,
            "contact_key": key(self.values["address"]) if "address" in self.values else "(not set)",
            "page": self.page,
            "device_category": "desktop",
            "country": "Estonia",
            "event_count": self.values.get("count", 1),
            "engagement_seconds": self.values.get("engagement", 0.0),
            "property_time_zone": "Europe/Tallinn",
            "currency": "EUR",
        }

    @property
    def attributes(self) -> Row:
        count = self.values.get("count", 1)
        return self._key() | {
            "event_name": self.event_name,
            "session_source": self.values.get("source", "(direct)"),
            "session_medium": self.values.get("medium", "(none)"),
            "session_campaign": self.values.get("campaign", "(direct)"),
            "session_content": "(not set)",
            "transaction_id": self.values.get("order", "(not set)"),
            "event_count": count,
            "purchase_revenue": self.values.get("revenue", 0.0),
            "currency": "EUR",
        }

    @property
    def parameters(self) -> Row | None:
        names = ("link_url", "file_name", "video_title", "method", "form_id")
        given = {name: self.values[name] for name in names if name in self.values}
        if not given:
            return None
        blank = dict.fromkeys(names, "(not set)")
        return self._key() | {"event_name": self.event_name, "event_count": 1} | blank | given


def file_row(name: str, at: datetime, person: str, **values: Any) -> Row:
    """A row of an event file, by default with the person's address."""
    return {
        "event_name": name,
        "occurred_at": at,
        "contact_key": key(f"{person}@shops.ee"),
        "_is_repeated": False,
        "_ordinal": 1,
        **values,
    }

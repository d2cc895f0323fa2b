"""A hand-made world, small enough to count: one month that includes the end of daylight-saving time."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from dagster_project.simulator.world import World, WorldConfig
from dagster_project.simulator.world.schema import SCHEMAS, table

CONFIG = WorldConfig(
    persons=20, days=31, end_date=date(2026, 10, 31)
)  # the current time is 2026-11-01 04:00 UTC
SHOP = "https://shop.example.com"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _table(name: str, rows: Iterable[dict[str, Any]]) -> Any:
    listed = list(rows)
    return table(name, {field.name: [row.get(field.name) for row in listed] for field in SCHEMAS[name]})


def _person(number: int, login: str, subscribed: str | None, **more: Any) -> dict[str, Any]:
    return {
        "person_id": number,
        "email": f"{login}@example.com",
        "name": login,
        "country": "EE",
        "time_zone": "Europe/Tallinn",
        "created_at": instant("2026-09-01T09:00"),
        "subscribed_at": subscribed and instant(subscribed),
        **more,
    }


PERSONS = [
    _person(1, "ann", "2026-09-01T10:00"),
    _person(5, "ben", "2026-10-02T10:00", name='Ben "B" Õun'),  # every twelfth person has no country
    _person(3, "cat", "2026-12-01T10:00"),  # subscribes in the future
    _person(4, "dan", None),
]


def _campaign(
    number: int, kind: str, completed: str | None, created: str = "2026-10-01T06:00"
) -> dict[str, Any]:
    return {
        "campaign_id": number,
        "name": f"Sending {number}",
        "slug": f"sending-{number}",
        "kind": kind,
        "tags": ["newsletter"] if number % 2 else ["promotion"],
        "created_at": instant(created),
        "completed_at": completed and instant(completed),
        "status": "ACTIVE" if kind == "flow" else "COMPLETED",
        "trigger_type": "subscribed" if kind == "flow" else None,
    }


CAMPAIGNS = [
    _campaign(101, "flow", None),
    _campaign(102, "campaign", "2026-10-05T08:00"),
    _campaign(103, "campaign", "2026-10-20T21:30", "2026-10-02T06:00"),  # completed on the 21st in Tallinn
    _campaign(104, "ab_test", "2026-10-22T08:00", "2026-10-03T06:00"),
    _campaign(105, "campaign", "2026-11-05T08:00", "2026-10-04T06:00"),  # being sent
    _campaign(107, "campaign", "2026-12-05T08:00", "2026-12-01T06:00"),  # not created yet
]


def _section(campaign: int, number: int, position: int, variant: str | None) -> dict[str, Any]:
    return {
        "campaign_id": campaign,
        "section_id": number,
        "position": position,
        "variant": variant,
        "subject": f"Subject {number}",
        "template_id": 1000 + number,
        "template_name": f"Template {number}",
        "campaign_name": f"Sending {campaign}" + (f" ({variant})" if variant else ""),
    }


SECTIONS = [
    *(_section(number, number + 400, 0, None) for number in (101, 102, 103, 105, 107)),
    _section(104, 504, 0, "A"),
    _section(104, 505, 1, "B"),
]
_NAMES = {section["section_id"]: (section["campaign_id"], section["campaign_name"]) for section in SECTIONS}


def _act(seq_id: int, at: str, who: str, action: str, section: int | None = None, value: str | None = None):
    campaign_id, campaign_name = _NAMES.get(section, (None, None))
    return {
        "seq_id": seq_id,
        "at": instant(at),
        "email": f"{who}@example.com",
        "campaign_id": campaign_id,
        "section_id": section,
        "campaign_name": campaign_name,
        "action": action,
        "value": value,
    }


ACTIONS = [
    _act(1, "2026-09-20T10:00", "ann", "create"),  # more than 30 days ago
    _act(10, "2026-10-20T07:00", "ann", "send", 503),
    _act(11, "2026-10-20T07:00", "ben", "send", 503),
    _act(13, "2026-10-20T08:00", "ann", "view", 503, "iOS Mail; 203.0.113.7; EE"),
    _act(14, "2026-10-20T08:01", "ben", "bounce", 503, "550"),
    _act(15, "2026-10-22T07:00", "ann", "send", 504),
    _act(16, "2026-10-22T07:00", "ben", "send", 505),
    _act(18, "2026-10-25T00:30", "ann", "click", 503, f"{SHOP}/p?utm_content=cta"),  # 03:30 summer time
    _act(19, "2026-10-25T01:30", "ann", "click", 503, f"{SHOP}/p?utm_content=cta"),  # 03:30 winter time
    _act(21, "2026-10-26T09:00", "ann", "optout", 503),
    _act(30, "2026-11-02T09:00", "ben", "send", 505),  # in the future
]


def _hit(number: int, at: str, event: str, **more: Any) -> dict[str, Any]:
    return {
        "event_no": number,
        "at": instant(at),
        "client_id": "c1",
        "ga_session_id": "s1",
        "event_name": event,
        "page": "/p?utm_campaign=sending-103",
        "device_category": "mobile",
        "country": "EE",
        "session_source": "smaily",
        "session_medium": "email",
        "session_campaign": "sending-103",
        "duplicate_count": 1,
        "visible_at": instant(at),
        **more,
    }


HITS = [
    # 00:30 on the 25th in Tallinn
    _hit(1, "2026-10-24T21:30:00.123", "page_view", contact_key="k1", engagement_ms=1500),
    _hit(2, "2026-10-25T00:30:00", "scroll", duplicate_count=2),
    _hit(3, "2026-10-25T01:30:00", "purchase", revenue=49.9, transaction_id="T1", duplicate_count=2),
    _hit(4, "2026-10-25T12:00:00", "page_view", client_id=None, ga_session_id=None, page="/"),
    _hit(5, "2026-10-25T12:30:00", "file_download", file_name="guide.pdf", link_url=f"{SHOP}/guide.pdf"),
    _hit(6, "2026-10-31T09:00:00", "page_view", client_id="c2", provisional_campaign="(direct)",
         settled_at=instant("2026-11-02T00:00"), ga_session_id="s2"),
    _hit(7, "2026-10-31T10:00:00", "page_view", client_id="c2", ga_session_id="s2",
         visible_at=instant("2026-11-02T00:00")),
]  # fmt: skip


def _link(id_: str, created: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "long_url": f"{SHOP}/{id_[-2:]}?utm_medium=email",
        "title": f"Link {id_}",
        "tags": ["autumn"],
        "created_at": instant(created),
        "archived": False,
        "custom_bitlinks": [],
        "is_deleted": False,
        **more,
    }


LINKS = [
    _link("bit.ly/aa", "2026-10-10T10:00", custom_bitlinks=["go.example.com/autumn"]),
    _link("bit.ly/bb", "2026-10-11T10:00", archived=True, tags=["winter"]),
    _link("bit.ly/cc", "2026-10-12T10:00", is_deleted=True),
    _link("bit.ly/dd", "2026-10-13T10:00"),
    _link("bit.ly/ee", "2026-12-13T10:00"),  # not created yet
]


def _click(id_: str, at: str, **more: Any) -> dict[str, Any]:
    row = {"country": "EE", "referrer": "direct", "device_type": "Mobile", "city": "Tallinn"}
    return {"id": id_, "at": instant(at), **row, **more}


CLICKS = [
    _click("bit.ly/aa", "2026-10-10T12:00"),
    _click("bit.ly/aa", "2026-10-10T23:59:59", country="FI", city=None, referrer="http://t.co/"),
    _click("bit.ly/aa", "2026-10-12T00:00", referrer="Instagram", device_type="Desktop"),
    _click("bit.ly/aa", "2026-11-01T05:00"),  # in the future
    _click("go.example.com/autumn", "2026-10-11T12:00"),
]


def hand_made_world() -> World:
    """The world of the tables above; the others are empty."""
    rows: dict[str, list[dict[str, Any]]] = {
        "persons": PERSONS,
        "lists": [{"list_id": 1, "name": "All subscribers"}, {"list_id": 2, "name": "Customers"}],
        "list_members": [{"list_id": 1, "email": person["email"]} for person in PERSONS[:3]]
        + [{"list_id": 2, "email": "ann@example.com"}],
        "campaigns": CAMPAIGNS,
        "sections": SECTIONS,
        "email_actions": ACTIONS,
        "forwards": [{"campaign_id": 103, "forward_count": 2}],
        "web_events": HITS,
        "bitlinks": LINKS,
        "bitlink_clicks": CLICKS,
    }
    return World(CONFIG, {name: _table(name, rows.get(name, [])) for name in SCHEMAS})

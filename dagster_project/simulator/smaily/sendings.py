"""Campaigns, A/B tests and automations as Smaily lists them, as of an instant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from dagster_project.simulator.database import HOME_TIME_ZONE, Database
from dagster_project.simulator.smaily.responses import NO_DATE

_ZONE: Final = ZoneInfo(HOME_TIME_ZONE)
_DELETED_EVERY: Final = 6  # the template of every sixth campaign has been deleted


@dataclass(frozen=True)
class Sending:
    """One campaign, A/B test or automation of the world, with its sections."""

    fields: dict[str, Any]
    sections: list[dict[str, Any]]

    @property
    def id(self) -> int:
        return int(self.fields["campaign_id"])

    def status(self, now: datetime) -> str:
        completed = self.fields["completed_at"]
        return "PENDING" if completed and completed > now else str(self.fields["status"])


class Sendings:
    """All sendings, oldest first."""

    def __init__(self, database: Database) -> None:
        sections: dict[int, list[dict[str, Any]]] = {}
        for section in database.rows("from sections order by campaign_id, position"):
            sections.setdefault(section["campaign_id"], []).append(section)
        rows = database.rows("from campaigns order by created_at, campaign_id")
        self._all = [Sending(row, sections.get(row["campaign_id"], [])) for row in rows]

    def of_kind(self, kind: str, now: datetime) -> Iterator[Sending]:
        """The sendings created by `now`."""
        return (s for s in self._all if s.fields["kind"] == kind and s.fields["created_at"] <= now)

    def find(self, kind: str, id_: str, now: datetime) -> Sending | None:
        return next((s for s in self.of_kind(kind, now) if str(s.id) == id_), None)


def format_id(value: int | None, ids: str) -> int | str | None:
    return str(value) if ids == "text" and value is not None else value


def ids_of(kind: str, ids: str) -> str:
    """The type of a kind's ids: Airbyte's declarations, which were taken from an account, mix them."""
    if ids != "mixed":
        return ids
    return "text" if kind in ("list", "campaign", "flow") else "number"


def local_time(instant: datetime | None) -> str | None:
    """Tallinn local time without offset."""
    return instant.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S") if instant else None


def template(section: dict[str, Any], ids: str) -> dict[str, Any] | str:
    """The e-mail's template, or the word DELETED once it is deleted."""
    if section["campaign_id"] % _DELETED_EVERY == 0:
        return "DELETED"
    return {
        "id": format_id(section["template_id"], ids),
        "name": section["template_name"],
        "preview_url": f"https://simulator.sendsmaily.net/preview/{section['template_id']}",
    }


def campaign(sending: Sending, now: datetime, ids: str) -> dict[str, Any]:
    """A row of `campaign.php`."""
    ids = ids_of("campaign", ids)
    fields = _fields(sending, now, ids)
    return {
        "id": fields.pop("id"),
        "name": fields.pop("name"),
        "template": template(sending.sections[0], ids),
        **fields,
    }


def split_test(sending: Sending, now: datetime, ids: str) -> dict[str, Any]:
    """A row of `split.php`."""
    ids = ids_of("ab_test", ids)
    fields = _fields(sending, now, ids)
    sections = [
        {
            "id": format_id(section["section_id"], ids),
            "subject": section["subject"],
            "template": template(section, ids),
        }
        for section in sending.sections
    ]
    return {"id": fields.pop("id"), "name": fields.pop("name"), "sections": sections, **fields}


def automation(sending: Sending, now: datetime, ids: str) -> dict[str, Any]:
    """A row of `autoresponder.php`, whose sections have their subject under `name`."""
    sections = [
        {
            "id": format_id(section["section_id"], ids_of("section", ids)),
            "name": section["subject"],
            "template": template(section, ids_of("section", ids)),
        }
        for section in sending.sections
    ]
    ids = ids_of("flow", ids)
    created = local_time(sending.fields["created_at"])
    return {
        "id": format_id(sending.id, ids),
        "name": sending.fields["name"],
        "status": sending.status(now),
        "created_at": created,
        "activated_at": created,
        "tags": sending.fields["tags"],
        "sections": sections,
    }


def workflow(sending: Sending, ids: str) -> dict[str, Any]:
    """A row of `workflows.php`."""
    ids = ids_of("flow", ids)
    return {
        "id": format_id(sending.id, ids),
        "trigger_type": sending.fields["trigger_type"],
        "title": sending.fields["name"],
        "is_enabled": "1" if ids == "text" else True,
    }


def _fields(sending: Sending, now: datetime, ids: str) -> dict[str, Any]:
    completed = sending.fields["completed_at"]
    return {
        "id": format_id(sending.id, ids),
        "name": sending.fields["name"],
        "tags": sending.fields["tags"],
        "created_at": local_time(sending.fields["created_at"]),
        "completed_at": local_time(completed) if completed and completed <= now else NO_DATE,
        "status": sending.status(now),
    }

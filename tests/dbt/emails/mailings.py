"""Mailings, flows and what their recipients did, as an action log and the lists around it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, action, campaign, link, raw_key

START = datetime(2026, 10, 6, 8, tzinfo=UTC)  # a Tuesday, 11:00 in Tallinn
NEWS, OFFER = campaign(1, "News", ["newsletter"]), campaign(2, "Offer", ["promotion"])
ABROAD, OTHER = campaign(5, "Abroad", ["newsletter"]), campaign(6, "Other", ["promotion"])
WELCOME = {"id": "3", "name": "Welcome 1", "tags": ["welcome"], "status": "ACTIVE"}
WELCOME_TWO = {"id": "4", "name": "Welcome 2", "tags": ["welcome"], "status": "ACTIVE"}


class Log:
    """An action log in its order, and the lists that name its campaigns."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, days: float, who: str, name: str, mailing: Row | None = None, value: str = "") -> "Log":
        at = (START + timedelta(days=days, hours=3)).strftime("%Y-%m-%d %H:%M:%S")
        self.rows.append(action(len(self.rows) + 1, at, f"{who}@mail.ee", name, mailing, value))
        return self

    def sent(self, days: float, mailing: Row, *who: str) -> "Log":
        for each in who:
            self.add(days, each, "send", mailing)
        return self


def contact(who: str, zone: str | None = "Europe/Tallinn") -> Row:
    return {"list_id": "1", "contact_key": raw_key(f"{who}@mail.ee"), "timezone": zone}


def build(
    project: CompiledProject, log: Log, *models: str, zones: dict[str, str | None] | None = None, **raw: Any
) -> None:
    """The log, ended by a click a month later, so that all windows are over."""
    last = Log()
    last.rows = [*log.rows]
    last.sent(40, NEWS, "last").add(41, "last", "click", NEWS, link("/last"))
    tables = {
        "smaily__actions": last.rows,
        "smaily__campaigns": [NEWS, OFFER, ABROAD, OTHER],
        "smaily__automations": [WELCOME, WELCOME_TWO],
        "smaily__contacts": [contact(who, zone) for who, zone in (zones or {}).items()],
    }
    project.build(tables | raw, *models)


def cost(name: str, amount: str, currency: str = "EUR", day: date = date(2026, 10, 7)) -> Row:
    return {"campaign": name, "day": day, "cost": Decimal(amount), "currency": currency}

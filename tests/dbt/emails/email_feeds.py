"""E-mail events of two feeds, and what becomes of their opens."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.feeds import OpenRules
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key

START = datetime.fromisoformat("2026-10-06T08:00:00+00:00")
FEEDS = [Feed(name, f"{name}/*.csv", "csv", "UTC", {"occurred_at": "t"}) for name in ("mail", "other")]


def event(
    name: str, who: str, minutes: float = 0, mailing: str = "news", feed: str = "mail", **properties: Any
) -> tuple[str, Row]:
    """An e-mail event of a feed; `properties` are what the file has besides. A click has a link."""
    link = properties.pop("link", "https://shop.example.com/a" if name == "click" else None)
    return feed, {
        "event_name": name,
        "occurred_at": START + timedelta(minutes=minutes),
        "contact_key": key(f"{who}@mail.ee"),
        "campaign": mailing,
        "url": link,
        "properties": json.dumps(properties) if properties else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": f"{feed}.csv",
        "_partition": f"{feed}.csv",
    }


def sent(*who: str, mailing: str = "news", feed: str = "mail", minutes: float = 0) -> list[tuple[str, Row]]:
    return [event("send", each, minutes, mailing, feed) for each in who]


# Both feeds reach far enough for every open to be counted.
LAST = [event("unsubscribe", "nobody", 60 * 24 * 40, "none", feed) for feed in ("mail", "other")]


def build(
    project: CompiledProject,
    *events: tuple[str, Row],
    rules: OpenRules | None = None,
    goals: Sequence[str] = (),
    **raw: Any,
) -> None:
    tables: dict[str, list[Row]] = {name: list(rows) for name, rows in raw.items()}
    for feed, row in (*events, *LAST):
        tables.setdefault(f"event_files__{feed}", []).append(row)
    settings = rules.settings if rules else ()
    tables["raw._feed_settings"] = [
        {"feed": "mail", "setting": name, "value": value} for name, value in settings
    ]
    project.build(tables, "rpt_open_rates", "rpt_completion_rates", *goals)


def observability(project: CompiledProject, mailing: str = "news") -> dict[str, tuple[str, str | None]]:
    """Of each recipient."""
    names = {key(f"{who}@mail.ee"): who for who in ("ann", "bob", "cid", "dot", "eve", "fay")}
    rows = project.rows(
        "select identifier, opens_observable, opens_observable_reason from marts.fct_email_sends"
        " inner join intermediate.int_person_identifiers using (person_key)"
        f" where identifier_kind = 'contact_key' and campaign_key = 'event_files-{mailing}'"
    )
    return {names[contact]: (observable, reason) for contact, observable, reason in rows}


def reasons(project: CompiledProject, mailing: str = "news") -> dict[tuple[str, str | None], int]:
    """Recipients by whether their opens can be observed and why not."""
    rows = project.rows(
        "select opens_observable, opens_observable_reason, count(*) from marts.fct_email_sends"
        f" where campaign_key = 'event_files-{mailing}' group by all"
    )
    return {(observable, reason): recipients for observable, reason, recipients in rows}


def rates(project: CompiledProject, columns: str, mailing: str = "news") -> tuple[Any, ...]:
    [row] = project.rows(
        f"select {columns} from marts.rpt_open_rates"
        f" where slice_type = 'campaign' and slice_value = 'event_files-{mailing}'"
    )
    return row

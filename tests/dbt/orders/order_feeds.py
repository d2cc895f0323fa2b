"""Orders as three feeds report them, and what the marts make of them."""

from datetime import datetime, timedelta
from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key

FEEDS = ("shop", "crm", "till")
START = datetime.fromisoformat("2026-10-06T08:00:00+00:00")


def report(feed: str, minutes: float = 0, name: str = "purchase", **values: Any) -> tuple[str, Row]:
    """A row of a feed, by default a purchase; `email` gives its contact."""
    email = values.pop("email", None)
    return feed, {
        "event_name": name,
        "occurred_at": START + timedelta(minutes=minutes),
        "contact_key": key(email) if email else None,
        "currency": "EUR",
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": f"{feed}.csv",
        "_partition": f"{feed}.csv",
        **values,
    }


def conversions(project: CompiledProject, *reports: tuple[str, Row], columns: str, **raw: Any) -> list[Any]:
    tables: dict[str, list[Row]] = {name: list(rows) for name, rows in raw.items()}
    for feed, row in reports:
        tables.setdefault(f"event_files__{feed}", []).append(row)
    project.build(tables, "dim_persons")
    return project.rows(f"select {columns} from marts.fct_macro_conversions order by all")


def settings(*rows: tuple[str, str, str]) -> dict[str, list[Row]]:
    return {"raw._feed_settings": [dict(zip(("feed", "setting", "value"), row, strict=True)) for row in rows]}

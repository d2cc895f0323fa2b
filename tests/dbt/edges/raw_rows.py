"""Raw rows of one person, e-mail and feed, and whose an identifier is."""

from datetime import datetime, timedelta
from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, action, campaign, key

LETTER = campaign(1, "Autumn", ["newsletter"])
START = datetime(2026, 10, 6, 10)
ANN = "ann@example.com"


def log(*entries: tuple[Any, ...]) -> list[Row]:
    """Entries of the action log: seconds after the start (Tallinn's clock), address, action, more."""
    return [
        action(number, str(START + timedelta(seconds=seconds)), address, name, LETTER, *value)
        for number, (seconds, address, name, *value) in enumerate(entries, 1)
    ]


def web(*hits: Hit) -> dict[str, list[Row]]:
    return {
        "google_analytics__events": [hit.event for hit in hits],
        "google_analytics__event_attributes": [hit.attributes for hit in hits],
        "google_analytics__event_parameters": [row for hit in hits if (row := hit.parameters)],
    }


def person(project: CompiledProject, identifier: str) -> Any:
    """None where the identifier has no event of its own."""
    value = key(identifier) if "@" in identifier else identifier
    found = project.rows(
        f"select person_key from intermediate.int_person_identifiers where identifier = '{value}'"
    )
    return found[0][0] if found else None


def order(**values: Any) -> Row:
    """A row of the feed's files."""
    return {
        "event_name": "order",
        "user_id": "crm-1",
        "occurred_at": datetime.fromisoformat("2026-10-05T08:00:00+00:00"),
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": values.get("_partition", "a.csv"),
        **values,
    }

"""Made-up rows of one feed and what identity makes of them."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import PROJECT
from tests.dbt.rows import Row, key

FEED = Feed("web", "web/*.csv", "csv", "UTC", {"occurred_at": "t"})
START = datetime.fromisoformat("2026-10-06T08:00:00+00:00")
PLACEHOLDERS = [
    row["placeholder"]
    for row in csv.DictReader((PROJECT / "seeds/identity/placeholder_ids.csv").open(encoding="utf-8"))
]
# What identifies no one, and what only looks like a merge tag.
WRITTEN = ["undefined", "NULL", " None ", "N/A", "(not set)", "0", "-", "Anonymous", "[object Object]"]
TAGS = [
    *("{{user.id}}", " {{ USER.ID | default: 1 }}", "{{{id}}}", "{% raw %}", "${user.id}", "$!{id}", "#{id}"),
    *("*|UNIQID|*", "%%email%%", "[[UserId]]", "[[ a b ]]", "<%= id %>", "%7B%7Bid%7D%7D", "{{a\nb}}"),
    *("{user_id}", "[User ID]", "<id>", "%recipient.id%"),
]
IDS = ["{3F2504E0-4F89}", "$5", "*a*", "50%", "%41%", "[1]", "u{{", "a|b", "<a1@b.ee>", "x[id]"]
LOST = ["1.76E+09", "1E+12", "1,79e+12"]


@dataclass(frozen=True)
class Said:
    """An event of the feed by what it says of persons; `days` after the start."""

    name: str = "page_view"
    mail: str | None = None
    user: str | None = None
    client: str | None = None
    days: float = 0
    order: str | None = None
    contact_key: str | None = None
    campaign: str | None = None
    medium: str | None = None

    @property
    def row(self) -> Row:
        return {
            "event_name": self.name,
            "occurred_at": START + timedelta(days=self.days),
            "contact_key": key(self.mail) if self.mail else self.contact_key,
            "user_id": self.user,
            "client_id": self.client,
            "order_id": self.order,
            "campaign": self.campaign,
            "medium": self.medium,
            "revenue": 10.0 if self.order else None,
            "_is_repeated": False,
            "_ordinal": 1,
            "_landed_file": "a.csv",
            "_partition": "a.csv",
        }


def rows_of(said: Sequence[Said]) -> dict[str, list[Row]]:
    """As raw rows; the number of each is its address on the site."""
    return {"event_files__web": [{**each.row, "url": f"/{n}"} for n, each in enumerate(said)]}


def events_of(project: CompiledProject, said: Sequence[Said], *models: str) -> list[int | None]:
    """The person of each event, numbered by first appearance; None where it has no person."""
    project.build(rows_of(said), "int_event_persons", *models)
    found = dict(
        project.rows(
            "select url[2:]::int, person_key from intermediate.int_events"
            " left join intermediate.int_event_persons using (event_id)"
        )
    )
    numbers: dict[int, int] = {}
    return [
        None if found[n] is None else numbers.setdefault(found[n], len(numbers)) for n in range(len(said))
    ]


def persons_of(project: CompiledProject) -> list[tuple[int, int, int]]:
    """Persons by their number of addresses, accounts and devices."""
    counts = ", ".join(
        f"count(*) filter (where identifier_kind = '{kind}')"
        for kind in ("contact_key", "user_id", "client_id")
    )
    return project.rows(
        f"select {counts} from intermediate.int_person_identifiers group by person_key order by all"
    )

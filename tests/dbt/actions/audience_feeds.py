"""Persons who filled a cart, as rows of a feed, and the audiences made of them."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from dagster_project.publishing.audiences.export import Exported, export_audience
from dagster_project.publishing.audiences.importers import IMPORTERS
from dagster_project.settings import Settings
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key

START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")
EXPORTED_AT = datetime(2026, 6, 10, 8, tzinfo=UTC)
CART, BUY = "add_to_cart", "purchase"
NAMES = (
    "event_name", "occurred_at", "contact_key", "client_id", "order_id", "revenue", "currency",
    "marketing_consent", "analytics_consent", "user_id", "properties", "campaign", "url",
)  # fmt: skip
GRANTED = {"marketing_consent": "granted"}
MODELS = ("dim_audiences", "rpt_experiments")


def act(days: float, name: str, email: str | None, **values: Any) -> Row:
    if name == BUY:
        values = {"order_id": f"{email} {days}", "revenue": 100.0, "currency": "EUR"} | values
    return {
        "event_name": name,
        "occurred_at": START + timedelta(days=days),
        "contact_key": key(email) if email else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "site.csv",
        **values,
    }


class Audiences:
    """The project on rows of a feed, with the addresses of all persons but those named as unknown."""

    def __init__(self, project: CompiledProject, home: Path) -> None:
        self.project, self.settings = project, Settings(home, EXPORTED_AT)

    def build(
        self, rows: list[Row], emails: list[str], ends_after: float = 9, contacts: Sequence[Row] = ()
    ) -> None:
        rows = [*rows, act(ends_after, BUY, "last@shop.example")]
        table = pa.Table.from_pylist([dict.fromkeys(NAMES) | row for row in rows])
        with self.project.connect() as connection:
            kept = connection.execute("from raw._audience_assignments").fetchall()
        columns = ("audience_id", "contact_key", "arm", "share", "assigned_at")
        raw = {
            "event_files__site": table,
            "smaily__contacts": contacts,
            "pii.contacts": [{"contact_key": key(email), "email": email} for email in emails],
            "raw._audience_assignments": [dict(zip(columns, row, strict=True)) for row in kept],
        }
        self.project.build(raw, *MODELS)

    def reasons(self, audience: str = "segment.abandoned_cart") -> dict[Any, int]:
        found = self.project.rows(
            "select left_out_because, count(*) from marts.fct_audience_members"
            f" where audience_id = '{audience}' group by all"
        )
        return dict(found)

    def export(
        self,
        audience: str = "segment.abandoned_cart",
        importer: str = "klaviyo",
        days_later: float = 0,
        **options: bool,
    ) -> Exported:
        settings = Settings(self.settings.home, EXPORTED_AT + timedelta(days=days_later))
        with self.project.connect() as connection:
            return export_audience(connection, settings, audience, IMPORTERS[importer], **options)

    def exported(self, **options: Any) -> set[str]:
        with self.export(**options).path.open(encoding="utf-8", newline="") as file:
            return {row["Email"] for row in csv.DictReader(file)}


def abandoned(email: str, **values: Any) -> Row:
    return act(0, CART, email, **values)

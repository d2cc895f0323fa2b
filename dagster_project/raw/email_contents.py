"""What e-mails say, from a file with the columns of seed email_contents: the API does not give it."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import duckdb

from dagster_project.raw.csv_table import CsvTable, load_csv_table
from dagster_project.raw.small_files import FileRows, InPlace, Refused
from dagster_project.sources.core.redaction import without_addresses

COLUMNS = (
    "campaign_id",
    "variant",
    "preview_text",
    "cta_count",
    "cta_wording",
    "cta_landing_pages",
    "is_personalised",
)
FLAGS = {"": None, "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
MOST_CALLS = 1000


class Content(NamedTuple):
    """What is known of one e-mail variant; None for what is not."""

    campaign_id: str
    variant: str | None
    preview_text: str | None
    cta_count: int | None
    cta_wording: str | None
    cta_landing_pages: int | None
    is_personalised: bool | None


def load_email_contents(
    connection: duckdb.DuckDBPyConnection, environment: Mapping[str, str], now: datetime | None = None
) -> None:
    """Bring `raw._email_contents` up to the file that `MILEPOST_EMAIL_CONTENTS` names; empty without it.

    Raises ConfigurationError when the file does not exist, cannot be read or lacks a column.
    """
    load_csv_table(connection, EMAIL_CONTENTS, environment, now)


def _checked(rows: FileRows, _: datetime) -> tuple[list[Content], list[Refused]]:
    kept: list[tuple[str, Content]] = []
    refused: list[Refused] = []
    for record, row in rows:
        found = _content(row)
        if isinstance(found, str):
            refused.append(Refused(record, found))
        else:
            kept.append((record, found))
    last = {(content.campaign_id, content.variant): content for _record, content in kept}
    for record, content in kept:
        if last[content.campaign_id, content.variant] != content:
            refused.append(Refused(record, "a later row is of the same e-mail"))
    return list(last.values()), refused


def _content(row: dict[str, str]) -> Content | str:
    """The content that a row describes, or why it describes none."""
    if not row.get("campaign_id"):
        return "campaign_id is empty"
    counts: list[int | None] = []
    for name in ("cta_count", "cta_landing_pages"):
        text = row.get(name, "")
        if text and not (text.isascii() and text.isdigit() and int(text) <= MOST_CALLS):
            return f"{name} is not a whole number"
        counts.append(int(text) if text else None)
    flag = row.get("is_personalised", "").lower()
    if flag not in FLAGS:
        return "is_personalised is neither true nor false"
    texts = [without_addresses(row.get(name, "")) or None for name in ("preview_text", "cta_wording")]
    return Content(
        row["campaign_id"], row.get("variant") or None, texts[0], counts[0], texts[1], counts[1], FLAGS[flag]
    )


EMAIL_CONTENTS = CsvTable(
    variable="MILEPOST_EMAIL_CONTENTS",
    source=InPlace.EMAIL_CONTENTS,
    table="raw._email_contents",
    columns=COLUMNS,
    required=("campaign_id",),
    numbers=(),
    check=_checked,
)

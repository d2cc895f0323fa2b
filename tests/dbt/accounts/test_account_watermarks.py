"""Until when sources of several accounts are known: each account has a watermark of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from tests.dbt.accounts.test_watermarks import load, sources
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, action, campaign

SPRING = campaign(103, "Spring")
HIT = Hit("2026-09-30T10:00:00Z", "page_view", "/", "phone")
MODELS = ("rpt_source_watermarks",)
NOTHING_RETIRED = "cast(null as string) as source,\n        cast(null as date) as retired_on"


def mails(*last: tuple[str, str]) -> dict[str, list[Row]]:
    """An e-mail of each account, by account and when its log was last read."""
    days = [(account, read, read[:10]) for account, read in last]
    return {
        "smaily__campaigns": [SPRING],
        "smaily__actions": [
            {
                **action(1, f"{day} 01:00:00", "ann@shop.example", "send", SPRING),
                "_partition": f"{account}/{day}" if account else day,
                "_extracted_at": datetime.fromisoformat(read),
            }
            for account, read, day in days
        ],
        "raw._loads": [
            load(f"smaily__{account}" if account else "smaily", "actions", day, read)
            for account, read, day in days
        ],
    }


def properties(*last: tuple[str, str, str, str]) -> dict[str, list[Row]]:
    """A hit of each property, by account, property, time zone and its last day, read when that was over."""
    partitions = [
        (f"{account}/{day}" if account else day, property_, zone) for account, property_, zone, day in last
    ]
    provenance = [
        {"property_id": property_, "property_time_zone": zone, "_partition": partition}
        for partition, property_, zone in partitions
    ]
    return {
        "google_analytics__events": [{**HIT.event, **row} for row in provenance],
        "google_analytics__event_attributes": [],
        "google_analytics__daily_totals": [
            {"day": "2026-09-30", "event_count": 1, **row} for row in provenance
        ],
        "raw._loads": [
            load(
                f"google_analytics__{account}" if account else "google_analytics",
                "events",
                day,
                "2026-11-16T04:00:00+00:00",
            )
            for account, _, _, day in last
        ],
    }


@contextmanager
def retired(compiled: CompiledProject, **days: str) -> Iterator[None]:
    """With variable `retired_sources`, whose rows are in the compiled text."""
    before = compiled.sql["int_source_watermarks"]
    assert NOTHING_RETIRED in before
    rows = [f"'{source}' as source, date '{day}' as retired_on" for source, day in days.items()]
    declared = " union all select ".join(rows or [NOTHING_RETIRED])
    compiled.sql["int_source_watermarks"] = before.replace(NOTHING_RETIRED, declared)
    try:
        yield
    finally:
        compiled.sql["int_source_watermarks"] = before


OUT, NOW = "2026-08-20T04:00:00+00:00", "2026-11-16T04:00:00+00:00"
KNOWN_NOW, KNOWN_OUT = datetime(2026, 11, 16, 4), datetime(2026, 8, 20, 4)
LINE = "dbt_project.yml, retired_sources: add smaily{}: 2026-08-21 if no more is read of it"


@pytest.mark.parametrize(
    ("tables", "days", "expected"),
    [
        # One account: as it was before there were several.
        (mails(("", OUT), ), {}, (KNOWN_OUT, "extraction", False, False, None)),
        (mails(("", NOW), ("LV", NOW)), {}, (KNOWN_NOW, "extraction", False, False, None)),
        (mails(("", NOW), ("LV", OUT)), {}, (KNOWN_OUT, "extraction", True, False, LINE.format("__LV"))),
        (mails(("", OUT), ("LV", NOW)), {}, (KNOWN_OUT, "extraction", True, False, LINE.format(""))),
        (
            mails(("", NOW), ("LV", OUT)),
            {"smaily__LV": "2026-08-21"},
            (KNOWN_NOW, "extraction", False, False, None),
        ),
        (
            mails(("", OUT), ("LV", NOW)),
            {"smaily": "2026-08-21"},
            (KNOWN_NOW, "extraction", False, False, None),
        ),
        (
            mails(("", NOW), ("LV", OUT)),
            {"smaily": "2026-11-16", "smaily__LV": "2026-08-21"},
            (datetime(2026, 11, 16), "retired_on", False, True, None),
        ),
    ],
)  # fmt: skip
def test_a_source_is_known_until_its_earliest_account(
    compiled: CompiledProject, tables: dict[str, list[Row]], days: dict[str, str], expected: tuple[Any, ...]
) -> None:
    with retired(compiled, **days):
        compiled.build(tables, *MODELS)
    columns = "watermark_at, watermark_basis, is_silent, is_retired, line_to_add"
    assert sources(compiled, columns) == {"smaily": expected}


@pytest.mark.parametrize("name", ["google_analytics__LV", "google_analytics__200"])
def test_a_silent_property_is_named_and_may_be_retired(compiled: CompiledProject, name: str) -> None:
    tables = properties(
        ("", "100", "Europe/Tallinn", "2026-11-15"), ("LV", "200", "America/New_York", "2026-09-30")
    )
    columns = "watermark_at, is_silent, is_retired, line_to_add"
    until = datetime(2026, 10, 1, 4)  # midnight in New York
    line = "dbt_project.yml, retired_sources: add google_analytics__LV: 2026-10-02 if no more is read of it"
    compiled.build(tables, *MODELS)
    assert sources(compiled, columns) == {
        "google_analytics": (until, True, False, line),
        "200": (until, True, False, line),
    }
    with retired(compiled, **{name: "2026-10-01"}):
        compiled.build(tables, *MODELS)
    assert sources(compiled, columns) == {
        "google_analytics": (datetime(2026, 11, 15, 22), False, False, None),
        "200": (datetime(2026, 10, 1), False, True, None),
    }

"""A property whose events come from its BigQuery export: the Data API gives totals only."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.google_analytics import SOURCE
from dagster_project.sources.google_analytics.client import is_exported
from tests.sources.google_analytics.property import DAY, Property, extract, reports, rows

HITS = ("events", "event_attributes", "event_parameters")
TODAY = DAY + timedelta(days=2)
OTHER = "analytics_999/events_20261101.json"


def configured(environment: dict[str, str]) -> bool:
    given = {"GA4_PROPERTY_ID": "123456", "GOOGLE_APPLICATION_CREDENTIALS": "key.json"}
    configuration = SOURCE.configure(given | environment)
    assert configuration is not None
    return is_exported(configuration)


@pytest.mark.parametrize(
    ("files", "folders", "exported"),
    [
        ((), "", False),
        ((), "ga4", True),
        (("ga4/events_20261101.json",), "ga4", True),
        (("ga4/analytics_123456/events_20261101.json",), "ga4", True),
        ((f"ga4/{OTHER}",), "ga4", False),
        ((f"ga4/{OTHER}", "ga4/analytics_123456/events_20261101.json"), "ga4", True),
        ((OTHER,), "analytics_999", False),
        (("analytics_2026/ga4/events_20261101.json",), "analytics_2026/ga4", True),
    ],
)  # fmt: skip
def test_a_folder_is_of_the_properties_whose_tables_it_has(
    tmp_path: Path, files: tuple[str, ...], folders: str, exported: bool
) -> None:
    for name in (*files, *([f"{folders}/notes.txt"] if folders else [])):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}\n")
    assert configured({"GA4_EXPORT_FOLDER": str(tmp_path / folders) if folders else " "}) is exported


@pytest.mark.parametrize(
    ("datasets", "exported"),
    [
        ("p.analytics_123456", True),
        ("p.analytics_1234567", False),
        ("p.analytics_999, p.analytics_123456", True),
        ("p.copy", True),
    ],
)
def test_a_data_set_is_of_the_property_in_its_name(datasets: str, exported: bool) -> None:
    assert configured({"GA4_EXPORT_DATASETS": datasets}) is exported


@pytest.fixture
def exported(
    vendor: Any, waits: list[float], google_key: Callable[[str], Path], ga4: Property, tmp_path: Path
) -> Iterator[Any]:
    ga4.rows = rows(1)
    (tmp_path / "events_20261101.json").touch()
    configuration = SOURCE.configure(
        {
            "GA4_PROPERTY_ID": "123456",
            "GOOGLE_APPLICATION_CREDENTIALS": str(google_key(vendor.base_url)),
            "GA4_BASE_URL": f"{vendor.base_url}/v1beta",
            "GA4_EXPORT_FOLDER": str(tmp_path),
        }
    )
    with SOURCE.connect(configuration, lambda: None, waits.append) as opened:
        yield opened


def test_no_custom_dimension_is_needed(exported: Any, client: Any, ga4: Property) -> None:
    ga4.dimensions = []
    SOURCE.verify(exported)
    with pytest.raises(ConfigurationError, match="lacks custom dimensions"):
        SOURCE.verify(client)


def test_a_day_costs_one_report(exported: Any, vendor: Any) -> None:
    for stream in HITS:
        assert [len(page.records) for page in extract(exported, stream)] == []
    (page,) = extract(exported, "daily_totals")
    assert len(page.records) == 1
    assert [request.json["dimensions"] for request in reports(vendor)] == [[]]


@pytest.mark.parametrize("stream", HITS)
def test_days_go_on_from_those_that_have_landed(exported: Any, client: Any, stream: str) -> None:
    """So that a source with a history is known until today, and what has landed of it stays."""
    due = SOURCE.stream(stream).due
    assert due is not None
    start = date(2026, 8, 1)
    landed = {DAY.isoformat(): {}, (DAY - timedelta(days=9)).isoformat(): {}}
    assert list(due(exported, landed, start, TODAY) or ()) == [DAY + timedelta(days=1), TODAY]
    assert list(due(exported, {}, start, TODAY) or ()) == []
    assert due(client, landed, start, TODAY) is None
    assert SOURCE.stream("daily_totals").due is None

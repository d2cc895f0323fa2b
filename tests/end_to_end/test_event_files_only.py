"""No account at all, only files: the vendors are left out and said so, and every table is still there."""

from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.definitions import definitions
from dagster_project.reports.page.result import PAGE_NAME
from dagster_project.sources.registry import SOURCES
from tests.installation import Installation, failures, materialization
from tests.reports.page_checking import assert_sound

FEEDS = """
feeds:
  - name: shop
    path: shop/*.csv
    format: csv
    timezone: Europe/Tallinn
    columns:
      occurred_at: time
      event_name: event
      email: address
      revenue: amount
      currency: currency
      order_id: order
"""
EVENTS = """time,event,address,amount,currency,order
2026-11-01 10:00:00,page_view,Ann@example.com,,,
2026-11-01 10:05:00,purchase,ann@example.com,49.90,EUR,A-1
2026-11-02 09:00:00,page_view,bob@example.com,,,
2026-11-02 09:00:00,page_view,bob@example.com,,,
2026-11-02 09:01:00,Purchase,bob@example.com,40,EUR,A-2
"""


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "november.csv").write_text(EVENTS, encoding="utf-8")
    feeds = tmp_path / "event_files.yml"
    feeds.write_text(FEEDS, encoding="utf-8")
    environment = {"MILEPOST_EVENT_FILES": str(feeds), "MILEPOST_NOW": "2026-11-16T04:00:00Z"}
    return Installation(tmp_path / "home", environment)


def test_files_alone_reach_the_published_tables(installation: Installation) -> None:
    result = installation.run()
    assert failures(result) == {}
    assert result.success
    assert materialization(result, "event_files/shop")["files_new"] == 1
    rows = installation.read("select event_name, revenue from marts.fct_events order by occurred_at")
    # Equal rows of one file are as many events.
    assert rows == [
        ("page_view", None),
        ("purchase", Decimal("49.9")),
        ("page_view", None),
        ("page_view", None),
        ("Purchase", 40),
    ]
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    unmatched = checks["every_event_with_revenue_is_matched"]
    assert not unmatched.passed
    assert "No rule matches shop: Purchase (1 events, 40.00)." in str(unmatched.description)
    assert checks["files_fit_the_path"].passed
    assert installation.read("select count(*) from marts.dim_persons") == [(2,)]
    assert installation.read("select count(*) from marts.fct_link_clicks_daily") == [(0,)]
    page = installation.published.with_name(PAGE_NAME)
    assert_sound(page.read_text(encoding="utf-8"), installation.published)
    made = materialization(result, "published/report")
    assert (made["bytes"], made["path"]) == (page.stat().st_size, str(page))
    assert made["figures"] > 5
    lines = [entry.user_message for entry in installation.instance.all_logs(result.run_id)]
    for source in SOURCES:
        assert any(line.startswith(f"{source.title} is left out:") for line in lines), source.title


def test_sources_without_credentials_are_not_in_the_job(installation: Installation) -> None:
    with installation.entered():
        loaded = definitions()
        job = loaded.resolve_job_def("refresh")
        selected = {key.path[0] for key in job.asset_layer.executable_asset_keys}
        every = {key.path[0] for key in loaded.resolve_asset_graph().get_all_asset_keys()}
    titles = ", ".join(source.title for source in SOURCES)
    assert f"Left out, because not configured: {titles}." in str(job.description)
    assert {"event_files", "marts", "published"} <= selected
    assert not selected & {source.name for source in SOURCES}
    assert every >= {source.name for source in SOURCES}, "they are still shown"


def test_a_source_set_by_halves_fails_and_names_what_is_missing(installation: Installation) -> None:
    result = installation.run("smaily/actions", changes={"SMAILY_SUBDOMAIN": "acme"})
    assert failures(result) == {
        "smaily/actions": "Smaily is partially configured; set SMAILY_USERNAME and SMAILY_PASSWORD too."
    }


def test_a_feed_that_is_not_right_stops_the_run_with_a_sentence(installation: Installation) -> None:
    Path(installation.environment["MILEPOST_EVENT_FILES"]).write_text(
        "feeds: [{name: shop}]", encoding="utf-8"
    )
    result = installation.run()
    assert not result.success
    assert "event_files.yml, feed shop: field path must be" in failures(result)["dbt_models"]
    assert not installation.published.exists()


def test_the_sensor_starts_a_run_when_a_file_arrives_and_only_then(installation: Installation) -> None:
    with installation.entered():
        sensor = _sensor()
        first = sensor.evaluate_tick(dg.build_sensor_context(instance=installation.instance))
        assert first.run_requests is not None
        assert len(first.run_requests) == 1
        context = dg.build_sensor_context(instance=installation.instance, cursor=first.cursor)
        assert not sensor.evaluate_tick(context).run_requests
        folder = Path(installation.environment["MILEPOST_EVENT_FILES"]).parent / "shop"
        (folder / "december.csv").write_text(EVENTS, encoding="utf-8")
        context = dg.build_sensor_context(instance=installation.instance, cursor=first.cursor)
        assert len(sensor.evaluate_tick(context).run_requests or []) == 1


def _sensor() -> dg.SensorDefinition:
    sensors = definitions().sensors or []
    [sensor] = [s for s in sensors if isinstance(s, dg.SensorDefinition) and s.name == "event_files"]
    return sensor

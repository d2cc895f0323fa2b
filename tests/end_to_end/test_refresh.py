"""The whole way, once: from the vendors' APIs on a socket to the file that readers open."""

import subprocess
import sys
from datetime import date, timedelta

import dagster as dg

from dagster_project.sources.registry import SOURCES, source
from tests.end_to_end.conftest import DAYS, Refreshed
from tests.installation import failures, materialization
from tests.simulator_fixture import RunningSimulator


def test_a_refresh_publishes_what_every_source_gave(refreshed: Refreshed) -> None:
    assert failures(refreshed.result) == {}
    assert refreshed.result.success
    sources = refreshed.installation.read("select distinct source from marts.fct_events order by all")
    assert {("google_analytics",), ("smaily",)} <= set(sources)
    [(sessions, journeys, paths, link_days)] = refreshed.installation.read(
        "select (select count(*) from marts.fct_sessions), (select count(*) from marts.fct_journeys),"
        " (select count(*) from marts.rpt_micro_conversion_paths),"
        " (select count(*) from marts.fct_link_clicks_daily)"
    )
    assert min(sessions, journeys, paths, link_days) > 0


def test_every_logged_action_is_published_once(refreshed: Refreshed) -> None:
    [(landed,)] = refreshed.installation.read_warehouse("select count(*) from raw.smaily__actions")
    [(published, ids)] = refreshed.installation.read(
        "select count(*), count(distinct event_id) from marts.fct_events where source = 'smaily'"
    )
    assert landed > 1_000
    assert published == ids == landed


def test_every_stream_counts_its_records_at_every_stop(refreshed: Refreshed) -> None:
    checks = {
        check.asset_key.to_user_string(): check
        for check in refreshed.result.get_asset_check_evaluations()
        if check.check_name == "fetched_landed_and_loaded_agree"
    }
    configured = [source for source in SOURCES if source.configure(refreshed.installation.environment)]
    assert set(checks) == {
        f"{source.name}/{stream.name}" for source in configured for stream in source.streams
    }
    assert all(check.passed for check in checks.values())
    assert checks["smaily/actions"].metadata["fetched"].value > 1_000


def test_the_figures_equal_the_vendors_own_totals(refreshed: Refreshed) -> None:
    checks = {check.check_name: check for check in refreshed.result.get_asset_check_evaluations()}
    for name in (
        "sends_equal_smaily_campaign_totals",
        "events_equal_google_analytics_daily_totals",
        "clicks_do_not_exceed_bitly_totals",
        "nothing_happens_after_it_was_read",
    ):
        assert checks[name].passed, (name, checks[name].description, checks[name].metadata)
    assert checks["events_equal_google_analytics_daily_totals"].metadata["n"].value >= DAYS
    assert checks["sends_equal_smaily_campaign_totals"].metadata["n"].value > 0


def test_days_are_recorded_as_partitions(refreshed: Refreshed) -> None:
    first = date.fromisoformat(refreshed.simulator.environment["MILEPOST_START_DATE"])
    days = {(first + timedelta(days=offset)).isoformat() for offset in range(DAYS + 1)}
    instance = refreshed.installation.instance
    assert instance.get_materialized_partitions(dg.AssetKey(["google_analytics", "events"])) == days
    assert instance.get_materialized_partitions(dg.AssetKey(["bitly", "link_clicks"])) == days


def test_models_tell_their_rows_and_columns(refreshed: Refreshed) -> None:
    metadata = materialization(refreshed.result, "marts/fct_sessions")
    [(rows,)] = refreshed.installation.read("select count(*) from marts.fct_sessions")
    assert metadata["dagster/row_count"] == rows
    assert "session_id" in {column.name for column in metadata["dagster/column_schema"].columns}


def test_no_secret_reaches_the_history_or_the_landing_zone(refreshed: Refreshed) -> None:
    environment = refreshed.simulator.environment
    secrets = (environment["SMAILY_PASSWORD"], environment["BITLY_ACCESS_TOKEN"])
    history = "".join(
        str(entry) for entry in refreshed.installation.instance.all_logs(refreshed.result.run_id)
    )
    files = [file for file in refreshed.installation.home.rglob("*.json") if file.is_file()]
    assert files
    for text in (history, *(file.read_text(encoding="utf-8") for file in files)):
        assert not any(secret in text for secret in secrets)


def test_a_later_run_of_one_stream_asks_only_for_days_that_may_be_restated(refreshed: Refreshed) -> None:
    result = refreshed.installation.run("google_analytics/events")
    assert result.success
    metadata = materialization(result, "google_analytics/events")
    assert metadata["partitions_pulled"] == 4
    assert metadata["partitions_changed"] == 0


def test_a_cursor_stream_resumes_where_it_stopped(refreshed: Refreshed) -> None:
    result = refreshed.installation.run("smaily/actions")
    assert result.success
    assert materialization(result, "smaily/actions")["records_fetched"] == 0


def test_a_reader_keeps_its_snapshot_while_a_new_state_is_published(refreshed: Refreshed) -> None:
    script = (
        "import duckdb, sys\nc = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for _ in sys.stdin:\n"
        "    print(c.execute('select count(*) from marts.fct_events').fetchone()[0], flush=True)"
    )
    command = [sys.executable, "-c", script, str(refreshed.installation.published)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None

        def count() -> int:
            reader.stdin.write("count\n")
            reader.stdin.flush()
            return int(reader.stdout.readline())

        before = count()
        inode = refreshed.installation.published.stat().st_ino
        assert refreshed.installation.run("published/milepost").success
        assert refreshed.installation.published.stat().st_ino != inode
        assert count() == before
        reader.stdin.close()


def test_a_wrong_password_makes_red_assets_and_leaves_the_publication(
    refreshed: Refreshed, simulator: RunningSimulator
) -> None:
    before = refreshed.installation.published.read_bytes()
    asked = smaily_requests(simulator)
    result = refreshed.installation.run(changes={"SMAILY_PASSWORD": "not-the-password"})
    assert not result.success
    smaily = {f"smaily/{stream.name}" for stream in source("smaily").streams}
    found = failures(result)
    assert set(found) == smaily
    assert set(found.values()) == {found["smaily/actions"]}
    assert found["smaily/actions"].startswith("Smaily refused the credentials (401). Check SMAILY_USERNAME")
    assert "not-the-password" not in "".join(
        str(e) for e in refreshed.installation.instance.all_logs(result.run_id)
    )
    started = {
        event.step_key for event in result.all_events if event.event_type is dg.DagsterEventType.STEP_START
    }
    assert not {"dbt_models", "published__milepost"} & started
    assert refreshed.installation.published.read_bytes() == before
    assert smaily_requests(simulator) - asked == 1, (
        "a source that refused is not asked again by its other streams"
    )


def smaily_requests(simulator: RunningSimulator) -> int:
    return sum(number for path, number in simulator.state()["requests"].items() if "/smaily" in path)


def test_nothing_is_published_alone_while_a_check_stands_failed(refreshed: Refreshed) -> None:
    before = refreshed.installation.published.read_bytes()
    key = dg.AssetKey(["marts", "fct_events"])
    instance = refreshed.installation.instance
    for passed, expected in ((False, False), (True, True)):
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key, check_name="nothing_happens_after_it_was_read", passed=passed
            )
        )
        result = refreshed.installation.run("published/milepost")
        assert result.success is expected
        if not expected:
            assert (
                "marts/fct_events: nothing_happens_after_it_was_read"
                in failures(result)["published/milepost"]
            )
            assert refreshed.installation.published.read_bytes() == before

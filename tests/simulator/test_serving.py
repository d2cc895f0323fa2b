"""The command line, and a complete world read through the vendors' APIs: no record is lost or added."""

import json
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
import requests
from google.auth.transport.requests import Request

from dagster_project.simulator.bitly.links import GROUP
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import WorldConfig, make_world
from tests.simulator.google_credentials import READ_ONLY, local_credentials
from tests.simulator_fixture import run_simulator, serve_in_thread

CONFIG = WorldConfig(persons=400, days=20)


@pytest.fixture(scope="module")
def world():
    return make_world(CONFIG)


@pytest.fixture(scope="module")
def simulator(world, tmp_path_factory):
    simulation = Simulation(world)
    simulation.options.change({"requests_per_second": 0, "retention_days": 0})
    with serve_in_thread(simulation, tmp_path_factory.mktemp("simulator")) as running:
        running.set_clock(CONFIG.end + timedelta(days=4))  # everything is visible and settled
        yield running


def smaily(simulator, script, **parameters):
    url = simulator.smaily_url + script
    return requests.get(url, parameters, auth=simulator.smaily_auth, timeout=10).json()


def test_every_action_once_and_in_order(simulator, world):
    seen, cursor = [], 0
    while page := smaily(simulator, "history.php", since_seq_id=cursor, limit=777):
        seen += page
        cursor = page[-1]["seq_id"]
    columns = ("seq_id", "email", "campaign_id", "campaign_name", "action", "value")
    expected = world.tables["email_actions"].select(columns).to_pylist()
    assert [{name: row[name] for name in columns} for row in seen] == expected


def test_statistics_add_up_to_the_log(simulator, world):
    actions = world.tables["email_actions"].to_pylist()
    for campaign in smaily(simulator, "campaign.php"):
        counts = smaily(simulator, "campaign.php", id=campaign["id"])
        sent = [row for row in actions if row["campaign_id"] == campaign["id"] and row["action"] == "send"]
        assert counts["total_count"] == len(sent) == counts["delivered_count"] + counts["bounce_count"]
        assert counts["delivered_count"] >= counts["opened_count"] >= counts["unique_view_count"]
        assert counts["click_count"] >= counts["unique_click_count"]


def test_every_contact_once(simulator, world):
    seen, page = [], 0
    while contacts := smaily(simulator, "contact.php", list=1, limit=50, offset=page):
        seen += [contact["email"] for contact in contacts]
        page += 1
    members = world.tables["list_members"].to_pylist()
    assert sorted(seen) == sorted(row["email"] for row in members if row["list_id"] == 1)


def test_every_hit_is_reported_on_its_local_day(simulator, world):
    credentials = local_credentials(simulator, READ_ONLY)
    credentials.refresh(Request())
    hits = world.tables["web_events"].to_pylist()
    names = ("date", "customEvent:hit_ts", "customEvent:client_id", "eventName", "pagePathPlusQueryString")

    def report(**more):
        span = [{"startDate": CONFIG.start_date.isoformat(), "endDate": CONFIG.end_date.isoformat()}]
        response = requests.post(
            f"{simulator.ga4_url}/properties/123456:runReport",
            json={"dateRanges": span, "metrics": [{"name": "eventCount"}], "limit": 250_000, **more},
            headers={"Authorization": f"Bearer {credentials.token}"},
            timeout=30,
        )
        return response.json()["rows"]

    rows = report(dimensions=[{"name": name} for name in names])
    total = int(report()[0]["metricValues"][0]["value"])
    assert total == sum(hit["duplicate_count"] for hit in hits)
    assert total == sum(int(row["metricValues"][0]["value"]) for row in rows)
    keys = {tuple(value["value"] for value in row["dimensionValues"]) for row in rows}
    tallinn = ZoneInfo("Europe/Tallinn")
    assert keys == {
        (
            hit["at"].astimezone(tallinn).strftime("%Y%m%d"),
            str(round(hit["at"].timestamp() * 1000)),
            hit["client_id"] or "(not set)",
            hit["event_name"],
            hit["page"],
        )
        for hit in hits
    }


def test_every_click_of_a_link_that_is_not_deleted(simulator, world):
    deleted = {link["id"] for link in world.tables["bitlinks"].to_pylist() if link["is_deleted"]}
    clicks = [row for row in world.tables["bitlink_clicks"].to_pylist() if row["id"] not in deleted]
    url, addresses = f"{simulator.bitly_url}/groups/{GROUP}/bitlinks?archived=both&size=7", []
    while url:
        page = requests.get(url, headers=simulator.bitly_headers, timeout=10).json()
        for link in page["links"]:
            addresses += [link["id"], *(back_half[8:] for back_half in link["custom_bitlinks"])]
        url = page["pagination"]["next"]
    total = 0
    for address in addresses:
        encoded = address.replace("/", "%2F")
        response = requests.get(
            f"{simulator.bitly_url}/bitlinks/{encoded}/clicks", headers=simulator.bitly_headers, timeout=10
        ).json()
        total += sum(day["clicks"] for day in response.get("link_clicks", []))
    assert total == len(clicks)


def test_command_line_serves_and_writes_credentials(tmp_path: Path):
    flags = ("--fault", "rate_limit,path=/smaily,count=1", "--retention-days", "3", "--prerender")
    with run_simulator(*flags, persons=50, days=15, folder=tmp_path) as simulator:
        assert requests.get(simulator.smaily_url + "list.php", timeout=10).status_code == 429
        assert smaily(simulator, "list.php")[0]["id"] == 1
        assert simulator.state()["options"]["retention_days"] == 3
        assert simulator.state()["now"] == "2026-11-16T04:00:00+00:00"
        lines = (tmp_path / "environment").read_text(encoding="utf-8").splitlines()
        assert dict(line.split("=", 1) for line in lines) == simulator.environment
        key = tmp_path / "ga4_service_account.json"
        assert json.loads(key.read_text(encoding="utf-8"))["token_uri"].startswith(simulator.base_url)
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        port = simulator.base_url.rpartition(":")[2]
        taken = command("serve", "--port", port, "--persons", "50", "--days", "15")
        assert taken.returncode == 1
        assert f"Port {port} is taken" in taken.stderr


def test_command_line_refuses_unknown_faults_and_small_worlds():
    refused = command("serve", "--fault", "sulk")
    assert (refused.returncode, "Unknown fault 'sulk'" in refused.stderr) == (2, True)
    assert command("serve", "--persons", "1").returncode == 2


def test_command_line_writes_the_ground_truth(tmp_path: Path):
    assert command("truth", "--out", str(tmp_path), "--persons", "50", "--days", "15").returncode == 0
    assert pq.read_table(tmp_path / "persons.parquet").num_rows > 0


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagster_project.simulator", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

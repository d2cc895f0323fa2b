"""What goes wrong in daily use: one sentence (what, where, what to do), a red asset, nothing half-written."""

import hashlib
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_project.definitions import definitions
from dagster_project.defs.checks import check_specs
from tests.end_to_end.conftest import Refreshed
from tests.installation import Installation, failures, materialization

LISTS, GROUPS, TOTALS = "smaily/lists", "bitly/groups", "google_analytics/daily_totals"
CONTACTS = "hubspot/contacts"
PREFIXES = {
    "smaily": "/smaily",
    "bitly": "/bitly",
    "google_analytics": "/ga4/v1beta",
    "hubspot": "/hubspot",
}
LONGEST = 600  # characters: a sentence or two, no traceback and no page of HTML

# Asset, the fault injected at the vendor, and what the sentence must name.
REFUSALS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    (TOTALS, {"kind": "forbidden"}, ("123456", "Add the service account as Viewer")),
    (
        TOTALS,
        {"kind": "scope"},
        ("lacks the scope analytics.readonly", "Use the service account's own key file"),
    ),
    (TOTALS, {"kind": "service_disabled"}, ("is disabled", "enable it")),
    (
        "google_analytics/events",
        {"kind": "missing_dimension", "name": "session_id"},
        ("properties/123456 lacks custom dimensions", "customEvent:session_id", "Create custom dimension"),
    ),
    (TOTALS, {"kind": "quota_spent", "path": "runReport"}, ("tokens per day", "at midnight, Pacific time")),
    (TOTALS, {"kind": "hourly_quota_spent", "path": "runReport"}, ("tokens", "per hour", "within the hour")),
    (GROUPS, {"kind": "quota_spent"}, ("monthly quota", "first of the month", "upgrade the plan")),
    (GROUPS, {"kind": "unauthorized"}, ("refused the token", "Check BITLY_ACCESS_TOKEN")),
    (CONTACTS, {"kind": "quota_spent"}, ("HubSpot", "daily limit", "midnight", "run again after that")),
    (CONTACTS, {"kind": "unauthorized"}, ("HubSpot refused the key", "Check HUBSPOT_SERVICE_KEY")),
    (LISTS, {"kind": "html", "status": 200}, ("Smaily", "list.php", "HTML", "Run again later")),
    (TOTALS, {"kind": "truncated", "path": "runReport"}, ("Google Analytics 4", "runReport", "truncated")),
    (GROUPS, {"kind": "truncated", "path": "/groups"}, ("Bitly", "/groups", "truncated", "Run again later")),
    (LISTS, {"kind": "cut"}, ("Smaily", "list.php", "truncated", "Run again later")),
    (LISTS, {"kind": "server_error"}, ("Smaily", "list.php", "503", "Run again later")),
]


@pytest.fixture
def installation(refreshed: Refreshed, tmp_path: Path) -> Iterator[Installation]:
    """A copy of the refreshed one, to be damaged; the vendors behave again afterwards."""
    home = tmp_path / "home"
    shutil.copytree(refreshed.installation.home, home, symlinks=True)
    yield Installation(home, dict(refreshed.installation.environment))
    refreshed.simulator.clear_faults()


def contents(folder: Path) -> dict[str, str]:
    """Checksum of every file that holds data."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".lock")
    }


@contextmanager
def untouched(installation: Installation) -> Iterator[None]:
    """Landing zone, raw tables and publication stay what they were."""

    def state() -> tuple[Any, ...]:
        loads = installation.read_warehouse("select * exclude (loaded_at) from raw._loads order by all")
        return contents(installation.home / "landing"), contents(installation.home / "published"), loads

    before = state()
    yield
    assert state() == before


def sentence_of(result: dg.ExecuteInProcessResult, asset: str) -> str:
    """What the asset, and it alone, failed with: short, and on one line."""
    found = failures(result)
    assert set(found) == {asset}
    assert not result.success
    assert found[asset].endswith(".")
    assert "\n" not in found[asset]
    assert len(found[asset]) < LONGEST
    return found[asset]


@pytest.mark.parametrize(("asset", "fault", "parts"), REFUSALS)
def test_a_vendor_that_refuses_or_garbles(
    refreshed: Refreshed,
    installation: Installation,
    asset: str,
    fault: dict[str, Any],
    parts: tuple[str, ...],
) -> None:
    refreshed.simulator.inject_fault(**{"path": PREFIXES[asset.partition("/")[0]], **fault})
    with untouched(installation):
        sentence = sentence_of(installation.run(asset, patience=0), asset)
    for part in parts:
        assert part in sentence, sentence


def test_no_network(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}/smaily/api/"
    streams = {"smaily/lists", "smaily/campaigns", "smaily/workflows"}
    with untouched(installation):
        result = installation.run(*streams, changes={"SMAILY_BASE_URL": closed}, patience=0)
    found = failures(result)
    assert set(found) == streams
    [sentence] = set(found.values())
    assert sentence.startswith("Smaily failed at list.php")
    assert "the connection to 127.0.0.1 failed" in sentence


def test_a_package_without_api_is_left_out_and_said_so(
    refreshed: Refreshed, installation: Installation
) -> None:
    refreshed.simulator.inject_fault("free_package", path="/smaily")
    with untouched(installation):
        result = installation.run(LISTS)
    assert result.success
    said = materialization(result, LISTS)["skipped_by_plan"]
    assert said.startswith("Smaily gives API access to paid packages only (code 227). Upgrade")


def test_a_list_of_which_no_record_fits_any_more_is_not_taken_for_empty(
    refreshed: Refreshed, installation: Installation
) -> None:
    """What was loaded stays, and the sentence says why the new records are invalid."""
    refreshed.simulator.inject_fault("type_changed", path="campaign.php", name="tags")
    published = contents(installation.home / "published")
    before = installation.read_warehouse("select count(*) from raw.smaily__campaigns")
    result = installation.run("smaily/campaigns")
    [sentence] = failures(result).values()
    assert sentence.startswith("smaily/campaigns was not loaded, because data of it are gone: ")
    assert """($."tags" should be ARRAY and is VARCHAR)""" in sentence
    assert installation.read_warehouse("select count(*) from raw.smaily__campaigns") == before
    assert contents(installation.home / "published") == published


def test_a_landing_zone_that_cannot_be_written(installation: Installation) -> None:
    folder = installation.home / "landing" / "smaily" / "lists"
    shutil.rmtree(folder)
    folder.write_text("in the way", encoding="utf-8")
    with untouched(installation):
        sentence = sentence_of(installation.run(LISTS), LISTS)
    assert str(installation.home / "landing") in sentence
    assert "make it a directory that this user may write, or set MILEPOST_HOME to another folder" in sentence


def test_a_home_that_cannot_be_written(installation: Installation, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    sentence = sentence_of(installation.run(LISTS, changes={"MILEPOST_HOME": str(blocked / "home")}), LISTS)
    assert str(blocked) in sentence
    assert "MILEPOST_HOME" in sentence


FULL_DISK = """
import json, resource, sys
from pathlib import Path
from tests.installation import Installation, failures
home, environment, asset = json.loads(sys.argv[1])
installation = Installation(Path(home), environment)
resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))
result = installation.run(asset)
print(json.dumps(failures(result)))
"""


def test_a_full_disk(installation: Installation) -> None:
    """No file may grow over 512 bytes, which the kernel refuses as it refuses a full disk."""
    asset = "smaily/contacts"
    arguments = json.dumps([str(installation.home), installation.environment, asset])
    with untouched(installation):
        ran = subprocess.run(
            [sys.executable, "-c", FULL_DISK, arguments],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
    found = json.loads(ran.stdout.splitlines()[-1])
    assert set(found) == {asset}
    assert found[asset].startswith("No space is left for the landing zone at")
    assert "committed data is kept" in found[asset]


def test_a_manifest_entry_that_was_altered(installation: Installation) -> None:
    entries = sorted((installation.home / "landing" / "smaily" / "lists" / "manifest").glob("*.json"))
    entries[-1].write_bytes(entries[-1].read_bytes().replace(b'"records":3', b'"records":4'))
    with untouched(installation):
        sentence = sentence_of(installation.run(LISTS), LISTS)
    assert str(entries[-1]) in sentence
    assert "does not match its own checksum" in sentence
    assert "restore it from a backup, or delete it" in sentence


def test_a_landed_file_that_was_cut(installation: Installation) -> None:
    """Seen when it is read again: here because the warehouse is to be rebuilt from landing."""
    stream = "google_analytics/daily_totals"
    file = min((installation.home / "landing" / stream).glob("*.zst"))
    file.write_bytes(file.read_bytes()[:-7])
    (installation.home / "warehouse.duckdb").unlink()
    landed, published = contents(installation.home / "landing"), contents(installation.home / "published")
    sentence = sentence_of(installation.run(stream), stream)
    assert str(file) in sentence
    assert "was truncated to" in sentence
    assert "restore it from a backup, or delete the manifest entry" in sentence
    assert installation.read_warehouse("select count(*) from raw.google_analytics__daily_totals") == [(0,)]
    assert str(file.relative_to(installation.home / "landing")) in landed
    assert contents(installation.home / "published") == published


@contextmanager
def held(warehouse: Path) -> Iterator[None]:
    """Another program that has the warehouse open."""
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            yield
        finally:
            holder.terminate()


@pytest.mark.parametrize("asset", [LISTS, "published/milepost"])
def test_a_warehouse_that_another_program_holds(installation: Installation, asset: str) -> None:
    published = contents(installation.home / "published")
    with held(installation.home / "warehouse.duckdb"):
        sentence = sentence_of(installation.run(asset), asset)
    assert sentence.startswith(f"Another program has the warehouse {installation.home}")
    assert "read the published copy instead" in sentence
    assert contents(installation.home / "published") == published


def test_checks_on_a_warehouse_that_another_program_holds(installation: Installation) -> None:
    checks = {spec.key for spec in check_specs()}
    with installation.entered(), held(installation.home / "warehouse.duckdb"):
        job = definitions().resolve_job_def("refresh").get_subset(asset_check_selection=checks)
        result = job.execute_in_process(instance=installation.instance, raise_on_error=False)
    [sentence] = failures(result).values()
    assert sentence.startswith("Another program has the warehouse")


def test_a_publication_that_cannot_be_written(installation: Installation) -> None:
    shutil.rmtree(installation.home / "published")
    (installation.home / "published").write_text("in the way", encoding="utf-8")
    sentence = sentence_of(installation.run("published/milepost"), "published/milepost")
    assert sentence.startswith(f"Nothing was published, since {installation.home / 'published'}")
    assert "run again" in sentence


@pytest.mark.parametrize(
    ("name", "value", "asset"),
    [("MILEPOST_NOW", "tomorrow", LISTS), ("MILEPOST_START_DATE", "January", TOTALS)],
)
def test_a_variable_that_cannot_be_read(
    installation: Installation, name: str, value: str, asset: str
) -> None:
    with untouched(installation):
        sentence = sentence_of(installation.run(asset, changes={name: value}), asset)
    assert sentence.startswith(f"{name} is '{value}'")
    assert "write it like" in sentence

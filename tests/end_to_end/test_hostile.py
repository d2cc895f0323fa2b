"""One refresh in which every source gets hostile input: each ends as right data or as one sentence.

The rest of the world is published as by the refresh of a world without them.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from starlette.types import ASGIApp

from dagster_project.reports.page.result import PAGE_NAME
from dagster_project.simulator.simulation import Simulation
from tests.end_to_end.conftest import CalmWorld
from tests.end_to_end.hostile.attacks import (
    ATTACKS,
    DIALECTS,
    DIGESTS,
    FILES,
    GOOGLE_ANALYTICS,
    LEAK,
    MINUTE,
    NOW,
    Attack,
    Outcome,
)
from tests.end_to_end.hostile.refusals import REFUSALS, Refusal
from tests.end_to_end.hostile.scan import forms, found_in_databases, found_in_files
from tests.end_to_end.hostile.world import HostileWire, address, hostile_world, write_feeds
from tests.installation import Installation, failures
from tests.kills.refresh import SECRET
from tests.reports.page_checking import assert_sound
from tests.simulator_fixture import serve_in_thread

EVERY = [attack for attacks in ATTACKS.values() for attack in attacks]
EVENTS = """
    select source, event_name, occurred_at, url, campaign_key, revenue, order_id, is_machine, device, country
    from marts.fct_events where coalesce(url, '') not like '%/attack/%'
"""


@dataclass(frozen=True)
class HostileRun:
    installation: Installation
    result: dg.ExecuteInProcessResult
    said: list[str]
    wire: HostileWire


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileRun]:
    folder = tmp_path_factory.mktemp("hostile")
    simulation = Simulation(hostile_world(), now=NOW)
    simulation.options.change({"retention_days": 90, "requests_per_second": 0} | DIALECTS)
    wires: list[HostileWire] = []

    def wrapped(app: ASGIApp) -> ASGIApp:
        wires.append(HostileWire(app))
        return wires[0]

    with serve_in_thread(simulation, folder / "keys", wrapped) as simulator:
        feeds = {"MILEPOST_EVENT_FILES": str(write_feeds(folder, is_hostile=True))}
        secret = {"MILEPOST_SECRET": SECRET}
        installation = Installation(folder / "home", simulator.environment | feeds | secret)
        result = installation.run(patience=0)
        yield HostileRun(installation, result, _said(installation, result), *wires)


def _said(installation: Installation, result: dg.ExecuteInProcessResult) -> list[str]:
    """Every sentence about what is not as it was sent."""
    reasons = installation.read_warehouse(
        "select reason from raw._quarantine union all select reason from raw._corrections"
    )
    checks = [check for check in result.get_asset_check_evaluations() if not check.passed]
    return [
        *(reason for (reason,) in reasons),
        *(str(check.description).partition("\n")[0] for check in checks),
    ]


def test_the_refresh_publishes(run: HostileRun) -> None:
    blocking = [
        f"{check.check_name}: {check.description}"
        for check in run.result.get_asset_check_evaluations()
        if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR
    ]
    assert blocking == []
    assert failures(run.result) == {}
    assert run.result.success


def test_the_report_page_shows_it_as_text(run: HostileRun) -> None:
    published = run.installation.published
    assert_sound(published.with_name(PAGE_NAME).read_text(encoding="utf-8"), published)


@pytest.mark.parametrize("attack", EVERY, ids=lambda attack: attack.name)
def test_an_attack_ends_as_right_data_or_one_sentence(run: HostileRun, attack: Attack) -> None:
    columns = ", ".join(attack.shown or {"occurred_at": None}).replace("minute", "occurred_at")
    found = run.installation.read(f"""
        select {columns} from marts.fct_events
        where url like '%/attack/{attack.slug}' or url like '%/attack/{attack.slug}?%'
    """)
    expected = None if attack.shown is None else tuple(attack.shown.values())
    if attack in GOOGLE_ANALYTICS and attack.shown and "minute" in attack.shown:
        expected = (MINUTE + timedelta(minutes=attack.shown["minute"]),)
    assert len(found) == (expected is not None)
    if expected:
        assert found == [expected]
    sentences = [sentence for sentence in run.said if attack.said in sentence]
    if attack.outcome is Outcome.ONE_SENTENCE:
        assert sentences
        assert all("\n" not in sentence and len(sentence) < 600 for sentence in sentences)


def test_the_rest_is_published_as_in_a_world_without_attacks(run: HostileRun, calm: CalmWorld) -> None:
    hostile, expected = (Counter(read(EVENTS)) for read in (run.installation.read, calm.read))
    assert len(expected) > 100
    assert hostile == expected


def test_conversions_and_revenue_are_those_of_a_world_without_attacks(
    run: HostileRun, calm: CalmWorld
) -> None:
    query = (
        "select count(*), sum(revenue), min(occurred_at), max(occurred_at) from marts.fct_macro_conversions"
    )
    [(conversions, *_)] = calm.read(query)
    assert conversions > 0
    assert run.installation.read(query) == calm.read(query)


def test_files_that_cannot_be_read_are_alerted_by_name_with_what_to_do(run: HostileRun) -> None:
    [check] = [
        check
        for check in run.result.get_asset_check_evaluations()
        if check.check_name == "every_event_file_can_be_read"
    ]
    assert not check.passed
    assert check.severity is dg.AssetCheckSeverity.WARN
    unreadable = [name for name, attack in FILES.items() if attack.kind == "A2" and attack.shown is None]
    reasons = run.installation.read_warehouse("select reason from raw._quarantine where record is null")
    for name in unreadable:
        [reason] = [reason for (reason,) in reasons if f"/{name}: " in reason]
        assert ";" in reason
    assert sum(f"/{name}: " in str(check.description) for name in unreadable) >= 1


def addresses() -> set[str]:
    """Every address that was sent."""
    persons = hostile_world().tables["persons"]
    known = {
        *persons["email"].to_pylist(),
        *persons["second_email"].to_pylist(),
        LEAK,
        "ann@shop.example",
        "bob@shop.example",
    } - {None}
    return known | {address(attack) for attack in ATTACKS["smaily"]}


def secrets(environment: Mapping[str, str]) -> set[str]:
    key = json.loads(Path(environment["GOOGLE_APPLICATION_CREDENTIALS"]).read_text(encoding="utf-8"))[
        "private_key"
    ]
    body = key.split("\n")[1:-2]
    return {environment["SMAILY_PASSWORD"], environment["BITLY_ACCESS_TOKEN"], SECRET, *body}


def test_no_address_and_no_secret_is_anywhere_but_in_landing_and_pii(run: HostileRun) -> None:
    home = run.installation.home
    texts = addresses() | secrets(run.installation.environment)
    assert found_in_files(home, texts) == []
    assert found_in_databases(home, texts) == []
    log = "\n".join(str(entry) for entry in run.installation.instance.all_logs(run.result.run_id)).lower()
    assert [form for text in texts for form in forms(text) if form.lower() in log] == []


def test_no_digest_of_an_address_is_published(run: HostileRun) -> None:
    published = run.installation.published.parent
    assert found_in_databases(published, DIGESTS.values()) == []
    assert found_in_files(published, DIGESTS.values()) == []
    raw = found_in_databases(run.installation.home, DIGESTS.values())
    assert {digest for digest in DIGESTS.values() if any(digest in found for found in raw)} == {
        *DIGESTS.values()
    }, "the attack would work"


def test_the_scan_finds_what_is_there(run: HostileRun) -> None:
    files = [found.partition(": ")[0] for found in found_in_files(run.installation.home, ["purchase"])]
    assert "published/milepost.duckdb" in files
    tables = {found.partition(": ")[0] for found in found_in_databases(run.installation.home, ["/attack/"])}
    assert {'milepost.duckdb, scanned."marts"."fct_events"'} < tables
    assert any(table.startswith("warehouse.duckdb, ") for table in tables)
    assert any(table.startswith("fct_events.parquet, ") for table in tables)


def test_every_step_ran_and_each_source_is_complete(run: HostileRun) -> None:
    loads = run.installation.read_warehouse(
        "select source, sum(fetched) = sum(landed) and sum(landed) = sum(loaded) + sum(quarantined), "
        "sum(quarantined) > 0 from raw._loads group by all order by all"
    )
    assert loads == [
        ("bitly", True, False),
        ("campaign_costs", True, False),
        ("email_contents", True, False),
        ("event_files", True, True),
        ("google_analytics", True, True),
        ("hubspot", True, False),
        ("smaily", True, True),
        ("trustpilot", True, False),
    ]


def test_no_watermark_is_after_the_extraction(run: HostileRun) -> None:
    [(watermark, latest)] = run.installation.read_warehouse(
        "select any_value(watermark_at), (select max(occurred_at) from marts.fct_events) "
        "from intermediate.int_data_watermark"
    )
    assert watermark <= NOW.replace(tzinfo=None)
    assert latest <= NOW.replace(tzinfo=None)


def test_the_table_of_attacks_has_every_source_and_no_name_twice() -> None:
    names = Counter(attack.name for attack in EVERY)
    assert max(names.values()) == 1
    assert set(ATTACKS) == {"smaily", "google_analytics", "rows", "files"}
    assert all(attack.shown is not None or attack.said for attack in EVERY)  # none silent


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
def test_an_answer_that_no_vendor_gives_is_refused(run: HostileRun, refusal: Refusal) -> None:
    run.wire.refusal = refusal
    before = run.installation.published.read_bytes()
    try:
        result = run.installation.run(refusal.asset, patience=0)
    finally:
        run.wire.refusal = None
    [(asset, sentence)] = failures(result).items()
    assert asset == refusal.asset
    assert refusal.said in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert run.installation.published.read_bytes() == before


def test_an_address_as_user_or_as_contact_key_is_the_address_it_is(run: HostileRun) -> None:
    [(persons, known)] = run.installation.read("""
        select count(distinct person_key), count(person_key) from marts.fct_events
        where url like '%/attack/an-address-as-user' or url like '%/attack/an-address-as-contact-key'
    """)
    assert (persons, known) == (1, 2)

"""Every model of events has a complete contract, and one that has not is refused in a sentence."""

import copy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_project.runtime.contract_rules import RULES, IncompleteContract, check
from dagster_project.runtime.event_contracts import (
    DBT_PROJECT,
    GENERATED,
    SEEDS,
    read_contracts,
    write_macro,
)
from tests.conftest import ROOT

STAGING = DBT_PROJECT / "models" / "staging"
Contract = dict[str, Any]
MENTIONED: dict[str, set[str]] = {"event_kinds": {"shop"}, "machine_rules": {"shop"}}


@pytest.fixture
def contract() -> Contract:
    """A complete one, of source `shop`."""
    email_models = (
        "campaign_mentions", "campaign_slugs", "campaign_costs", "emails", "email_names", "email_links",
        "contacts",
    )  # fmt: skip
    return {
        "partition_streams": ["orders"],
        "records": [{"model": "stg_shop__rows", "key": ["id"]}],
        "identifiers": {
            "stg_shop__rows": {
                "contact_key": "contact_key",
                "user_id": "customer",
                "order_id": "order_number",
            }
        },
        "evidence": {"user_id+contact_key": "declared"},
        "person_actions": "event_kinds",
        "orders": "shop",
        "properties_require": "none",
        "landing_page_views": "none",
        "machine_rules": "machine_rules",
        "repeated_hours": "none",
        "vendor_totals": {"campaigns": {"model": "stg_shop__totals", "columns": {"sent": "sent_count"}}},
        "data_quality": "none",
        "deal_stages": "none",
        "email": {
            "events": {"send": ["sent"]},
            "machine_evidence": "properties",
            "opens_observable": "yes",
            "campaigns": "stg_shop__mailings",
            **dict.fromkeys(email_models, "none"),
        },
    }


def test_every_model_of_events_has_a_complete_contract() -> None:
    models = {path.stem for path in STAGING.glob("*/stg_*__events.sql")}
    assert models == {f"stg_{source}__events" for source in read_contracts()}
    assert models >= {"stg_smaily__events", "stg_google_analytics__events", "stg_event_files__events"}


def test_the_tracked_macro_is_what_the_contracts_say() -> None:
    """`dbt build` of a fresh clone reads the tracked file; everything else writes it again."""
    write_macro()
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", "dbt/models/staging", f"dbt/{GENERATED.as_posix()}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if changed.returncode:
        pytest.skip(f"not a git checkout, so nothing is tracked (git status: {changed.stderr.strip()})")
    assert [line[3:] for line in changed.stdout.splitlines()] != [f"dbt/{GENERATED.as_posix()}"]


def test_every_model_of_events_describes_the_same_columns() -> None:
    """And those that say of an open what made it, where the contract says that they are there."""
    evidence = {"agent", "ip_address", "is_machine", "opens_observable", "opens_observable_reason"}
    with_evidence = {
        f"stg_{source}__events": evidence
        for source, contract in read_contracts().items()
        if (email := contract.declared["email"]) != "none" and email["machine_evidence"] == "columns"
    }
    described = {
        path.stem: [
            column["name"] for column in yaml.safe_load(path.read_text("utf-8"))["models"][0]["columns"]
        ]
        for path in (
            *STAGING.glob("*/stg_*__events.yml"),
            DBT_PROJECT / "models" / "events" / "int_events.yml",
        )
    }
    expected = set(described["int_events"])
    for model, columns in described.items():
        assert sorted(columns) == sorted(expected | with_evidence.get(model, set())), model


def test_a_complete_contract_is_accepted(contract: Contract) -> None:
    check("shop", contract, MENTIONED)


@pytest.mark.parametrize("key", list(RULES))
def test_a_missing_line_is_named(contract: Contract, key: str) -> None:
    del contract[key]
    with pytest.raises(IncompleteContract, match=rf"stg_shop__events lacks `{key}`: add it to .*\.yml"):
        check("shop", contract, MENTIONED)


@pytest.mark.parametrize("key", ["events", "machine_evidence", "opens_observable", "campaigns", "contacts"])
def test_a_missing_line_of_the_email_is_named(contract: Contract, key: str) -> None:
    del contract["email"][key]
    with pytest.raises(IncompleteContract, match=f"`email` in .*stg_shop__events lacks `{key}`"):
        check("shop", contract, MENTIONED)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(partition_streams="orders"), "`partition_streams` .* not a list of names"),
        (lambda c: c.update(partition_streams=[]), "`partition_streams` .* not a list of names"),
        (lambda c: c.update(records=[{"model": "stg_shop__rows"}]), "`records` .* not a list of"),
        (lambda c: c["identifiers"]["stg_shop__rows"].update(phone="phone"), "unknown kind `phone`"),
        (lambda c: c["identifiers"]["stg_shop__rows"].update(client_id="id"), "lacks `client_id.user_id`"),
        (lambda c: c["evidence"].update({"client_id+user_id": "declared"}), "no events carry both"),
        (lambda c: c["evidence"].update({"user_id+contact_key": "maybe"}), "none of declared"),
        (lambda c: c.update(evidence="none"), "lacks `user_id.contact_key` under `evidence`"),
        (lambda c: c.update(person_actions="all"), "seed event_kinds has rows of it"),
        (lambda c: c.update(person_actions="some"), "`person_actions` .* not event_kinds or all"),
        (lambda c: c.update(orders=None), "`orders` .* is None, not shop or crm or tracking or none"),
        (lambda c: c.update(orders="none"), "carry `order_id`, so `orders` must say"),
        (lambda c: c.update(properties_require="phone"), "`properties_require` .* is 'phone'"),
        (lambda c: c.update(repeated_hours={"days": "m"}), "`repeated_hours` .* is not"),
        (lambda c: c.update(vendor_totals={}), "`vendor_totals` .* is not a map"),
        (lambda c: c["vendor_totals"].update(weeks={}), "`vendor_totals` .* is not a map"),
        (lambda c: c["vendor_totals"]["campaigns"].pop("model"), "`campaigns` that are not .model"),
        (lambda c: c["vendor_totals"]["campaigns"].update(columns={}), "`campaigns` without `columns`"),
        (
            lambda c: c["vendor_totals"]["campaigns"].update(columns={"opens": "o"}),
            "`campaigns` without a column for `sent`",
        ),
        (lambda c: c.update(email="none"), "`machine_rules` but no `email`"),
        (lambda c: c["email"].update(campaign_mentions="stg_shop__mentions"), "both `campaigns` and"),
        (lambda c: c["email"]["events"].update(forward=["forward"]), "unknown role `forward`"),
        (lambda c: c["email"].update(unsubscribers="stg_shop__x"), "unknown `unsubscribers`"),
        (lambda c: c["email"].update(machine_evidence="some"), "not properties, columns or `none`"),
        (lambda c: c["email"].update(opens_observable="none"), "not yes, no, unknown or a model"),
        (lambda c: c["email"].update(opens_observable=True), "not yes, no, unknown or a model"),
        (lambda c: c.update(partition=["orders"]), "unknown `partition`"),
    ],
)
def test_what_a_key_cannot_say_is_refused(
    contract: Contract, change: Callable[[Contract], None], said: str
) -> None:
    changed = copy.deepcopy(contract)
    change(changed)
    with pytest.raises(IncompleteContract, match=said):
        check("shop", changed, MENTIONED)


@pytest.mark.parametrize("seed", list(SEEDS))
def test_a_seed_that_is_referred_to_has_rows_of_the_source(contract: Contract, seed: str) -> None:
    with pytest.raises(IncompleteContract, match=f"seed {seed} has no row of source shop"):
        check("shop", contract, {**MENTIONED, seed: set()})


def test_a_model_without_a_yml_has_no_contract(tmp_path: Path) -> None:
    shutil.copytree(DBT_PROJECT / "seeds", tmp_path / "seeds")
    folder = tmp_path / "models" / "staging" / "shop"
    folder.mkdir(parents=True)
    (folder / "stg_shop__events.sql").write_text("select 1", encoding="utf-8")
    with pytest.raises(IncompleteContract, match=r"Model stg_shop__events has no event contract: add .*yml"):
        read_contracts(tmp_path)


def test_the_command_writes_the_macro() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "dagster_project.runtime.event_contracts"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip().endswith(GENERATED.as_posix())

"""Every rule of the catalogue has a case in catalogue_cases.csv, and decides it."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dbt import world
from tests.dbt.harness import PROJECT, Warehouse
from tests.dbt.rows import Hit, Row, action, campaign, key, link

START = datetime.fromisoformat("2026-10-05T12:00:00+03:00")
STEP = timedelta(minutes=3)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CASES = rows_of(Path(__file__).with_name("catalogue_cases.csv"))
RULES = {row["rule_id"]: row for row in rows_of(PROJECT / "seeds" / "catalogue" / "catalogue_rules.csv")}
TAGS = sorted({case["campaign_tag"] for case in CASES} - {""})
CAMPAIGNS = {tag: campaign(number, tag or "plain", [tag]) for number, tag in enumerate(["", *TAGS], 1)}


def moments(case: dict[str, str]) -> Iterator[datetime]:
    for number in range(int(case["equal_events_before"]) + 1):
        yield START + number * STEP


def told_by_smaily(case: dict[str, str], first_seq_id: int) -> list[Row]:
    properties = json.loads(case["properties"] or "{}")
    value = {
        "click": link(case["path"], case["link_role"]),
        "view": world.READER,
        "bounce": properties.get("smtp_code", "unknown"),
    }.get(case["event_name"], "")
    address = f"{case['rule_id']}@example.com"
    of = CAMPAIGNS[case["campaign_tag"]]
    return [
        action(first_seq_id + number, f"{at:%Y-%m-%d %H:%M:%S}", address, case["event_name"], of, value)
        for number, at in enumerate(moments(case))
    ]


def told_by_the_web(case: dict[str, str]) -> list[Hit]:
    values: dict[str, Any] = json.loads(case["properties"] or "{}")
    values["campaign"] = case["campaign_tag"] or "(direct)"
    orders = [
        {"order": f"{case['rule_id']}-{n}", "revenue": float(case["revenue"])} if case["revenue"] else {}
        for n in range(9)
    ]
    return [
        Hit(
            at.isoformat(),
            case["event_name"],
            case["path"],
            case["rule_id"],
            **values,
            **orders[min(number, 8)],
        )
        for number, at in enumerate(moments(case))
    ]


def told_by_a_file(case: dict[str, str]) -> list[Row]:
    return [
        {
            "event_id": f"{case['rule_id']}-{number}",
            "occurred_at": at,
            "event_name": case["event_name"],
            "contact_key": key(f"{case['rule_id']}@example.com"),
            "revenue": float(case["revenue"]) if case["revenue"] else None,
            "properties": case["properties"] or None,
            "_is_repeated_later": False,
        }
        for number, at in enumerate(moments(case))
    ]


@pytest.fixture(scope="module")
def winners(home: Path) -> dict[str, str]:
    """Rule that decided the last event of each case, by the case's rule."""
    by_source = {
        source: [case for case in CASES if case["source"] == source]
        for source in {c["source"] for c in CASES}
    }
    warehouse = Warehouse(home, [world.ORDERS_FEED])
    warehouse.insert("smaily__campaigns", list(CAMPAIGNS.values()))
    actions = [row for n, case in enumerate(by_source["smaily"]) for row in told_by_smaily(case, n * 10)]
    warehouse.insert("smaily__actions", actions)
    hits = [hit for case in by_source["google_analytics"] for hit in told_by_the_web(case)]
    warehouse.insert("google_analytics__events", [hit.event for hit in hits])
    warehouse.insert("google_analytics__event_attributes", [hit.attributes for hit in hits])
    warehouse.insert("google_analytics__event_parameters", [row for hit in hits if (row := hit.parameters)])
    files = [row for case in by_source["event_files"] for row in told_by_a_file(case)]
    warehouse.insert("event_files__orders", files)
    warehouse.build(
        "+int_events_identified",
        "assert_no_event_matches_two_unrelated_catalogue_rows",
        "assert_priority_decides_between_catalogue_rows",
    )
    names = {key(f"{case['rule_id']}@example.com"): case["rule_id"] for case in CASES}
    decided = warehouse.query("""
        select coalesce(e.contact_key, e.client_id), max_by(c.rule_id, e.occurred_at)
        from intermediate.int_event_signatures as s
        inner join intermediate.int_catalogue_candidates as c using (
            source, feed, event_name, path, campaign_key, link_role, traffic_medium, passed_tests
        )
        inner join intermediate.int_events_identified as e on s.event_id = e.event_id
        where c.rule_rank = 1 and e.micro_conversion = c.micro_conversion
        group by 1
    """)
    return {names.get(identifier, identifier): rule for identifier, rule in decided}


def test_every_rule_has_a_case() -> None:
    assert sorted(case["rule_id"] for case in CASES) == sorted(RULES)


@pytest.mark.parametrize("rule_id", RULES)
def test_the_rule_decides_its_case(winners: dict[str, str], rule_id: str) -> None:
    assert winners.get(rule_id) == rule_id

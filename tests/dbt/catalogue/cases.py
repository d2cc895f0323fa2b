"""Cases of the catalogue: for each rule an event, as its source would land it, that the rule must decide."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import crc32

from dagster_project.sources.event_files import SOURCE_NAME, Feed
from dagster_project.sources.registry import SOURCES
from tests.dbt import world
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import Warehouse
from tests.dbt.rows import Row, campaign, key

START = datetime.fromisoformat("2026-10-05T12:00:00+03:00")
STEP = timedelta(minutes=3)
# Data tests that hold whatever the events are.
OF_ALL_RULES = (
    "assert_no_event_matches_two_unrelated_catalogue_rows",
    "assert_priority_decides_between_catalogue_rows",
)
Case = dict[str, str]


def rows_of(path: Path) -> list[Case]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def instants(case: Case) -> Iterator[datetime]:
    """When the case's event happens, after as many equal ones as the case asks for."""
    for number in range(int(case["equal_events_before"]) + 1):
        yield START + number * STEP


def address(case: Case) -> str:
    """Identifies the case's person, and thereby the case."""
    return f"{case['rule_id']}@example.com"


def tagged_campaign(tag: str) -> Row:
    """Smaily's campaign with that tag only, or without one; visits of any source belong to it by its name."""
    return campaign(crc32(tag.encode()), tag or "plain", [tag])


def feeds(cases: Sequence[Case]) -> list[Feed]:
    """A feed for every source that is not a connector, and the one that `event_files` cases come in."""
    connectors = {source.name for source in SOURCES}
    names = sorted({case["source"] for case in cases} - connectors - {SOURCE_NAME})
    return [world.ORDERS_FEED, *(Feed(name, f"{name}/*.csv", "csv", "UTC", {}) for name in names)]


def insert(warehouse: Warehouse, cases: Sequence[Case]) -> None:
    """Raw rows of all cases; each source's module in `sources` knows how its rows look."""
    by_module: dict[str, list[Case]] = defaultdict(list)
    connectors = {source.name for source in SOURCES}
    warehouse.insert(
        "smaily__campaigns", [tagged_campaign(tag) for tag in {c["campaign_tag"] for c in cases} | {""}]
    )
    for case in cases:
        by_module[case["source"] if case["source"] in connectors else SOURCE_NAME].append(case)
    for name, its_cases in by_module.items():
        rows: Any = import_module(f"tests.dbt.catalogue.sources.{name}")
        rows.insert(warehouse, its_cases)


def decided_rules(home: Path, cases: Sequence[Case]) -> dict[str, str]:
    """Rule that decided the last event of each case, by the case's rule; builds what that needs."""
    warehouse, project = Warehouse(home / "raw", feeds(cases)), CompiledProject(home, feeds(cases))
    insert(warehouse, cases)
    with project.connect() as connection:
        connection.execute("update staging.catalogue_thresholds set value = '10'")
    names = {key(address(case)): case["rule_id"] for case in cases}
    with project.on(warehouse.path, "int_events_identified") as connection:
        for data_test in OF_ALL_RULES:
            failed = connection.execute(project.data_tests[data_test][0]).fetchall()
            assert failed == [], data_test
        decided = connection.execute("""
            select coalesce(e.contact_key, e.client_id), max_by(c.rule_id, e.occurred_at)
            from intermediate.int_event_signatures as s
            inner join intermediate.int_catalogue_candidates as c using (
                source, feed, event_name, path, campaign_key, link_role, traffic_medium, passed_tests
            )
            inner join intermediate.int_events_identified as e on s.event_id = e.event_id
            where c.rule_rank = 1 and e.micro_conversion = c.micro_conversion
            group by 1
        """).fetchall()
    return {names.get(identifier, identifier): rule for identifier, rule in decided}

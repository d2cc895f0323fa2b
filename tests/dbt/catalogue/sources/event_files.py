"""Cases of event files: of any feed, or of the one that a case's `source` names."""

from collections.abc import Sequence

from dagster_project.sources.event_files import SOURCE_NAME
from tests.dbt import world
from tests.dbt.catalogue.cases import Case, address, instants
from tests.dbt.harness import Warehouse
from tests.dbt.rows import Row, key


def insert(warehouse: Warehouse, cases: Sequence[Case]) -> None:
    for source in {case["source"] for case in cases}:
        feed = world.ORDERS_FEED.name if source == SOURCE_NAME else source
        rows = [row for case in cases if case["source"] == source for row in _rows(case)]
        warehouse.insert(f"event_files__{feed}", rows)


def _rows(case: Case) -> list[Row]:
    return [
        {
            "event_id": f"{case['rule_id']}-{number}",
            "occurred_at": at,
            "event_name": case["event_name"],
            "contact_key": key(address(case)),
            "url": f"https://shop.example.com{case['path']}" if case["path"] else None,
            "revenue": float(case["revenue"]) if case["revenue"] else None,
            "currency": "EUR" if case["revenue"] else None,
            "properties": case["properties"] or None,
            "_is_repeated": False,
            "_ordinal": 1,
        }
        for number, at in enumerate(instants(case))
    ]

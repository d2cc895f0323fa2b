"""Cases of GA4's hits; the client id is the case's name."""

import json
from collections.abc import Sequence
from typing import Any

from tests.dbt.catalogue.cases import Case, instants
from tests.dbt.harness import Warehouse
from tests.dbt.rows import Hit


def insert(warehouse: Warehouse, cases: Sequence[Case]) -> None:
    hits = [hit for case in cases for hit in _hits(case)]
    warehouse.insert("google_analytics__events", [hit.event for hit in hits])
    warehouse.insert("google_analytics__event_attributes", [hit.attributes for hit in hits])
    warehouse.insert("google_analytics__event_parameters", [row for hit in hits if (row := hit.parameters)])


def _hits(case: Case) -> list[Hit]:
    values: dict[str, Any] = json.loads(case["properties"] or "{}")
    values["campaign"] = case["campaign_tag"] or "(direct)"
    return [
        Hit(
            at.isoformat(),
            case["event_name"],
            case["path"],
            case["rule_id"],
            **values,
            **_order(case, number),
        )
        for number, at in enumerate(instants(case))
    ]


def _order(case: Case, number: int) -> dict[str, Any]:
    if not case["revenue"]:
        return {}
    return {"order": f"{case['rule_id']}-{number}", "revenue": float(case["revenue"])}

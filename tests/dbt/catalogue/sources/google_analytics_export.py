"""Cases of the events that GA4 exports; the client id is the case's name."""

import json
from collections.abc import Sequence
from typing import Any

from tests.dbt.catalogue.cases import Case, instants
from tests.dbt.google_analytics.export_rows import exported
from tests.dbt.harness import Warehouse


def insert(warehouse: Warehouse, cases: Sequence[Case]) -> None:
    warehouse.insert(
        "google_analytics_export__events",
        [
            exported(
                at.isoformat(), case["event_name"], case["path"], case["rule_id"], **_values(case, number)
            )
            for case in cases
            for number, at in enumerate(instants(case))
        ],
    )


def _values(case: Case, number: int) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(case["properties"] or "{}")
    values["campaign"] = case["campaign_tag"] or "(direct)"
    if case["revenue"]:
        values |= {"order": f"{case['rule_id']}-{number}", "revenue": float(case["revenue"])}
    return values

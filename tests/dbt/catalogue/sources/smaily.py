"""Cases of Smaily's action log."""

import json
from collections.abc import Sequence

from tests.dbt import world
from tests.dbt.catalogue.cases import Case, address, instants, tagged_campaign
from tests.dbt.harness import Warehouse
from tests.dbt.rows import Row, action, link


def insert(warehouse: Warehouse, cases: Sequence[Case]) -> None:
    actions = [row for number, case in enumerate(cases) for row in _actions(case, number * 10)]
    warehouse.insert("smaily__actions", actions)


def _actions(case: Case, first_seq_id: int) -> list[Row]:
    properties = json.loads(case["properties"] or "{}")
    value = {
        "click": link(case["path"], case["link_role"]),
        "view": world.READER,
        "bounce": properties.get("smtp_code", "unknown"),
    }.get(case["event_name"], "")
    sent = tagged_campaign(case["campaign_tag"])
    return [
        action(
            first_seq_id + number, f"{at:%Y-%m-%d %H:%M:%S}", address(case), case["event_name"], sent, value
        )
        for number, at in enumerate(instants(case))
    ]

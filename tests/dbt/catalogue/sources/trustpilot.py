"""Cases of Trustpilot's reviews, whose day and name are all that a rule can see."""

from collections.abc import Sequence

from tests.dbt.catalogue.cases import Case, address, instants
from tests.dbt.harness import Warehouse
from tests.dbt.rows import raw_key


def insert(warehouse: Warehouse, cases: Sequence[Case]) -> None:
    warehouse.insert(
        "trustpilot__reviews",
        [
            {
                "id": f"{case['rule_id']}-{number}",
                "created_at": at,
                "stars": 5,
                "status": "active",
                "contact_key": raw_key(address(case)),
            }
            for case in cases
            for number, at in enumerate(instants(case))
        ],
    )

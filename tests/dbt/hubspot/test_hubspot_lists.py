"""Lists in HubSpot's records are read to their last item, however long they are."""

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import ANN, BOB, START, change, contact, deal, stamp
from tests.dbt.rows import Row

MANY = 60
LONGEST = 250  # that HubSpot merges into one contact


def history(values: int) -> str:
    return "[" + ", ".join(f'{{"value": "v{n}", "timestamp": "{stamp(n)}"}}' for n in range(values)) + "]"


RECORDS: dict[str, list[Row]] = {
    "hubspot__contacts": [
        contact(1, ANN, hs_merged_object_ids=";".join(str(1000 + n) for n in range(MANY))),
        contact(2, BOB, hs_merged_object_ids=";".join(str(2000 + n) for n in range(LONGEST))),
        contact(3, "cid@crm.example", lifecycle_history=history(MANY)),
        # HubSpot leaves the merged ones as they were: the last of each list.
        contact(1000 + MANY - 1, "ann@old.example"),
        contact(2000 + LONGEST - 1, "bob@old.example"),
    ],
    "hubspot__deals": [deal(10, 1, stage_history=history(MANY))],
    "hubspot__subscription_changes": [
        change(
            90,
            ANN,
            *(
                f'{{"change": "SUBSCRIBED", "changeType": "SUBSCRIPTION_STATUS", "subscriptionId": {n}}}'
                for n in range(MANY)
            ),
        )
    ],
    "hubspot__pipelines": [
        {
            "id": "long",
            "label": "Long",
            "stages": "["
            + ", ".join(f'{{"id": "s{n}", "label": "S{n}", "metadata": {{}}}}' for n in range(2 * MANY))
            + "]",
        }
    ],
    "hubspot__campaign_spend": [
        {
            "campaign_id": "c1",
            "campaign_slug": "spring",
            "campaign_currency": "EUR",
            "spend_total": str(2 * MANY),
            "spend_items": "["
            + ", ".join(
                f'{{"amount": 1, "createdAt": {round(START.timestamp() * 1000) - n * 86400000}}}'
                for n in range(2 * MANY)
            )
            + "]",
        }
    ],
}
# What each list gives, and how much.
GIVEN = {
    "merged contacts": (
        "select count(*) from staging.stg_hubspot__crm_events where event_name = 'contact_merged'",
        MANY + LONGEST,
    ),
    "contacts left as merged": ("select count(*) from staging.stg_hubspot__contacts where is_merged", 2),
    "lifecycle stages": (
        """
        select count(distinct properties) from staging.stg_hubspot__crm_events
        where event_name = 'lifecycle_stage' and user_id = 'hubspot-3'
        """,
        MANY,
    ),
    "stages of a deal": (
        "select count(*) from staging.stg_hubspot__crm_events where event_name = 'deal_stage'",
        MANY,
    ),
    "changes of subscriptions": (
        "select count(distinct properties) from staging.stg_hubspot__subscription_events",
        MANY,
    ),
    "stages of a pipeline": (
        "select count(distinct stage) from staging.stg_hubspot__pipeline_stages",
        2 * MANY,
    ),
    "days of costs": ("select count(distinct day) from staging.stg_hubspot__campaign_costs", 2 * MANY),
}


@pytest.fixture(scope="module")
def counts(compiled: CompiledProject) -> dict[str, int]:
    compiled.build(
        RECORDS, "stg_hubspot__crm_events", "stg_hubspot__pipeline_stages", "stg_hubspot__campaign_costs"
    )
    return {name: compiled.rows(query)[0][0] for name, (query, _) in GIVEN.items()}


@pytest.mark.parametrize("name", GIVEN)
def test_a_long_list_is_read_whole(counts: dict[str, int], name: str) -> None:
    assert counts[name] == GIVEN[name][1]

"""Two accounts of one source with equal ids: nothing of one is taken for the other's, and persons are joined.

The second account has the records of the first one, under the same ids.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import md5
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import ANN, BOB, contact, deal, event, reply, stamp
from tests.dbt.rows import Hit, Row, action, campaign, raw_key

DAY = "2026-10-06"
SPRING = campaign(103, "Spring")
TEST = campaign(104, "Test")
BOUGHT = Hit(stamp(60), "purchase", "/thanks", "c1", address=ANN, order="1001", revenue=100.0)
SEEN = Hit(stamp(30), "page_view", "/a", count=3)  # without consent
TOTAL = {"day": DAY, "event_count": 4, "transactions": 1, "purchase_revenue": 100.0, "currency": "EUR"}

WORLD: Mapping[str, list[Row]] = {
    "smaily__campaigns": [SPRING],
    "smaily__split_tests": [{**TEST, "sections": '[{"subject": "A"}, {"subject": "B"}]'}],
    "smaily__lists": [{"id": "1", "name": "All"}],
    "smaily__automations": [{"id": "105", "name": "Welcome", "status": "ACTIVE"}],
    "smaily__workflows": [{"id": "106", "title": "Birthday", "is_enabled": "1"}],
    "smaily__split_test_statistics": [
        {"split_test_id": "104", "section_position": position, "name": f"Test ({letter})", "total_count": 1}
        for position, letter in enumerate("AB")
    ],
    "smaily__campaign_statistics": [
        {
            "id": "103",
            "name": "Spring",
            "status": "COMPLETED",
            "completed_at": "2026-10-06 12:00:00",
            "total_count": 2,
            "delivered_count": 2,
        }
    ],
    "smaily__contacts": [{"list_id": "1", "contact_key": raw_key(ANN)}],
    "smaily__actions": [
        action(1, "2026-10-06 11:00:00", ANN, "send", SPRING),
        action(2, "2026-10-06 11:00:00", BOB, "send", SPRING),
        action(
            3, "2026-10-06 11:05:00", ANN, "click", SPRING, "https://shop.example.com/?utm_campaign=spring"
        ),
        action(4, "2026-10-06 11:06:00", ANN, "send", TEST | {"name": "Test (A)"}),
        action(5, "2026-10-06 11:06:00", BOB, "send", campaign(99, "Deleted")),
    ],
    "hubspot__contacts": [contact(1, ANN), contact(2, BOB, hs_merged_object_ids="3"), contact(3, None)],
    "hubspot__deals": [
        deal(11, 1, pipeline="default", stage_history=f'[{{"value": "won", "timestamp": "{stamp(0)}"}}]')
    ],
    "raw._loads": [{"source": "hubspot", "stream": "won_deals", "partition": DAY, "loaded": 1}],
    "hubspot__won_deals": [{"id": "11", "amount": "100.00", "deal_currency_code": "EUR", "_partition": DAY}],
    "hubspot__pipelines": [
        {"id": "default", "label": "Sales", "stages": '[{"id": "closedwon", "label": "Won", "metadata": {}}]'}
    ],
    "hubspot__email_campaigns": [
        {"id": "901", "app_id": "1", "name": "News", "sent_count": 1, "finished_at": 1_791_280_000_000}
    ],
    "hubspot__email_events": [event("e1", 1, "SENT"), event("e1", 2, "OPEN")],
    "hubspot__incoming_emails": [reply(7, 30, "Re: Spring news")],
    "trustpilot__business_units": [{"id": "u1", "five_star": 1, "one_star": 0}],
    "trustpilot__reviews": [
        {
            "id": "r1",
            "created_at": datetime(2026, 10, 7, 8),
            "stars": 5,
            "status": "active",
            "contact_key": raw_key(ANN),
            "reference_id": "1001",
        }
    ],
    "google_analytics__events": [{**hit.event, "_partition": DAY} for hit in (BOUGHT, SEEN)],
    "google_analytics__event_attributes": [{**hit.attributes, "_partition": DAY} for hit in (BOUGHT, SEEN)],
    "google_analytics__daily_totals": [{**TOTAL, "_partition": DAY, "property_time_zone": "Europe/Tallinn"}],
}
QUALITY = tuple(f"stg_{name}__data_quality" for name in ("google_analytics", "hubspot", "trustpilot"))
MODELS = (
    "stg_smaily__campaign_totals",
    "stg_smaily__lists",
    "stg_hubspot__campaign_totals",
    "fct_events",
    "fct_macro_conversions",
    "dim_persons",
    "dim_campaigns",
    "int_emails",
    *QUALITY,
    "stg_hubspot__pipeline_stages",
    "stg_google_analytics__day_totals",
    "int_dimension_fingerprints_current",
)


def of_account(name: str, property_: str, world: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """The world as records of an account of that name, of a property where there is one."""
    ledger = [
        {**row, "source": f"{row['source']}__{name}", "partition": f"{name}/{row['partition']}"}
        if name
        else row
        for row in world["raw._loads"]
    ]
    return {"raw._loads": ledger} | {
        table: [
            {
                **row,
                "_partition": (f"{name}/" if name else "") + row.get("_partition", "0000000001"),
                **({"property_id": property_} if table.startswith("google") else {}),
            }
            for row in rows
        ]
        for table, rows in world.items()
        if table != "raw._loads"
    }


@pytest.fixture(scope="module")
def of_one(compiled: CompiledProject) -> dict[str, list[tuple[Any, ...]]]:
    compiled.build(of_account("", "100", WORLD), *MODELS)
    return {name: compiled.rows(query) for name, query in QUERIES.items()}


@pytest.fixture(scope="module")
def of_two(
    compiled: CompiledProject,
    of_one: dict[str, list[tuple[Any, ...]]],  # noqa: ARG001 - is built before, in the same warehouse
) -> dict[str, list[tuple[Any, ...]]]:
    first, second = of_account("", "100", WORLD), of_account("EE", "200", WORLD)
    compiled.build({table: [*first[table], *second[table]] for table in WORLD}, *MODELS)
    return {name: compiled.rows(query) for name, query in QUERIES.items()}


QUERIES = {
    "events": "select source::varchar, event_name::varchar, event_id from marts.fct_events order by all",
    "counts": """
        select source::varchar, event_name::varchar, count(*) from marts.fct_events group by all order by all
    """,
    "campaigns": "select campaign_key, name, status from marts.dim_campaigns order by all",
    "emails": "select email_id, subject from intermediate.int_emails order by all",
    "sends": """
        select campaign_key, count(*), count(distinct email_id) from marts.fct_events
        where event_name in ('send', 'SENT') group by all order by all
    """,
    "persons": "select person_kind, count(*) from marts.dim_persons group by all order by all",
    "devices": """
        select distinct client_id from intermediate.int_events where client_id is not null order by all
    """,
    "orders": """
        select order_namespaces, revenue, count(*) from marts.fct_macro_conversions group by all order by all
    """,
    "contacts": "select account, count(*) from staging.stg_smaily__contacts group by all order by all",
    "lists": "select list_id, list_name from staging.stg_smaily__lists order by all",
    "sections": """
        select campaign_id, section_position from staging.stg_smaily__split_test_statistics order by all
    """,
    "stages": "select pipeline, stage, stage_label from staging.stg_hubspot__pipeline_stages order by all",
    "totals": """
        select feed, event_count, time_zone from staging.stg_google_analytics__day_totals order by all
    """,
    "campaign_totals": """
        select campaign_key, sent_count from staging.stg_hubspot__campaign_totals
        union all
        select campaign_key, total_count from staging.stg_smaily__campaign_totals order by all
    """,
    "ambiguous": """
        select kind, name from intermediate.int_dimension_fingerprints_current
        group by all having count(*) > 1 order by all
    """,
    "unreconciled": f"""
        select indicator, stream, unit, affected, total
        from ({" union all ".join(f"from staging.{model}" for model in QUALITY)})
        where starts_with(indicator, 'unreconciled') order by all
    """,
}


def test_ids_of_the_first_account_stay_as_they_are(of_one: Any, of_two: Any) -> None:
    assert set(of_one["events"]) <= set(of_two["events"])
    assert set(of_one["campaigns"]) <= set(of_two["campaigns"])
    assert set(of_one["devices"]) <= set(of_two["devices"])
    logged = {id_ for source, _, id_ in of_two["events"] if source == "smaily"}
    # As they were before there were accounts.
    assert logged >= {
        int.from_bytes(md5(f"smaily|{number}".encode()).digest()[:8], "little") >> 1 for number in range(1, 6)
    }


def test_each_account_has_its_events_campaigns_orders_and_browsers(of_one: Any, of_two: Any) -> None:
    assert of_two["counts"] == [(source, name, 2 * number) for source, name, number in of_one["counts"]]
    keys = {key for key, *_ in of_one["campaigns"]}
    assert keys == {*(f"smaily-{number}" for number in (99, 103, 104, 105, 106)), "hubspot-901"}
    assert ("smaily-104-A", "A") in of_one["emails"]
    assert set(of_two["emails"]) == {
        *of_one["emails"],
        *((key.replace("-", "-EE/", 1), subject) for key, subject in of_one["emails"]),
    }
    assert set(of_two["campaigns"]) == {
        *of_one["campaigns"],
        *((key.replace("-", "-EE/"), *described) for key, *described in of_one["campaigns"]),
    }
    assert of_two["sends"] == sorted(
        of_one["sends"] + [(key.replace("-", "-EE/"), *counts) for key, *counts in of_one["sends"]]
    )
    assert of_two["devices"] == [("200/c1",), ("c1",)]
    assert of_one["orders"] == [("google_analytics", 100, 1), ("hubspot", 100, 1)]
    # Of equal orders of one person that two properties report, one gathers what the other has.
    assert of_two["orders"] == [
        ("200, google_analytics", 100, 1), ("hubspot", 100, 1), ("hubspot__EE", 100, 1),
    ]  # fmt: skip
    assert of_two["contacts"] == [("", 1), ("EE", 1)]
    assert of_two["lists"] == [("1", "All"), ("EE/1", "All")]
    assert of_two["sections"] == [("104", 0), ("104", 1), ("EE/104", 0), ("EE/104", 1)]
    assert of_two["stages"] == [("EE/default", "closedwon", "Won"), ("default", "closedwon", "Won")]


def test_an_address_is_one_person_in_every_account(of_one: Any, of_two: Any) -> None:
    assert of_one["persons"] == of_two["persons"] == [("contact", 2)]


def test_an_address_of_two_accounts_is_compared_with_itself_once(of_two: Any) -> None:
    """Else an increment takes it for changed in every build."""
    assert of_two["ambiguous"] == []


def test_totals_are_compared_account_by_account(of_one: Any, of_two: Any) -> None:
    assert of_one["campaign_totals"] == [("hubspot-901", 1), ("smaily-103", 2)]
    assert of_two["campaign_totals"] == [
        ("hubspot-901", 1), ("hubspot-EE/901", 1), ("smaily-103", 2), ("smaily-EE/103", 2),
    ]  # fmt: skip
    assert of_two["totals"] == [("200", 4, "Europe/Tallinn"), (None, 4, "Europe/Tallinn")]
    assert {stream for _, stream, *_ in of_one["unreconciled"]} >= {"won_deals", "reviews", "events"}
    assert {affected for *_, affected, _ in of_one["unreconciled"]} == {0.0}
    # What one account loses is not made small by what another one has.
    assert of_two["unreconciled"] == sorted(
        [
            *of_one["unreconciled"],
            *(
                (indicator, f"{'EE' if stream in ('won_deals', 'reviews') else 200}/{stream}", *rest)
                for indicator, stream, *rest in of_one["unreconciled"]
            ),
        ]
    )

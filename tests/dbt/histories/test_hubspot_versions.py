"""HubSpot gives new versions in other partitions: incremental builds follow them as full ones do."""

from pathlib import Path

from tests.dbt.histories.project import CompiledProject
from tests.dbt.histories.story import Change, Step, at
from tests.dbt.histories.world import worlds
from tests.dbt.rows import Row, raw_key

ANN, BOB, CID = (f"{name}@example.com" for name in ("ann", "bob", "cid"))
MARTS = (
    "fct_events",
    "fct_email_sends",
    "fct_macro_conversions",
    "fct_sessions",
    "fct_journeys",
    "dim_persons",
)


def stage(name: str, minute: int) -> str:
    return f'{{"value": "{name}", "timestamp": "{at(minute).isoformat()}"}}'


def contact(id_: int, address: str | None, version: int, **values: str) -> Row:
    return {
        "id": str(id_),
        "updated_at": at(version).isoformat(),
        "createdate": at(0).isoformat(),
        "contact_key": raw_key(address) if address else None,
        "lifecycle_history": f"[{stage('subscriber', 0)}]",
        **values,
    }


def deal(id_: int, contact_id: int | None, version: int, **values: str) -> Row:
    return {
        "id": str(id_),
        "updated_at": at(version).isoformat(),
        "contact_id": str(contact_id) if contact_id else None,
        "contacts": 1,
        "amount": "120.50",
        "deal_currency_code": "EUR",
        "createdate": at(1).isoformat(),
        "closedate": at(30).isoformat(),
        "stage_history": f"[{stage('offered', 10)}, {stage('opened', 1)}]",
        "hs_is_closed_won": "false",
        **values,
    }


def event(id_: str, minute: int, address: str, type_: str, **values: str) -> Row:
    return {
        "id": id_,
        "created": round(at(minute).timestamp() * 1000),
        "type": type_,
        "contact_key": raw_key(address),
        "campaign_id": "901",
        "subject": "News" if type_ == "SENT" else None,
        **values,
    }


def contacts(number: int, *rows: Row) -> Change:
    return Change({"hubspot__contacts": rows}, f"c{number}")


def deals(number: int, *rows: Row) -> Change:
    return Change({"hubspot__deals": rows}, f"d{number}")


def reply(minute: int, address: str) -> Row:
    return {
        "id": "1",
        "hs_timestamp": at(minute).isoformat(),
        "contact_key": raw_key(address),
        "hs_email_subject": "RE: News",
    }


SENT = event("e1", 2, ANN, "SENT")
OPEN = event("e2", 3, ANN, "OPEN", user_agent="Thunderbird", ip_address="203.0.113.7")
WON = {"hs_is_closed_won": "true", "stage_history": f"[{stage('won', 29)}, {stage('opened', 1)}]"}
BEFORE: list[Step] = [
    contacts(1, contact(1, ANN, 0), contact(2, BOB, 0), contact(3, CID, 0)),
    deals(1, deal(10, 1, 5), deal(11, 2, 5)),
    Change({"hubspot__email_events": (SENT, OPEN)}, "2026-10-24"),
]
CHANGES: tuple[tuple[str, Change], ...] = (
    ("a deal is won", deals(2, deal(10, 1, 30, **WON))),
    ("it was another contact's", deals(3, deal(10, 2, 40, **WON))),
    ("its amount is corrected", deals(4, deal(10, 2, 50, amount="99.90", **WON))),
    ("a contact gets another address", contacts(2, contact(2, "new@example.com", 60))),
    ("the address of another is that of the first", contacts(3, contact(2, BOB, 65), contact(1, None, 66))),
    ("two contacts are merged", contacts(4, contact(2, BOB, 70, hs_merged_object_ids="3;1"))),
    (
        "an open is superseded",
        Change(
            {"hubspot__email_events": (SENT, OPEN | {"obsoleted_by_id": "e3"}, {**OPEN, "id": "e3"})},
            "2026-10-24",
        ),
    ),
    ("the e-mail is answered", Change({"hubspot__incoming_emails": (reply(90, ANN),)}, "2026-10-25")),
    ("the deal gets an order's id", deals(5, deal(10, 2, 95, order_id="A-1", **WON))),
    (
        "it is deleted",
        deals(6, deal(10, None, 95, order_id="A-1", archived="true", archived_at=at(96).isoformat())),
    ),
    ("it is restored", deals(7, deal(10, 2, 97, order_id="A-1", **WON))),
    (
        "a contact is deleted",
        contacts(5, contact(2, BOB, 70, archived="true", archived_at=at(99).isoformat())),
    ),
    (
        "somebody leaves every e-mail",
        Change(
            {
                "hubspot__subscription_changes": (
                    {
                        "timestamp": round(at(99).timestamp() * 1000),
                        "contact_key": raw_key(ANN),
                        "changes": '[{"change": "UNSUBSCRIBED", "changeType": "PORTAL_STATUS"}]',
                    },
                )
            },
            "2026-10-25",
        ),
    ),
)


def test_each_new_version_is_built_incrementally_as_in_full(project: CompiledProject, tmp_path: Path) -> None:
    state: dict[object, Step] = {}
    for step in BEFORE:
        state[(step.partition, *step.tables)] = step
    with worlds(project, tmp_path, ("grown", *(str(n) for n, _ in enumerate(CHANGES)))) as (grown, *whole):
        grown.take(BEFORE)
        grown.build()
        for (change, step), fresh in zip(CHANGES, whole, strict=True):
            before = grown.mart("fct_events")
            state[(step.partition, *step.tables)] = step
            grown.take([step])
            grown.build()
            fresh.take(list(state.values()))
            fresh.build()
            for mart in MARTS:
                assert grown.mart(mart) == fresh.mart(mart), f"{mart}: {change}"
            assert grown.mart("fct_events") != before, f"nothing changes: {change}"
            fresh.connection.close()

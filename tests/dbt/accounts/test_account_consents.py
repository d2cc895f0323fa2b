"""An address in two accounts of one e-mail service, which say different things of it."""

import re
from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import contact
from tests.dbt.rows import Row, key, raw_key

OFF, ON = {"is_unsubscribed": "1"}, {"is_unsubscribed": "0"}
OFF_IN_MAY = {**OFF, "unsubscribed_at": "2026-05-02 10:00:00"}


def on_since(day: str) -> Row:
    return {**ON, "subscribed_at": f"{day} 10:00:00"}


# What the first account and the other one list, the person's status, and why no one writes to the address.
LISTED: dict[str, tuple[Row, Row | None, str, str | None]] = {
    "in one only": (ON, None, "subscribed", None),
    "off one only": (OFF, None, "unsubscribed", "unsubscribed"),
    "in both": (ON, ON, "subscribed", None),
    "off the first": (OFF, ON, "unsubscribed", "unsubscribed"),
    "off the other": (ON, OFF, "unsubscribed", "unsubscribed"),
    "off, on some day": (OFF, on_since("2026-05-03"), "unsubscribed", "unsubscribed"),
    "off in May, on": (OFF_IN_MAY, ON, "unsubscribed", "unsubscribed"),
    "off in May, on before": (OFF_IN_MAY, on_since("2026-05-01"), "unsubscribed", "unsubscribed"),
    "off in May, on that instant": (OFF_IN_MAY, on_since("2026-05-02"), "unsubscribed", "unsubscribed"),
    # The other account would not send.
    "off in May, on after": (OFF_IN_MAY, on_since("2026-05-03"), "subscribed", "unsubscribed"),
}


def address(name: str) -> str:
    return f"{re.sub('[^a-z]+', '-', name.lower())}@shop.example"


def found(compiled: CompiledProject) -> dict[str, tuple[Any, ...]]:
    rows = compiled.rows("""
        select addresses.contact_key, persons.subscription_status, addresses.left_out_because
        from intermediate.int_mailing_addresses as addresses
        inner join marts.dim_persons as persons using (person_key)
    """)
    return {contact_key: tuple(rest) for contact_key, *rest in rows}


def test_a_refusal_in_one_account_stands_in_the_others(compiled: CompiledProject) -> None:
    accounts = [("0000000001", 0), ("LV/0000000001", 1)]
    contacts = [
        {
            "list_id": "1",
            "contact_key": raw_key(address(name)),
            "_partition": partition,
            **(listed[place] or {}),
        }
        for name, (*listed, _, _) in LISTED.items()
        for partition, place in accounts
        if listed[place] is not None
    ]
    compiled.build(
        {
            "smaily__contacts": contacts,
            "pii.contacts": [{"contact_key": key(address(name)), "email": address(name)} for name in LISTED],
        },
        "int_mailing_addresses",
    )
    assert found(compiled) == {
        key(address(name)): (status, reason) for name, (_, _, status, reason) in LISTED.items()
    }


def test_each_portal_has_its_say_of_an_address(compiled: CompiledProject) -> None:
    """HubSpot dates no refusal of a contact, and the contact that was created later is listed."""
    compiled.build(
        {
            "hubspot__contacts": [
                {**contact(1, "ann@shop.example", hs_email_optout="true"), "_partition": "2026-10-06"},
                {
                    **contact(1, "ann@shop.example", createdate="2026-10-08T00:00:00Z"),
                    "_partition": "LV/2026-10-06",
                },
            ],
            "pii.contacts": [{"contact_key": key("ann@shop.example"), "email": "ann@shop.example"}],
        },
        "int_mailing_addresses",
    )
    assert found(compiled) == {key("ann@shop.example"): ("unsubscribed", "consent_denied")}

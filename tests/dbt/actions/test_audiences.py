"""Whom an audience may be exported to, by hand."""

import json
import re

import pytest

from dagster_project.publishing.audiences.export import ExportRefused
from tests.dbt.actions.audience_feeds import CART, EXPORTED_AT, GRANTED, Audiences, abandoned, act
from tests.dbt.rows import Row, key, raw_key


def test_nobody_is_written_to_who_must_not_be(audiences: Audiences) -> None:
    """Each of these filled a cart; who is written to is named first."""
    names = (
        "granted", "again", "delivered", "opened", "clicked", "used", "unknown", "denied", "withdrawn",
        "left", "bounced", "complained",
        "keyonly", "refused",
    )  # fmt: skip
    emails = {name: f"{name}@shop.example" for name in names}
    rows = [
        abandoned(emails["granted"], **GRANTED),
        abandoned(emails["again"], **GRANTED),
        act(1, "unsubscribe", emails["again"]),
        act(2, "subscribe", emails["again"]),
        abandoned(emails["used"], **GRANTED),
        act(1, "bounce", emails["used"]),
        act(2, "page_view", emails["used"]),
        *(
            found
            for name, sign in (("delivered", "delivered"), ("opened", "open"), ("clicked", "click"))
            for found in (
                abandoned(emails[name], **GRANTED),
                act(1, "bounce", emails[name]),
                act(2, sign, emails[name]),
            )
        ),
        abandoned(emails["unknown"]),
        abandoned(emails["denied"], marketing_consent="denied"),
        abandoned(emails["withdrawn"], **GRANTED),
        act(1, "page_view", emails["withdrawn"], marketing_consent="denied"),
        abandoned(emails["left"], **GRANTED),
        act(1, "subscribe", emails["left"]),
        act(2, "unsubscribe", emails["left"]),
        abandoned(emails["bounced"], **GRANTED),
        act(1, "bounce", emails["bounced"]),
        abandoned(emails["complained"], **GRANTED),
        act(1, "complaint", emails["complained"]),
        act(2, "subscribe", emails["complained"]),
        abandoned(emails["keyonly"], **GRANTED),
        abandoned(emails["refused"], **GRANTED, analytics_consent="denied"),
        act(0, CART, None, client_id="phone"),
    ]
    audiences.build(rows, [email for name, email in emails.items() if name != "keyonly"])
    assert audiences.reasons() == {
        None: 5, "unknown_consent": 1, "consent_denied": 2, "unsubscribed": 1, "hard_bounced": 2,
        "complained": 1, "no_address": 1,
    }  # fmt: skip
    named = {emails[name] for name in ("granted", "again", "delivered", "opened", "clicked")}
    assert audiences.exported() == named
    assert audiences.exported(with_unknown_consent=True) == named | {emails["unknown"]}
    assert dict(audiences.export().left_out) == {
        name: count for name, count in audiences.reasons().items() if name
    }
    [(published,)] = audiences.project.rows(
        "select string_agg(members::varchar, ' ') from marts.fct_audience_members as members"
    )
    assert "@" not in published
    assert key(emails["granted"]) not in published


# What was done when, with which address of a person (or with the account alone), and which is written to.
TWO_ADDRESSES: dict[str, tuple[list[tuple[int, str, str]], str | None]] = {
    "later": ([], "home"),
    "used": ([(5, "page_view", "work")], "work"),
    "both": ([(5, "page_view", "work"), (6, "page_view", "home")], "home"),
    "left": ([(5, "page_view", "work"), (6, "unsubscribe", "home")], None),
    "spam": ([(5, "page_view", "work"), (6, "complaint", "home")], None),
    "back": ([(5, "unsubscribe", "work"), (6, "subscribe", "work")], "work"),
    "elsewhere": ([(5, "unsubscribe", "work"), (6, "subscribe", "home"), (7, "page_view", "work")], "home"),
    "account left": ([(5, "unsubscribe", "")], None),
    "account opted out": ([(5, "optout", "")], None),
    "account spam": ([(5, "complaint", ""), (6, "subscribe", "home")], None),
    "account back": ([(5, "unsubscribe", ""), (6, "subscribe", "")], "home"),
    "account bounced": ([(5, "bounce", "")], None),
}
# What the e-mail service lists of each address, and at which the person is written to.
LISTED: dict[str, tuple[dict[str, Row], str | None]] = {
    "off": ({"work": {"is_unsubscribed": "1"}}, None),
    "off, on": (
        {
            "work": {"is_unsubscribed": "1"},
            "home": {"is_unsubscribed": "0", "subscribed_at": "2026-05-01 10:00:00"},
        },
        "home",
    ),
    "listed as bounced": ({"home": {"is_unsubscribed": "0", "last_response_code": "550"}}, "work"),
    "softly bounced": ({"home": {"is_unsubscribed": "0", "last_response_code": "450"}}, "home"),
    "listed as spam": ({"work": {"is_unsubscribed": "0", "last_response_code": "1002"}}, None),
    "on, off": (
        {
            "work": {"is_unsubscribed": "1", "unsubscribed_at": "2026-05-02 10:00:00"},
            "home": {"is_unsubscribed": "0", "subscribed_at": "2026-05-01 10:00:00"},
        },
        None,
    ),
}


def of_two(name: str) -> dict[str, str]:
    plain = re.sub(r"\W+", "-", name)
    return {kind: f"{plain}@{kind}.example" for kind in ("work", "home")}


def test_of_two_addresses_the_one_in_use_is_written_to(audiences: Audiences) -> None:
    rows, contacts, expected = [], [], {}
    for name in (*TWO_ADDRESSES, *LISTED):
        emails = of_two(name)
        acts, chosen = TWO_ADDRESSES.get(name, ([], LISTED.get(name, ({}, None))[1]))
        rows += [
            act(-1, "login", emails["work"], user_id=name),
            abandoned(emails["work"], user_id=name, **GRANTED),
            act(1, "login", emails["home"], user_id=name),
        ]
        rows += [act(days, event, emails.get(kind), user_id=name) for days, event, kind in acts]
        listed = LISTED.get(name, ({}, None))[0]
        contacts += [{"contact_key": raw_key(emails[kind]), **row} for kind, row in listed.items()]
        expected[name] = {emails[chosen]} if chosen else set()
    addresses = {name: {*of_two(name).values()} for name in expected}
    audiences.build(rows, sorted(set().union(*addresses.values())), contacts=contacts)
    assert audiences.project.rows("select count(*) from marts.dim_persons where addresses = 2") == [
        (len(expected),)
    ]
    exported = audiences.exported()
    assert {name: exported & emails for name, emails in addresses.items()} == expected


def test_stale_data_is_exported_only_when_asked_for(audiences: Audiences) -> None:
    """And one file of an audience stays, the last."""
    audiences.build([abandoned("ann@shop.example", **GRANTED)], ["ann@shop.example"])
    first = audiences.export(days_later=2)
    assert first.known_until == EXPORTED_AT
    with pytest.raises(ExportRefused, match="known until 2026-06-10 08:00 UTC only"):
        audiences.export(days_later=2.1)
    assert first.path.exists()
    second = audiences.export(importer="smaily", days_later=2.1, accepts_stale=True)
    assert (first.path.exists(), second.path.exists()) == (False, True)
    with audiences.project.connect() as connection:
        connection.execute("update marts.dim_audiences set known_until = null")
    with pytest.raises(ExportRefused, match="Nothing says"):
        audiences.export()


def test_properties_are_no_statement(audiences: Audiences) -> None:
    """Consent in properties states nothing, and an audience without anybody is an empty file."""
    rows = [abandoned("ann@shop.example", properties=json.dumps({"marketing_consent": "granted"}))]
    audiences.build(rows, ["ann@shop.example"])
    assert audiences.reasons() == {"unknown_consent": 1}
    assert audiences.exported() == set()

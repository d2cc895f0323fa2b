"""Whom an audience may be exported to, and the way of a holdout back to the experiments, by hand."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dagster_project.publishing.audiences.export import Exported, export_audience
from dagster_project.publishing.audiences.importers import IMPORTERS
from dagster_project.raw.audience_assignments import journal_path, load_audience_assignments
from dagster_project.settings import Settings
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key, raw_key

START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")
EXPORTED_AT = datetime(2026, 6, 10, 8, tzinfo=UTC)
CART, BUY = "add_to_cart", "purchase"
NAMES = (
    "event_name", "occurred_at", "contact_key", "client_id", "order_id", "revenue", "currency",
    "marketing_consent", "analytics_consent", "user_id", "properties", "campaign", "url",
)  # fmt: skip
GRANTED = {"marketing_consent": "granted"}
MODELS = ("dim_audiences", "rpt_experiments")


def act(days: float, name: str, email: str | None, **values: Any) -> Row:
    if name == BUY:
        values = {"order_id": f"{email} {days}", "revenue": 100.0, "currency": "EUR"} | values
    return {
        "event_name": name,
        "occurred_at": START + timedelta(days=days),
        "contact_key": key(email) if email else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "site.csv",
        **values,
    }


class Audiences:
    """The project on rows of a feed, with the addresses of all persons but those named as unknown."""

    def __init__(self, project: CompiledProject, home: Path) -> None:
        self.project, self.settings = project, Settings(home, EXPORTED_AT)

    def build(
        self, rows: list[Row], emails: list[str], ends_after: float = 9, contacts: Sequence[Row] = ()
    ) -> None:
        rows = [*rows, act(ends_after, BUY, "last@shop.example")]
        table = pa.Table.from_pylist([dict.fromkeys(NAMES) | row for row in rows])
        with self.project.connect() as connection:
            kept = connection.execute("from raw._audience_assignments").fetchall()
        columns = ("audience_id", "contact_key", "arm", "share", "assigned_at")
        raw = {
            "event_files__site": table,
            "smaily__contacts": contacts,
            "pii.contacts": [{"contact_key": key(email), "email": email} for email in emails],
            "raw._audience_assignments": [dict(zip(columns, row, strict=True)) for row in kept],
        }
        self.project.build(raw, *MODELS)

    def reasons(self, audience: str = "segment.abandoned_cart") -> dict[Any, int]:
        found = self.project.rows(
            "select left_out_because, count(*) from marts.fct_audience_members"
            f" where audience_id = '{audience}' group by all"
        )
        return dict(found)

    def export(
        self, audience: str = "segment.abandoned_cart", importer: str = "klaviyo", **options: bool
    ) -> Exported:
        with self.project.connect() as connection:
            return export_audience(connection, self.settings, audience, IMPORTERS[importer], **options)

    def exported(self, **options: Any) -> set[str]:
        with self.export(**options).path.open(encoding="utf-8", newline="") as file:
            return {row["Email"] for row in csv.DictReader(file)}


@pytest.fixture
def audiences(with_feeds: CompiledProject, tmp_path: Path) -> Iterator[Audiences]:
    with with_feeds.connect() as connection:
        connection.execute("delete from raw._audience_assignments")
    yield Audiences(with_feeds, tmp_path)
    with_feeds.replace_seed("action_holdouts", [])


def abandoned(email: str, **values: Any) -> Row:
    return act(0, CART, email, **values)


def test_nobody_is_written_to_who_must_not_be(audiences: Audiences) -> None:
    """Each of these filled a cart; who is written to is named first."""
    names = (
        "granted", "again", "delivered", "opened", "clicked", "used", "unknown", "denied", "withdrawn", "left", "bounced", "complained",
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
                abandoned(emails[name], **GRANTED), act(1, "bounce", emails[name]), act(2, sign, emails[name])
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


# What was done when, with which address of a person (or with the account alone), and at which the person is written to.
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


def test_the_holdout_comes_back_as_an_experiment(audiences: Audiences) -> None:
    """Of 200 persons three tenths are held out; the treated buy, and the experiment says to ship it."""
    emails = [f"p{number}@shop.example" for number in range(200)]
    rows = [abandoned(email, **GRANTED) for email in emails]
    audiences.project.replace_seed("action_holdouts", [("segment.abandoned_cart", 0.3)])
    audiences.build(rows, emails)
    treated = audiences.exported()
    assert 115 < len(treated) < 165
    assert audiences.export().held_out == 200 - len(treated)
    assert audiences.exported() == treated, "an assignment stays"

    bought = [act(11, BUY, email) for email in sorted(treated)[:100]]
    more = [abandoned(email, **GRANTED) for email in ("new1@shop.example", "new2@shop.example")]
    audiences.build([*rows, *bought, *more], [*emails, "new1@shop.example", "new2@shop.example"], 60)
    assert audiences.project.rows(
        "select variant, is_control, persons, mature_persons, total, weights_are_planned, verdict"
        " from marts.rpt_experiments"
        " where experiment = 'segment.abandoned_cart' and role = 'primary' order by variant"
    ) == [
        ("holdout", True, 200 - len(treated), 200 - len(treated), 0, True, "ship treated"),
        ("treated", False, len(treated), len(treated), 100, True, "ship treated"),
    ]


def test_the_arms_survive_a_lost_warehouse_and_another_share(audiences: Audiences) -> None:
    emails = [f"p{number}@shop.example" for number in range(60)]
    rows = [abandoned(email, **GRANTED) for email in emails]
    audiences.project.replace_seed("action_holdouts", [("segment.abandoned_cart", 0.3)])
    audiences.build(rows, emails)
    treated = audiences.exported()
    audiences.project.replace_seed("action_holdouts", [("segment.abandoned_cart", 0.9)])
    with audiences.project.connect() as connection:
        before = connection.execute("from raw._audience_assignments order by all").fetchall()
        connection.execute("delete from raw._audience_assignments")
        connection.execute("delete from raw._loads where source = 'audience_assignments'")
        load_audience_assignments(connection, audiences.settings.landing, EXPORTED_AT)
        assert connection.execute("from raw._audience_assignments order by all").fetchall() == before
    assert len(before) == 60
    audiences.build(rows, [*emails, "new@shop.example"])
    assert audiences.exported() == treated
    journal = journal_path(audiences.settings.landing)
    assert journal.stat().st_mode & 0o077 == 0
    audiences.project.replace_seed("action_holdouts", [])
    audiences.build(rows, emails)
    assert audiences.exported() == set(emails), "without a holdout everybody is written to"


def test_who_has_two_arms_counts_in_neither(audiences: Audiences) -> None:
    """Two persons were assigned apart; a log-in shows that they are one."""
    rows = [
        act(-1, "login", "ann@work.example", user_id="ann"),
        abandoned("ann@work.example", **GRANTED),
        abandoned("ann@home.example", **GRANTED),
    ]
    emails = ["ann@work.example", "ann@home.example"]
    assignments = [
        {"audience_id": "segment.abandoned_cart", "contact_key": key(email), "arm": arm, "share": 0.5,
         "assigned_at": EXPORTED_AT}
        for email, arm in zip(emails, ("treated", "holdout"), strict=True)
    ]  # fmt: skip
    with audiences.project.connect() as connection:
        for row in assignments:
            connection.execute(
                "insert into raw._audience_assignments values (?, ?, ?, ?, ?)", list(row.values())
            )
    arms = "select arm, is_in_two_arms from intermediate.int_audience_assignments order by all"
    audiences.build(rows, emails)
    assert audiences.project.rows(arms) == [("holdout", False), ("treated", False)]
    audiences.build([*rows, act(3, "login", "ann@home.example", user_id="ann")], emails)
    assert [is_in_two for _, is_in_two in audiences.project.rows(arms)] == [True]
    assert audiences.project.rows("select distinct arm from marts.fct_audience_members") == [(None,)]


def test_properties_are_no_statement(audiences: Audiences) -> None:
    """Consent in properties states nothing, and an audience without anybody is an empty file."""
    rows = [abandoned("ann@shop.example", properties=json.dumps({"marketing_consent": "granted"}))]
    audiences.build(rows, ["ann@shop.example"])
    assert audiences.reasons() == {"unknown_consent": 1}
    assert audiences.exported() == set()

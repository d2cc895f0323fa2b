"""Consent: who refuses analytics is in no table of persons, and counts in totals."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, action, campaign, key

FEEDS = ("shop", "crm", "till")  # as those of orders, so that they are compiled once
START = datetime.fromisoformat("2026-10-05T08:00:00+00:00")
PERSON_MARTS = (
    "dim_persons", "fct_sessions", "fct_micro_conversions", "fct_journeys", "fct_journey_stages",
)  # fmt: skip
MARTS = (*PERSON_MARTS, "fct_macro_conversions", "fct_refunds", "fct_email_sends", "int_cohort_counts")
LETTER = campaign(1, "Autumn")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    feeds = [Feed(name, f"{name}/*.csv", "csv", "UTC", {"occurred_at": "t"}) for name in FEEDS]
    return CompiledProject(tmp_path_factory.mktemp("compiled"), feeds)


def event(name: str, minutes: float = 0, feed: str = "shop", **values: Any) -> tuple[str, Row]:
    """A row of a feed; `email` gives its contact."""
    email = values.pop("email", None)
    return feed, {
        "event_name": name,
        "occurred_at": START + timedelta(minutes=minutes),
        "contact_key": key(email) if email else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": f"{feed}.csv",
        "_partition": f"{feed}.csv",
        **values,
    }


def states(email: str, minutes: float, **consents: str) -> tuple[str, Row]:
    return event("consent_updated", minutes, "crm", email=email, **consents)


def build(project: CompiledProject, *events: tuple[str, Row], **raw: Any) -> None:
    tables: dict[str, list[Row]] = {name: list(rows) for name, rows in raw.items()}
    for feed, row in events:
        tables.setdefault(f"event_files__{feed}", []).append(row)
    project.build(tables, *MARTS, "int_withheld_events")


def history(*people: str) -> dict[str, Any]:
    """Each is sent a letter and opens it, visits, orders from two systems' view, and gives money back."""
    mail, orders, hits = [], [], []
    for n, email in enumerate(people):
        mail += [
            action(3 * n + 1, "2026-10-05 09:00:00", email, "send", LETTER),
            action(3 * n + 2, "2026-10-05 09:10:00", email, "click", LETTER, "https://shop.example.com/a"),
        ]
        hits.append(Hit("2026-10-05T12:00:00+03:00", "login", "/", f"device {n}", address=email))
        hits.append(
            Hit(
                "2026-10-05T12:05:00+03:00",
                "purchase",
                "/",
                f"device {n}",
                address=email,
                order=f"A{n}",
                revenue=80.0,
            )
        )
        orders.append(event("order", 65, email=email, order_id=f"A{n}", revenue=100.0, currency="EUR"))
        orders.append(event("refund", 600, order_id=f"A{n}", revenue=-10.0, currency="EUR"))
    raw: dict[str, list[Row]] = {
        "smaily__campaigns": [LETTER],
        "smaily__actions": mail,
        "google_analytics__events": [hit.event for hit in hits],
        "google_analytics__event_attributes": [hit.attributes for hit in hits],
    }
    for feed, row in orders:
        raw.setdefault(f"event_files__{feed}", []).append(row)
    return raw


def with_statements(raw: dict[str, Any], *statements: tuple[str, Row]) -> dict[str, Any]:
    return {**raw, "event_files__crm": [row for _, row in statements]}


def counts(project: CompiledProject) -> dict[str, int]:
    places = {name: "intermediate" if name.startswith("int_") else "marts" for name in MARTS}
    return {
        name: project.rows(f"select count(*) from {place}.{name}")[0][0] for name, place in places.items()
    }


def totals(project: CompiledProject) -> list[Any]:
    return project.rows("""
        select
            (select count(*) from marts.fct_events),
            (select count(*) from marts.fct_email_sends where sent_at is not null and human_clicks = 1),
            (select count(*) from marts.fct_macro_conversions),
            (select sum(net_revenue) from marts.fct_macro_conversions),
            (select sum(converted_amount) from marts.fct_refunds)
    """)


def test_who_refuses_is_in_totals_and_in_no_table_of_persons(project: CompiledProject) -> None:
    raw = history("ann@shops.ee", "ben@shops.ee")
    asked = with_statements(raw, states("ann@shops.ee", 900, analytics_consent="granted"))
    build(project, **asked)
    before, totals_before = counts(project), totals(project)
    build(project, **with_statements(raw, states("ann@shops.ee", 900, analytics_consent="denied")))
    after = counts(project)
    assert totals(project) == totals_before
    assert totals_before[0][2:] == (2, Decimal(180), Decimal(20))
    for mart in PERSON_MARTS:
        assert (mart, 2 * after[mart]) == (mart, before[mart])
    for mart in ("fct_macro_conversions", "fct_refunds", "fct_email_sends"):
        found = project.rows(f"select count(*), count(distinct person_key) from marts.{mart}")
        assert (mart, found) == (mart, [(2, 1)])
    for mart in MARTS[:-1]:
        assert (
            project.rows(f"""
            select person_key from marts.{mart} where person_key is not null
            except select person_key from marts.dim_persons
        """)
            == []
        )
    assert project.rows("select max(cohort_size) from intermediate.int_cohort_counts") == [(1,)]
    # Two systems' reports of an order of a person who refuses are still one order.
    assert project.rows("select sources from marts.fct_macro_conversions where person_key is null") == [
        ("event_files, google_analytics",)
    ]


def test_rows_of_who_refuses_cannot_be_joined_again(project: CompiledProject) -> None:
    """Neither by an address of a page nor by properties; an order keeps its id, as its refund needs it."""
    shown = {"url": "https://shop.example.com/?uid=77", "properties": '{"crm_id": "77"}'}
    seen = [
        event("order", 60, email=email, order_id=f"A{n}", revenue=100.0, currency="EUR", **shown)
        for n, email in enumerate(("ann@shops.ee", "ben@shops.ee"))
    ]
    build(project, *seen, states("ann@shops.ee", 900, analytics_consent="denied"))
    found = project.rows(
        "select order_id, person_key is null, url is null, properties is null from marts.fct_events"
        " where event_name = 'order' order by order_id"
    )
    assert found == [("A0", True, True, True), ("A1", False, False, False)]


# What a person states, each at its minute, and which consent the person is shown with.
STATEMENTS: list[tuple[list[tuple[str | None, int]], str | None]] = [
    ([("denied", 1)], None),
    ([("granted", 1), ("denied", 2)], None),
    ([("denied", 1), ("granted", 2)], "granted"),
    ([("denied", 2), ("granted", 1)], None),
    ([("denied", 1), ("granted", 1)], None),  # of one instant the refusal counts
    ([("granted", 1), ("maybe", 2)], "granted"),  # states nothing
    ([("denied", 1), ("", 2)], None),
    ([("unknown", 1)], "unknown"),
    ([(None, 1)], "unknown"),
    ([("FALSE", 1)], None),
    ([(" No ", 1)], None),
    ([("0", 1)], None),
    ([("Denied", 1)], None),
    ([("0.0", 1)], None),
    ([("TRUE", 1)], "granted"),
    ([("1", 1)], "granted"),
    ([("1.0", 1)], "granted"),
    ([("yes", 1)], "granted"),
    ([], "unknown"),
]


def test_the_latest_statement_counts(project: CompiledProject) -> None:
    people = [(f"person{n}@shops.ee", *case) for n, case in enumerate(STATEMENTS)]
    build(
        project,
        *(event("page_view", email=email) for email, *_ in people),
        *(
            states(email, minute, analytics_consent=word, marketing_consent=word, _ordinal=n)
            for email, statements, _ in people
            for n, (word, minute) in enumerate(statements)
        ),
    )
    found = project.rows("""
        select identifier, analytics_consent, marketing_consent
        from marts.dim_persons inner join intermediate.int_person_identifiers using (person_key)
    """)
    assert {(identifier, analytics) for identifier, analytics, _ in found} == {
        (key(email), kept) for email, _, kept in people if kept
    }
    assert all(analytics == marketing for _, analytics, marketing in found)


def test_marketing_consent_changes_neither_history_nor_denominators(project: CompiledProject) -> None:
    raw = history("ann@shops.ee", "ben@shops.ee")
    build(project, **with_statements(raw, states("ann@shops.ee", 900, analytics_consent="granted")))
    before = counts(project)
    build(project, **with_statements(raw, states("ann@shops.ee", 900, marketing_consent="no")))
    assert counts(project) == before
    found = project.rows("select marketing_consent, analytics_consent from marts.dim_persons order by 1")
    assert found == [("denied", "unknown"), ("unknown", "unknown")]


def test_unsubscribing_changes_neither_history_nor_denominators(project: CompiledProject) -> None:
    raw = history("ann@shops.ee", "ben@shops.ee")
    build(project, **raw)
    before, totals_before = counts(project), totals(project)
    contact = {
        "contact_key": bytes.fromhex(key("ann@shops.ee")),
        "is_unsubscribed": "1",
        "created_at": "2026-10-01 10:00:00",
    }
    build(project, **raw, smaily__contacts=[contact])
    assert (counts(project), totals(project)) == (before, totals_before)
    found = project.rows("select subscription_status from marts.dim_persons order by all")
    assert found == [("never",), ("unsubscribed",)]


def test_a_refusal_concerns_every_device_and_address_of_the_person(project: CompiledProject) -> None:
    build(
        project,
        event("page_view", 0, client_id="phone"),
        event("login", 1, client_id="phone", user_id="u1"),
        event("order", 2, user_id="u1", email="ann@shops.ee", revenue=9.0, currency="EUR"),
        event("consent_updated", 3, "crm", client_id="phone", analytics_consent="denied"),
        event("page_view", 4, client_id="tablet"),
    )
    assert project.rows("select count(*) from marts.dim_persons") == [(1,)]
    assert project.rows("select count(*), count(person_key) from marts.fct_events") == [(5, 1)]
    assert project.rows("select count(*) from intermediate.int_withheld_events") == [(4,)]


def test_a_browser_is_no_statement(project: CompiledProject) -> None:
    hit = Hit("2026-10-05T12:00:00+03:00", "page_view", "/", "phone")
    build(
        project,
        google_analytics__events=[hit.event],
        google_analytics__event_attributes=[hit.attributes],
    )
    assert project.rows("select analytics_consent, marketing_consent, devices from marts.dim_persons") == [
        ("unknown", "unknown", 1)
    ]

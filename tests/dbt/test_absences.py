"""Since when it is true that a person did not do something, by hand."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key

START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")
PERSON = {"user_agent": "Mozilla/5.0 (Linux; Android 14) GmailImageProxy", "ip_address": "198.51.100.7"}
Spell = tuple[float, float | None, int]  # since and until, in days, and how many acts


def act(days: float, name: str, mailing: str | None = None, **properties: str) -> Row:
    """A row of the feed, so many days after the start; opens are the person's, and can be seen."""
    if mailing:
        properties = (PERSON if name == "open" else {}) | {"opens_observable": "yes"} | properties
    row: Row = {
        "event_name": name,
        "occurred_at": START + timedelta(days=days),
        "campaign": mailing,
        "url": "https://shop.example.com/a" if name == "click" else None,
        "properties": json.dumps(properties) if properties else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "site.csv",
        "_partition": "site.csv",
    }
    if name == "purchase":
        row |= {"revenue": 10.0, "currency": "EUR"}
    return row


def mailings(count: int, first: float = 0, name: str = "m", **properties: str) -> list[Row]:
    return [act(first + number, "send", f"{name}{number}", **properties) for number in range(count)]


@dataclass(frozen=True)
class Case:
    """What a person does, and the spells of one state that follow."""

    state: str
    rows: list[Row]
    expected: list[Spell] = field(default_factory=list)


ONE = [act(0, "send", "one"), act(1, "open", "one")]
TWO = [act(2, "send", "two"), act(3, "open", "two")]
CLICKS = [act(0, "send", "one"), act(1, "click", "one"), act(2, "send", "two"), act(3, "click", "two")]
CARTS = [act(0, "add_to_cart"), act(0.5, "add_to_cart")]
MACHINE = act(4.2, "open", "m4", is_machine="true")
CASES = {
    "an open without a click is one after a week": Case("opened_no_click", ONE, [(8, None, 1)]),
    "a click in time": Case("opened_no_click", [*ONE, act(8, "click", "one")]),
    "a click too late": Case("opened_no_click", [*ONE, act(8.01, "click", "one")], [(8, 8.01, 1)]),
    "a click in another e-mail": Case(
        "opened_no_click", [*ONE, act(2, "send", "two"), act(5, "click", "two")]
    ),
    "a click without images": Case("opened_no_click", [act(0, "send", "one"), act(1, "click", "one")]),
    "an open by a machine": Case("opened_no_click", [*mailings(5), MACHINE]),
    "spells follow each other": Case(
        "opened_no_click",
        [*ONE, *TWO, act(20, "click", "two"), act(21, "send", "three"), act(22, "open", "three")],
        [(8, 20, 2), (29, None, 1)],
    ),
    "not known yet": Case("opened_no_click", [act(52, "send", "late"), act(53.1, "open", "late")]),
    "known just now": Case(
        "opened_no_click", [act(52, "send", "late"), act(53, "open", "late")], [(60, None, 1)]
    ),
    "clicks without a conversion": Case("clicked_no_conversion", CLICKS, [(8, None, 2)]),
    "converted in time": Case("clicked_no_conversion", [*CLICKS, act(4, "purchase")]),
    "converted later": Case("clicked_no_conversion", [*CLICKS, act(30, "purchase")], [(8, 30, 2)]),
    "converted before the click": Case(
        "clicked_no_conversion", [act(-1, "purchase"), *CLICKS], [(8, None, 2)]
    ),
    "an order within a day": Case("cart_abandoned", [*CARTS, act(1, "purchase")]),
    "an order at once": Case("cart_abandoned", [act(0, "add_to_cart"), act(0, "purchase")]),
    "an order later, and another cart": Case(
        "cart_abandoned",
        [*CARTS, act(3, "purchase"), act(4, "add_to_cart")],
        [(1, 3, 2), (5, None, 1)],
    ),
    # A day to be abandoned and seven to be recovered after the last thing.
    "another cart, though there was no order": Case(
        "cart_abandoned",
        [act(0, "add_to_cart"), act(8, "add_to_cart"), act(16.1, "add_to_cart"), act(40, "add_to_cart")],
        [(1, None, 2), (17.1, None, 1), (41, None, 1)],
    ),
    "an order resolves all carts": Case(
        "cart_abandoned",
        [act(0, "add_to_cart"), act(9, "add_to_cart"), act(20, "purchase")],
        [(1, 20, 1), (10, 20, 1)],
    ),
    "an order in time for the other cart": Case(
        "cart_abandoned",
        [act(0, "add_to_cart"), act(9, "add_to_cart"), act(9.5, "purchase")],
        [(1, 9.5, 1)],
    ),
    "four ignored e-mails": Case("ignored_emails", mailings(4)),
    "six ignored e-mails": Case("ignored_emails", mailings(6), [(11, None, 6)]),
    "nine with one read": Case("ignored_emails", [*mailings(9), act(4.5, "open", "m2")]),
    "ten with one read": Case("ignored_emails", [*mailings(10), act(4.5, "open", "m2")], [(16, None, 5)]),
    "read on the last day": Case("ignored_emails", [*mailings(5), act(11, "open", "m0")]),
    "read a day later": Case("ignored_emails", [*mailings(5), act(11.5, "open", "m0")], [(11, 11.5, 5)]),
    # Who reads behind a proxy cannot be seen to ignore what it loaded; the five others are ignored.
    "loaded by a machine": Case("ignored_emails", [*mailings(6), MACHINE], [(12, None, 5)]),
    "a reader without images": Case("ignored_emails", [*mailings(5), act(11.5, "click", "m0")]),
    "not observable": Case("ignored_emails", mailings(5, opens_observable="no")),
    "observable or not, nobody knows": Case("ignored_emails", mailings(5, opens_observable="unknown")),
    "four observable of five": Case(
        "ignored_emails", [*mailings(4), act(4, "send", "m4", opens_observable="no")]
    ),
    "a click in one that is not observable": Case(
        "ignored_emails",
        [*mailings(2, opens_observable="no"), *mailings(5, 20, "n"), act(22.5, "click", "m0")],
    ),
    "a bounced one is not ignored": Case("ignored_emails", [*mailings(5), act(2.1, "bounce", "m2")]),
}


@pytest.fixture(scope="module")
def project(with_feeds: CompiledProject) -> CompiledProject:
    """Each case is one person; another one's acts tell until when everything is known."""
    acts = ("send", "open", "click", "purchase")
    people = [case.rows for case in CASES.values()]
    people.append([act(60, name, "last" if name != "purchase" else None) for name in acts])
    rows = [
        row | {"contact_key": key(f"p{number}@shop.example"), "order_id": f"order {number} {place}"}
        for number, own in enumerate(people)
        for place, row in enumerate(own)
    ]
    for row in rows:
        if row["event_name"] != "purchase":
            row["order_id"] = None
    with_feeds.build({"event_files__site": rows}, "fct_absences", "dim_persons")
    return with_feeds


def spells(project: CompiledProject, number: int, state: str) -> list[Spell]:
    start = f"timestamp '{START:%Y-%m-%d %H:%M:%S}'"
    rows = project.rows(
        f"select epoch(since - {start}) / 86400, epoch(resolved_at - {start}) / 86400, occurrences"
        " from marts.fct_absences inner join intermediate.int_person_identifiers using (person_key)"
        f" where identifier = '{key(f'p{number}@shop.example')}' and state = '{state}' order by since"
    )
    return [(round(since, 4), until and round(until, 4), acts) for since, until, acts in rows]


@pytest.mark.parametrize("name", CASES)
def test_states_of_absence(project: CompiledProject, name: str) -> None:
    case = CASES[name]
    assert spells(project, list(CASES).index(name), case.state) == case.expected


def test_a_state_names_the_email_that_it_was_counted_from(project: CompiledProject) -> None:
    rows = project.rows(
        "select distinct campaign_key, email_id from marts.fct_absences"
        " where state = 'ignored_emails' and occurrences = 6"
    )
    assert rows == [("event_files-m4", "event_files-m4")]


def test_what_would_have_ended_a_state_is_known_from_its_source_on(with_feeds: CompiledProject) -> None:
    """Clicks and carts are reported from day 20, orders from day 40; early ones are from before."""
    news = {
        "opens early": [act(14.5, "send", "a"), act(15, "open", "a")],
        "opens": [act(20.5, "send", "b"), act(21, "open", "b")],
        "ignores early": mailings(5, 10),
        "ignores": mailings(5, 21),
        "clicks early": [act(35, "send", "c")],
        "clicks": [act(40, "send", "d")],
        "last": [act(60, name, "last") for name in ("send", "open")],
    }
    checkout = {
        "first": [act(20, "add_to_cart")],
        "clicks early": [act(36, "click", "c")],
        "clicks": [act(41, "click", "d")],
        "fills early": [act(39.5, "add_to_cart")],
        "fills": [act(41, "add_to_cart")],
        "last": [act(60, "click", "last")],
    }
    site = {"buys": [act(40, "purchase")], "last": [act(60, "purchase")]}
    with_feeds.build(
        {
            f"event_files__{feed}": [
                row | {"contact_key": key(f"{name}@shop.example")}
                for name, own in persons.items()
                for row in own
            ]
            for feed, persons in {"news": news, "checkout": checkout, "site": site}.items()
        },
        "fct_absences",
    )
    assert with_feeds.rows(
        f"select state, epoch(since - timestamp '{START:%Y-%m-%d %H:%M:%S}') / 86400"
        " from marts.fct_absences order by all"
    ) == [
        ("cart_abandoned", 42),
        ("clicked_no_conversion", 48),
        ("ignored_emails", 32),
        ("opened_no_click", 28),
    ]


def test_nobody_has_no_states(with_feeds: CompiledProject) -> None:
    with_feeds.build({}, "fct_absences")
    assert with_feeds.rows("from marts.fct_absences") == []

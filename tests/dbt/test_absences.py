"""Since when it is true that a person did not do something, by hand."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key

START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")
ANN, BEN = "ann@shop.example", "ben@shop.example"
PERSON = {"user_agent": "Mozilla/5.0 (Linux; Android 14) GmailImageProxy", "ip_address": "198.51.100.7"}
Spell = tuple[float, float | None, int]  # since and until, in days, and how many acts


@pytest.fixture
def project(with_feeds: CompiledProject) -> CompiledProject:
    return with_feeds


def act(days: float, name: str, mailing: str | None = None, email: str = ANN, **properties: str) -> Row:
    """A row of the feed, so many days after the start; opens are the person's, and can be seen."""
    if mailing:
        properties = (PERSON if name == "open" else {}) | {"opens_observable": "yes"} | properties
    row: Row = {
        "event_name": name,
        "occurred_at": START + timedelta(days=days),
        "contact_key": key(email),
        "campaign": mailing,
        "url": "https://shop.example.com/a" if name == "click" else None,
        "properties": json.dumps(properties) if properties else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "site.csv",
        "_partition": "site.csv",
    }
    if name == "purchase":
        row |= {"order_id": f"{email} {days}", "revenue": 10.0, "currency": "EUR"}
    return row


def build(project: CompiledProject, rows: Sequence[Row], ends_after: float = 60) -> None:
    """The rows, and another person's acts of every kind until which all is known."""
    last = [
        act(ends_after, name, "last", "last@shop.example") for name in ("send", "open", "click", "purchase")
    ]
    project.build({"event_files__site": [*rows, *last]}, "fct_absences")


def spells(project: CompiledProject, state: str) -> list[Spell]:
    rows = project.rows(
        "select epoch(since - min_at) / 86400, epoch(resolved_at - min_at) / 86400, occurrences"
        f" from marts.fct_absences, (select timestamp '{START:%Y-%m-%d %H:%M:%S}' as min_at)"
        f" where state = '{state}' order by since"
    )
    return [
        (round(since, 4), None if until is None else round(until, 4), number) for since, until, number in rows
    ]


def test_an_open_without_a_click_is_one_after_a_week(project: CompiledProject) -> None:
    build(project, [act(0, "send", "one"), act(1, "open", "one")])
    assert spells(project, "opened_no_click") == [(8, None, 1)]
    [row] = project.rows(
        "select campaign_key, email_id from marts.fct_absences where state = 'opened_no_click'"
    )
    assert row == ("event_files-one", "event_files-one")


def test_a_click_in_time_prevents_and_a_later_one_ends_it(project: CompiledProject) -> None:
    one = [act(0, "send", "one"), act(1, "open", "one")]
    build(project, [*one, act(8, "click", "one")])
    assert spells(project, "opened_no_click") == []
    build(project, [*one, act(8.01, "click", "one")])
    assert spells(project, "opened_no_click") == [(8, 8.01, 1)]


def test_a_click_without_a_loaded_image_is_no_open_without_a_click(project: CompiledProject) -> None:
    build(project, [act(0, "send", "one"), act(1, "click", "one")])
    assert spells(project, "opened_no_click") == []


def test_spells_follow_each_other(project: CompiledProject) -> None:
    rows = [act(0, "send", "one"), act(1, "open", "one"), act(2, "send", "two"), act(3, "open", "two")]
    rows += [act(20, "click", "two"), act(21, "send", "three"), act(22, "open", "three")]
    build(project, rows)
    assert spells(project, "opened_no_click") == [(8, 20, 2), (29, None, 1)]


def test_what_is_not_known_yet_is_not_true_yet(project: CompiledProject) -> None:
    one = [act(0, "send", "one"), act(1, "open", "one")]
    build(project, one, ends_after=7.9)
    assert spells(project, "opened_no_click") == []
    build(project, one, ends_after=8)
    assert spells(project, "opened_no_click") == [(8, None, 1)]


def test_a_click_without_a_conversion(project: CompiledProject) -> None:
    clicks = [act(0, "send", "one"), act(1, "click", "one"), act(2, "send", "two"), act(3, "click", "two")]
    build(project, clicks)
    assert spells(project, "clicked_no_conversion") == [(8, None, 2)]
    build(project, [*clicks, act(4, "purchase")])
    assert spells(project, "clicked_no_conversion") == []
    build(project, [*clicks, act(30, "purchase")])
    assert spells(project, "clicked_no_conversion") == [(8, 30, 2)]


def test_an_abandoned_cart(project: CompiledProject) -> None:
    build(project, [act(0, "add_to_cart"), act(0.5, "add_to_cart"), act(1, "purchase")])
    assert spells(project, "cart_abandoned") == []
    build(
        project, [act(0, "add_to_cart"), act(0.5, "add_to_cart"), act(3, "purchase"), act(4, "add_to_cart")]
    )
    assert spells(project, "cart_abandoned") == [(1, 3, 2), (5, None, 1)]
    build(project, [act(0, "add_to_cart"), act(0, "purchase")])
    assert spells(project, "cart_abandoned") == []


def mailings(count: int, first: float = 0, email: str = ANN, **values: str) -> list[Row]:
    return [act(first + number, "send", f"m{number}", email, **values) for number in range(count)]


def test_the_fifth_ignored_email_makes_the_state_a_week_later(project: CompiledProject) -> None:
    build(project, [*mailings(4), *mailings(4, email=BEN)])
    assert spells(project, "ignored_emails") == []
    build(project, mailings(6))
    assert spells(project, "ignored_emails") == [(11, None, 6)]


def test_reading_any_email_begins_the_count_anew(project: CompiledProject) -> None:
    read = act(4.5, "open", "m2")
    build(project, [*mailings(9), read])
    assert spells(project, "ignored_emails") == []
    build(project, [*mailings(10), read])
    assert spells(project, "ignored_emails") == [(16, None, 5)]


def test_reading_ends_it(project: CompiledProject) -> None:
    build(project, [*mailings(5), act(11, "open", "m0")])
    assert spells(project, "ignored_emails") == []
    build(project, [*mailings(5), act(11.5, "click", "m0")])
    assert spells(project, "ignored_emails") == [(11, 11.5, 5)]


def test_an_open_by_a_machine_is_no_reading(project: CompiledProject) -> None:
    build(project, [*mailings(5), act(4.2, "open", "m4", is_machine="true")])
    assert spells(project, "ignored_emails") == [(11, None, 5)]
    assert spells(project, "opened_no_click") == []


@pytest.mark.parametrize("observable", ["no", "unknown"])
def test_what_cannot_be_observed_is_not_ignored(project: CompiledProject, observable: str) -> None:
    hidden = mailings(5, opens_observable=observable)
    build(project, hidden)
    assert spells(project, "ignored_emails") == []
    # A click shows a reader all the same.
    clicked = [act(20 + number, "send", f"n{number}") for number in range(5)]
    build(project, [*hidden, *clicked, act(22.5, "click", "m0")])
    assert spells(project, "ignored_emails") == []


def test_a_bounced_email_is_not_ignored(project: CompiledProject) -> None:
    build(project, [*mailings(5), act(2.1, "bounce", "m2")])
    assert spells(project, "ignored_emails") == []


def test_nobody_has_no_states(project: CompiledProject) -> None:
    project.build({}, "fct_absences")
    assert project.rows("from marts.fct_absences") == []

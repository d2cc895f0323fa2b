"""From events to persons, exactly where one rule ends and another begins."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.edges.raw_rows import ANN, LETTER, log, order, person, web
from tests.dbt.rows import Hit, Row, key, link


def visit(number: int, client: str, address: str, **values: Any) -> Hit:
    """A visit of its own that starts from an e-mail to `address`."""
    at = datetime.fromisoformat("2026-10-01T06:00:00+00:00") + timedelta(days=number)
    return Hit(at.isoformat(), "page_view", "/?utm_medium=email", client, address=address, **values)


@pytest.mark.parametrize(("devices", "is_one"), [(3, True), (4, False)])
def test_a_mailbox_of_more_devices_than_a_person_has_is_shared(
    project: CompiledProject, devices: int, is_one: bool
) -> None:
    hits = [visit(number, f"device-{number}", "office@example.com") for number in range(devices)]
    project.build(web(*hits), "int_person_identifiers")
    assert (person(project, "device-0") == person(project, "device-1")) is is_one


@pytest.mark.parametrize(
    ("session", "is_one"), [(["s3", "s4"], True), (["s3", "s3"], False)], ids=["two visits", "one visit"]
)
def test_a_second_address_on_a_device_shows_itself_in_two_visits(
    project: CompiledProject, session: list[str], is_one: bool
) -> None:
    own = [visit(number, "phone", ANN, session=f"own {number}") for number in range(3)]
    other = [visit(3 + n, "phone", "b@example.com", session=name) for n, name in enumerate(session)]
    project.build(web(*own, *other), "int_person_identifiers")
    assert (person(project, ANN) == person(project, "b@example.com")) is is_one


def contact(address: str, **values: Any) -> Row:
    return {
        "contact_key": bytes.fromhex(key(address)),
        "is_unsubscribed": "0",
        "created_at": "2026-09-01 10:00:00",
        **values,
    }


def test_a_contact_without_any_event_is_a_person(project: CompiledProject) -> None:
    project.build({"smaily__contacts": [contact(ANN)]}, "dim_persons")
    assert project.rows("select subscription_status, first_seen_at, acts from marts.dim_persons") == [
        ("subscribed", datetime(2026, 9, 1, 7), 0)
    ]


def test_the_zone_of_the_profile_outweighs_that_of_the_country(project: CompiledProject) -> None:
    contacts = [
        contact("a@example.com", country="fi", timezone="Europe/Berlin"),
        contact("b@example.com", country="fi"),
        contact("c@example.com"),
    ]
    project.build({"smaily__contacts": contacts}, "int_person_time_zones")
    assert project.rows(
        "select time_zone, time_zone_source from intermediate.int_person_time_zones order by all"
    ) == [("Europe/Berlin", "profile"), ("Europe/Helsinki", "country"), ("Europe/Tallinn", "account")]


def test_what_a_user_does_is_theirs_though_their_mailbox_is_shared(project: CompiledProject) -> None:
    rows = [
        order(event_id=str(number), user_id=f"crm-{number}", contact_key=key("office@example.com"))
        for number in range(11)
    ]
    project.build({"event_files__orders": rows}, "int_event_persons")
    assert project.rows("select count(distinct person_key) from intermediate.int_event_persons") == [(11,)]


@pytest.mark.parametrize(
    ("minutes_before", "friends"), [((29, 1), [1]), ((29,), [29]), ((30,), []), ((1, -1), [1])]
)
def test_of_the_forwarders_clicks_the_last_before_the_landing_is_the_friends(
    project: CompiledProject, minutes_before: tuple[int, ...], friends: list[int]
) -> None:
    clicks = [(-60 * minutes, ANN, "click", link("/a")) for minutes in minutes_before]
    friend = {"client": "phone", "address": "friend@example.com"}
    hits = [
        Hit("2026-10-02T08:00:00Z", "login", "/", session="f1", **friend),
        Hit("2026-10-03T08:00:00Z", "login", "/", session="f2", **friend),
        Hit("2026-10-06T07:00:00Z", "page_view", "/a?utm_medium=email", "phone", address=ANN, session="f3"),
    ]
    raw = {"smaily__campaigns": [LETTER], "smaily__actions": log(*sorted(clicks)), **web(*hits)}
    project.build(raw, "int_resolved_events")
    found = project.rows(
        "select date_diff('minute', events.occurred_at, timestamp '2026-10-06 07:00:00')"
        " from intermediate.int_resolved_events join intermediate.int_events as events using (event_id)"
        f" where event_name = 'click' and person_key = {person(project, 'friend@example.com')}"
    )
    assert [minutes for (minutes,) in found] == friends

"""Who is one person: placeholders, shared accounts and mailboxes, forwards, and what proves an identity."""

from hashlib import sha256

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.identity.identified import IDS, LOST, PLACEHOLDERS, TAGS, WRITTEN, Said, events_of, persons_of
from tests.dbt.rows import Hit, action, campaign, key, link


@pytest.fixture
def project(identified: CompiledProject) -> CompiledProject:
    return identified


def visitors(count: int, **same: str) -> list[Said]:
    """Each with an address and a device of their own."""
    own = ({"mail": f"a{n}@case.ee", "client": f"dev-{n}"} for n in range(count))
    return [Said(days=n / 24, **{**each, **same}) for n, each in enumerate(own)]


@pytest.mark.parametrize("kind", ["user", "client"])
def test_placeholders_identify_no_one(project: CompiledProject, kind: str) -> None:
    """The events are their visitors' by what else they carry, or no one's."""
    values = [*WRITTEN, *LOST, *TAGS]
    said = [Said(mail=f"a{n}@case.ee", **{kind: value}) for value in values for n in range(2)]
    alone = [Said(days=1 + n, **{kind: value}) for value in values for n in range(2)]
    assert events_of(project, [*said, *alone]) == [0, 1] * len(values) + [None] * len(alone)


@pytest.mark.parametrize("kind", ["user", "client"])
def test_what_only_looks_like_a_merge_tag_is_an_id(project: CompiledProject, kind: str) -> None:
    said = [Said(days=day, **{kind: value}) for value in IDS for day in range(2)]
    assert events_of(project, said) == [n for n in range(len(IDS)) for _ in range(2)]


@pytest.mark.parametrize("tag", ["{{order.id}}", "*|ORDER|*", "{order_id}"])
def test_an_order_without_its_id_is_known_by_no_merge_tag(project: CompiledProject, tag: str) -> None:
    events_of(project, [Said("order", user=f"u{n}", order=tag, days=n) for n in range(2)])
    assert project.rows("select distinct order_id from intermediate.int_events") == [(None,)]


def test_the_web_tag_may_send_a_merge_tag(project: CompiledProject) -> None:
    hits = [
        Hit(f"2026-10-06T0{n}:00:00Z", "page_view", "/", "{{client}}", order="[[order]]") for n in range(3)
    ]
    raw = {
        "google_analytics__events": [hit.event for hit in hits],
        "google_analytics__event_attributes": [hit.attributes for hit in hits],
    }
    project.build(raw, "int_events")
    assert project.rows("select distinct client_id, order_id from intermediate.int_events") == [(None, None)]


def test_a_digest_of_nothing_is_no_contact(project: CompiledProject) -> None:
    digests = [sha256(value.encode()).hexdigest() for value in ("", "undefined", "null", "anonymous")]
    said = [Said(client="phone", contact_key=digest) for digest in digests]
    assert (
        events_of(project, [*said, *(Said(contact_key=digest) for digest in digests)]) == [0] * 4 + [None] * 4
    )


def test_placeholders_are_none_in_any_source(project: CompiledProject) -> None:
    hits = [
        Hit(f"2026-10-06T0{n}:00:00Z", "page_view", "/", "undefined", address=f"a{n}@case.ee")
        for n in range(3)
    ]
    empty = bytes.fromhex(sha256(b"").hexdigest())
    letter = campaign(1, "Autumn")
    actions = [{**action(1, "2026-10-06 10:00:00", "x", "send", letter), "contact_key": empty}]
    contacts = [{"contact_key": empty, "created_at": "2026-09-01 10:00:00"}]
    project.build(
        {
            "google_analytics__events": [hit.event for hit in hits],
            "google_analytics__event_attributes": [hit.attributes for hit in hits],
            "smaily__actions": actions,
            "smaily__contacts": contacts,
        },
        "dim_persons",
        "int_resolved_events",
    )
    assert project.rows("select addresses, devices from marts.dim_persons") == [(1, 0)] * 3
    assert project.rows(
        "select source, person_key is null, count(*) from intermediate.int_events"
        " inner join intermediate.int_resolved_events using (event_id) group by all order by all"
    ) == [("google_analytics", False, 3), ("smaily", True, 1)]


def test_a_placeholder_of_the_users_own(project: CompiledProject) -> None:
    said = visitors(3, user="kassa")
    together = [Said(user="kassa", client="till", days=n) for n in range(3)]
    assert events_of(project, together) == [0, 0, 0]
    project.replace_seed("placeholder_ids", [*((value,) for value in PLACEHOLDERS), ("kassa",)])
    try:
        assert events_of(project, [*said, Said(user="kassa")]) == [0, 1, 2, None]
    finally:
        project.replace_seed("placeholder_ids", [(value,) for value in PLACEHOLDERS])


@pytest.mark.parametrize("count", [4, 6, 12])
def test_a_shared_account_takes_no_events(project: CompiledProject, count: int) -> None:
    """With own addresses; the account alone is not a person."""
    said = [*visitors(count, user="admin"), Said(user="admin")]
    assert events_of(project, said) == [*range(count), None]
    assert persons_of(project) == [(1, 0, 1)] * count


def test_a_shared_account_on_devices_that_have_their_own_addresses(project: CompiledProject) -> None:
    own = [Said("login", mail=f"a{n}@case.ee", client=f"dev-{n}") for n in range(6)]
    shared = [Said(user="admin", client=f"dev-{n}", days=1) for n in range(6)]
    assert events_of(project, [*own, *shared, Said(user="admin")]) == [*range(6), *range(6), None]


@pytest.mark.parametrize(("days", "is_shared"), [(2, True), (4, False)])
def test_an_account_may_have_many_devices_over_the_years(
    project: CompiledProject, days: float, is_shared: bool
) -> None:
    """Browsers forget their id; eleven of them within 30 days are not one person's."""
    said = [Said("login", user="u1", client=f"dev-{n}", days=days * n) for n in range(11)]
    assert events_of(project, said) == (list(range(11)) if is_shared else [0] * 11)


def test_a_shared_device_takes_no_events(project: CompiledProject) -> None:
    said = [Said("login", mail=f"a{n}@case.ee", client="kiosk", days=n) for n in range(4)]
    alone = [Said(client="kiosk", days=n) for n in range(2)]
    assert events_of(project, [*said, *alone]) == [0, 1, 2, 3, None, None]
    assert persons_of(project) == [(1, 0, 0)] * 4


def test_a_shared_mailbox_keeps_its_emails_and_no_visits(project: CompiledProject) -> None:
    office = "office@case.ee"
    mails = [Said("send", mail=office), Said("open", mail=office), Said("click", mail=office, client="dev-0")]
    visits = [Said(mail=office, client=f"dev-{n}", days=n / 24) for n in range(8)]
    assert events_of(project, [*mails, *visits]) == [0, 0, 0, *range(1, 9)]


def test_colleagues_behind_one_mailbox_are_eight_persons(project: CompiledProject) -> None:
    own = [Said("login", mail=f"a{n}@case.ee", client=f"dev-{n}") for n in range(8)]
    clicks = [Said("click", mail="office@case.ee", client=f"dev-{n}", days=1) for n in range(8)]
    found = events_of(project, [*own, *clicks, Said("send", mail="office@case.ee")])
    assert found == [*range(8), *[8] * 8, 8]
    assert persons_of(project) == [(1, 0, 0), *[(1, 0, 1)] * 8]


@pytest.mark.parametrize("name", ["click", "page_view", "login", "order"])
@pytest.mark.parametrize("is_first", [True, False])
def test_colleagues_who_use_one_mailbox_for_all_are_eight_persons(
    project: CompiledProject, name: str, is_first: bool
) -> None:
    """Whatever shows the mailbox, and though it is seen before their own addresses."""
    own = [Said("login", mail=f"a{n}@case.ee", client=f"dev-{n}", days=5) for n in range(8)]
    shared = [
        Said(name, mail="office@case.ee", client=f"dev-{n}", days=days + (0 if is_first else 6))
        for n in range(8)
        for days in (0, 1)
    ]
    found = events_of(project, [*own, *shared])
    assert found[:8] == list(range(8))


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize(("name", "times"), [("order", 1), ("click", 3), ("page_view", 3)])
def test_a_mailbox_of_few_colleagues(project: CompiledProject, count: int, name: str, times: int) -> None:
    own = [Said("login", mail=f"a{n}@case.ee", client=f"dev-{n}", days=5) for n in range(count)]
    shared = [
        Said(name, mail="office@case.ee", client=f"dev-{n}", days=day)
        for day in range(times)
        for n in range(count)
    ]
    assert events_of(project, [*own, *shared])[:count] == list(range(count))


def test_a_couple_at_one_computer_are_two_persons(project: CompiledProject) -> None:
    """Each orders there twice, taking turns, and logs in on an own phone."""
    orders = [
        Said("order", mail=f"{who}@case.ee", client="computer", days=day + turn / 2)
        for day in range(2)
        for turn, who in enumerate(("him", "her"))
    ]
    phones = [Said("login", mail=f"{who}@case.ee", client=f"phone-{who}", days=3) for who in ("him", "her")]
    assert events_of(project, [*orders, *phones]) == [0, 1, 0, 1, 0, 1]


def test_two_addresses_of_one_person_on_two_devices_are_no_mailbox(project: CompiledProject) -> None:
    """With an address of somebody else on one of them."""
    said = [
        Said("login", mail=mail, client=client, days=day)
        for mail, client in (("a@case.ee", "phone"), ("a@case.ee", "tablet"), ("b@case.ee", "phone"))
        for day in (0, 1)
    ]
    second = [
        Said("login", mail="b@case.ee", client="tablet"),
        Said("login", mail="c@case.ee", client="phone"),
    ]
    assert len(set(events_of(project, [*said, *second])[:6])) == 1


def test_whose_every_event_belongs_to_someone_else_is_no_person(project: CompiledProject) -> None:
    said = [
        *(Said("login", mail="a@case.ee", client="phone", days=n) for n in range(3)),
        Said(mail="forwarder@case.ee", client="phone", days=4),
    ]
    assert events_of(project, said, "dim_persons") == [0] * 4
    assert project.rows("select addresses, devices from marts.dim_persons") == [(1, 1)]


def test_a_listed_contact_is_a_person_though_a_friend_has_their_event(project: CompiledProject) -> None:
    letter = campaign(1, "Offer")
    actions = [action(1, "2026-10-09 10:59:00", "f@case.ee", "click", letter, link("/a"))]
    hits = [
        *(Hit(f"2026-10-0{n}T08:00:00Z", "login", "/", "phone", address="a@case.ee") for n in (6, 7)),
        Hit("2026-10-09T08:00:00Z", "page_view", "/a?utm_medium=email", "phone", address="f@case.ee"),
    ]
    raw = {
        "smaily__campaigns": [letter],
        "smaily__actions": actions,
        "google_analytics__events": [hit.event for hit in hits],
        "google_analytics__event_attributes": [hit.attributes for hit in hits],
    }
    project.build(raw, "dim_persons")
    assert project.rows("select addresses, devices, acts from marts.dim_persons") == [(1, 1, 4)]
    contact = {"contact_key": bytes.fromhex(key("f@case.ee")), "created_at": "2026-09-01 10:00:00"}
    project.build({**raw, "smaily__contacts": [contact]}, "dim_persons")
    assert project.rows("select addresses, devices, acts from marts.dim_persons order by all") == [
        (1, 0, 0),
        (1, 1, 4),
    ]

"""What proves that identifiers are one person's: declaring acts, and visits that no single e-mail brought."""

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.identity.identified import Said, events_of, persons_of


@pytest.fixture
def project(identified: CompiledProject) -> CompiledProject:
    return identified


@pytest.mark.parametrize("days", [-1, 1])
@pytest.mark.parametrize("friend", [{"mail": "friend@case.ee"}, {"user": "friend"}, {}])
@pytest.mark.parametrize("visit", ["page_view", "login"])
def test_a_forwarder_known_by_mail_only_and_the_friends_device(
    project: CompiledProject, days: int, friend: dict[str, str], visit: str
) -> None:
    """One click on the friend's device, before or after the friend is known there."""
    said = [
        Said("send", mail="forwarder@case.ee", days=-2),
        Said(visit, client="phone", **friend),
        Said("click", mail="forwarder@case.ee", client="phone", days=days),
        Said("send", mail="forwarder@case.ee", days=3),
    ]
    # Without another name on the device the click stays with whom the e-mail was sent to.
    assert events_of(project, said) == [0, 1, 1 if friend else 0, 0]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("order", True), ("purchase", True), ("login", True), ("sign_up", True),
        ("page_view", False), ("view_item", False), ("click", False), ("open", False), ("send", False),
        ("unsubscribe", False), ("anything", False),
    ],
)  # fmt: skip
def test_a_second_address_is_proven_by_what_its_owner_declares(
    project: CompiledProject, name: str, is_one: bool
) -> None:
    said = [
        *(Said("login", mail="a@case.ee", client="phone", days=n) for n in range(2)),
        Said(name, mail="b@case.ee", client="phone", days=3),
        Said("send", mail="b@case.ee", days=4),
    ]
    found = events_of(project, said)
    assert (found[-1] == found[0]) is is_one


@pytest.mark.parametrize(
    ("name", "campaigns", "is_one"),
    [
        ("page_view", (None, None), True),
        ("page_view", ("May", "June"), True),
        ("page_view", ("May", "May"), False),
        ("click", ("May", "June"), True),
        ("click", ("May", "May", "May"), False),
        ("click", (None, None, None), False),
        ("open", (None, None, None), False),
    ],
)
def test_a_second_address_is_proven_by_two_visits_that_no_one_e_mail_brought(
    project: CompiledProject, name: str, campaigns: tuple[str | None, ...], is_one: bool
) -> None:
    said = [
        *(Said("login", mail="a@case.ee", client="phone", days=n) for n in range(3)),
        *(
            Said(name, mail="b@case.ee", client="phone", days=4 + n, campaign=campaign)
            for n, campaign in enumerate(campaigns)
        ),
        Said("send", mail="b@case.ee", days=9),
    ]
    found = events_of(project, said)
    assert (found[-1] == found[0]) is is_one


@pytest.mark.parametrize("name", ["click", "page_view"])
@pytest.mark.parametrize("medium", ["email", None])
def test_a_forward_clicked_on_two_days_does_not_join(
    project: CompiledProject, name: str, medium: str | None
) -> None:
    """Before the friend says who they are: one e-mail, whether or not its campaign is known."""
    letter = {"campaign": "May" if medium is None else None, "medium": medium}
    said = [
        Said("send", mail="forwarder@case.ee", days=-1),
        *(Said(name, mail="forwarder@case.ee", client="phone", days=day, **letter) for day in (0, 2)),
        Said("order", mail="friend@case.ee", client="phone", order="T-1", days=3),
        Said("send", mail="forwarder@case.ee", days=4),
    ]
    found = events_of(project, said)
    assert found[0] == found[-1] != found[3]


def test_accounts_of_colleagues_with_one_mailbox(project: CompiledProject) -> None:
    """No device is seen; each account has an address of its own as well, and keeps what it orders."""
    own = [Said("login", mail=f"a{n}@case.ee", user=f"u{n}", days=n) for n in range(2)]
    shared = [Said("order", mail="office@case.ee", user=f"u{n}", order=f"T-{n}", days=3) for n in range(2)]
    assert events_of(project, [*own, *shared, Said("send", mail="office@case.ee")]) == [0, 1, 0, 1, 2]
    assert len(persons_of(project)) == 3


def test_two_accounts_of_one_person_have_both_addresses(project: CompiledProject) -> None:
    said = [
        Said("login", mail=f"{mail}@case.ee", user=user, days=day)
        for day, (mail, user) in enumerate([("a", "u1"), ("b", "u1"), ("a", "u2"), ("b", "u2")])
    ]
    assert events_of(project, said) == [0] * 4


def test_an_order_id_declares_whatever_the_event_is_called(project: CompiledProject) -> None:
    said = [
        *(Said("login", mail="a@case.ee", client="phone", days=n) for n in range(3)),
        Said("checkout finished", mail="b@case.ee", client="phone", order="T-1", days=4),
        Said("send", mail="b@case.ee", days=5),
    ]
    assert events_of(project, said) == [0] * 5


def test_a_click_in_an_e_mail_about_an_order_declares_nothing(project: CompiledProject) -> None:
    """A forwarded confirmation: its click carries the order's id and the forwarder's address."""
    said = [
        *(Said("login", mail="friend@case.ee", client="phone", days=n) for n in range(2)),
        Said("click", mail="forwarder@case.ee", client="phone", order="T-1", days=4),
        Said("login", mail="forwarder@case.ee", client="tablet", days=5),
    ]
    friend, _, click, forwarder = events_of(project, said)
    assert friend != forwarder
    assert click in (friend, forwarder)

"""Two shops that both number their customers from 1: whose ids are one, and what the check says of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dagster_project.checks.check import CheckOutcome, Status
from tests.checks.test_edges import outcome
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.loaded_feeds import loaded, written_feeds

CUSTOMERS = range(1, 41)
FEED = """
  - name: {name}
    path: {name}.csv
    format: csv
    columns: {{occurred_at: ts, event_name: event, email: mail, user_id: customer, client_id: browser}}
    {user_namespace}
"""
HEADER = ("ts", "event", "mail", "customer", "browser")
Rows = list[tuple[object, ...]]


def customers(shop: str, differing: int = 40, among: range = CUSTOMERS) -> Rows:
    """Log-ins, of which the first `differing` are of customers that only this shop has."""
    return [
        ("2026-10-06 10:00", "login", f"{shop if n <= differing else 'either'}{n}@shops.ee", n, None)
        for n in among
    ]


@contextmanager
def shops(
    project: CompiledProject, folder: Path, namespaces: dict[str, str], files: dict[str, Rows]
) -> Iterator[CompiledProject]:
    """The feeds `files`, and what each states as its namespace of users."""
    yaml = "feeds:" + "".join(
        FEED.format(
            name=name, user_namespace=f"user_namespace: {namespaces[name]}" if name in namespaces else ""
        )
        for name in files
    )
    feeds = written_feeds(folder, yaml, {f"{name}.csv": [HEADER, *rows] for name, rows in files.items()})
    with loaded(project, folder, feeds, "dim_persons", "fct_events", "stg_event_files__users") as built:
        yield built


def checked(project: CompiledProject) -> CheckOutcome:
    with project.connect() as connection:
        return outcome("user_ids_of_two_shops_do_not_collide", connection)


PERSONS = "select count(*) from marts.dim_persons"


@pytest.mark.parametrize(
    ("namespaces", "persons", "status", "n"),
    [
        ({}, 40, Status.ERROR, 40),
        ({"riga": "riga"}, 80, Status.EMPTY, 0),
        ({"tallinn": "tallinn", "riga": "riga"}, 80, Status.EMPTY, 0),
        ({"tallinn": "common", "riga": "riga"}, 80, Status.EMPTY, 0),
        # Both state the same one, so their ids are the same users'; one alone has not said it of the other.
        ({"tallinn": "acme", "riga": "acme"}, 40, Status.EMPTY, 0),
        ({"tallinn": "common", "riga": "common"}, 40, Status.EMPTY, 0),
        ({"tallinn": "common"}, 40, Status.ERROR, 40),
    ],
)
def test_two_shops_number_their_customers_alike(
    with_feeds: CompiledProject,
    tmp_path: Path,
    namespaces: dict[str, str],
    persons: int,
    status: Status,
    n: int,
) -> None:
    files = {name: customers(name) for name in ("tallinn", "riga")}
    with shops(with_feeds, tmp_path, namespaces, files) as project:
        assert project.rows(PERSONS) == [(persons,)]
        found = checked(project)
    assert (found.status, found.n) == (status, n)


def test_the_check_prints_the_lines_to_add(with_feeds: CompiledProject, tmp_path: Path) -> None:
    with shops(with_feeds, tmp_path, {}, {name: customers(name) for name in ("tallinn", "riga")}) as project:
        found = checked(project)
    assert found.summary == (
        "1 of 1 pairs of feeds that share user ids may number their own users. 40 of 40 user ids of the "
        "feeds riga and tallinn have different addresses in the two: add `user_namespace: tallinn` to the "
        "feed tallinn, or a name of its shop to all feeds of that shop, where each numbers its own users; "
        "where the ids are the same users', add `user_namespace: common` to both."
    )
    assert (found.subject, found.figure) == ("riga, tallinn", 1.0)


@pytest.mark.parametrize(
    ("differing", "shared", "status"),
    [
        (4, 40, Status.PASSED),
        (5, 40, Status.ERROR),
        (5, 100, Status.ERROR),
        (5, 101, Status.PASSED),
        # Too few to stop a publication, and most of what the two share.
        (4, 4, Status.WARN),
        (3, 5, Status.WARN),
        (2, 4, Status.PASSED),
    ],
)
def test_customers_with_a_second_address_are_no_second_shop(
    with_feeds: CompiledProject, tmp_path: Path, differing: int, shared: int, status: Status
) -> None:
    """Ids that only one of the feeds has, or has an address of, say nothing."""
    ids = range(1, shared + 1)
    nameless = [("2026-10-06 10:00", "login", None, n, f"b{n}") for n in (*ids, *range(200, 260))]
    files = {
        "tallinn": [*customers("tallinn", differing, ids), *customers("tallinn", 999, range(200, 260))],
        "riga": [*customers("riga", differing, ids), *nameless],
        "news": nameless,
    }
    with shops(with_feeds, tmp_path, {}, files) as project:
        found = checked(project)
    assert (found.status, found.n, found.figure) == (status, shared, differing / shared)


def test_one_address_of_several_is_enough_to_agree(with_feeds: CompiledProject, tmp_path: Path) -> None:
    """Placeholders, whatever their addresses, are no ids."""
    guests = [(0, "{}-guest{}@shops.ee"), ("undefined", "{}-visitor{}@shops.ee")]
    files = {
        name: [
            *customers(name),
            *customers("both"),
            *(
                ("2026-10-06 10:00", "login", mail.format(name, n), user, None)
                for user, mail in guests
                for n in range(6)
            ),
        ]
        for name in ("tallinn", "riga")
    }
    with shops(with_feeds, tmp_path, {}, files) as project:
        found = checked(project)
    assert (found.status, found.n, found.figure) == (Status.PASSED, 40, 0.0)


def test_all_feeds_of_a_shop_know_its_customers(with_feeds: CompiledProject, tmp_path: Path) -> None:
    """By the number alone, too; a guest's 0 is no one's, and an address among the numbers is an address."""
    visits = [
        ("2026-10-06 09:00", "page_view", None, 7, "phone"),
        ("2026-10-06 09:00", "page_view", None, 0, "tablet"),
        ("2026-10-06 09:00", "page_view", None, "riga8@shops.ee", None),
    ]
    files = {"tallinn": customers("tallinn"), "riga": customers("riga"), "site": visits}
    namespaces = {"tallinn": "tallinn", "riga": "riga", "site": "riga"}
    with shops(with_feeds, tmp_path, namespaces, files) as project:
        assert project.rows("""
            select identifier_kind, count(*), count(*) filter (where identifier like 'riga:%')
            from intermediate.int_person_identifiers group by all order by all
        """) == [("client_id", 2, 0), ("contact_key", 80, 0), ("user_id", 80, 40)]
        same_person = """
            select count(distinct person_key) from intermediate.int_events
            inner join intermediate.int_event_persons using (event_id) where {}
        """
        assert project.rows(same_person.format("user_id = 'riga:7' or client_id = 'phone'")) == [(1,)]
        assert project.rows(
            same_person.format("user_id = 'riga:8' or feed = 'site' and client_id is null")
        ) == [(1,)]
        assert project.rows(PERSONS) == [(81,)]


def test_a_namespace_changes_no_event(with_feeds: CompiledProject, tmp_path: Path) -> None:
    """Ids of events are made of what the file has, so that they survive the declaration."""
    ids = []
    for namespaces in ({}, {"riga": "riga"}):
        with shops(with_feeds, tmp_path, namespaces, {"riga": customers("riga")}) as project:
            ids.append(project.rows("select event_id from marts.fct_events order by all"))
    assert len(ids[0]) == 40
    assert ids[0] == ids[1]

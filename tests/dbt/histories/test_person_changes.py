"""What is published of persons that merge, split and go, so that a stored person id finds today's person."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.histories.project import CompiledProject
from tests.dbt.histories.story import File, at
from tests.dbt.histories.world import World, worlds
from tests.dbt.rows import key

COLUMNS = ("mail", "customer", "browser", "order", "id", "campaign", "amount")
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def world(project: CompiledProject, tmp_path: Path) -> Iterator[World]:
    with worlds(project, tmp_path, ("world",)) as [opened]:
        yield opened


def row(minute: int, name: str, **values: str) -> dict[str, str]:
    return {"ts": at(minute).isoformat(), "event": name, **dict.fromkeys(COLUMNS, ""), **values}


def build(world: World, *files: File) -> list[tuple[Any, ...]]:
    """After a build with these files: changes and persons, each by the identifier after which it is named."""
    world.take(list(files))
    world.build(with_reports=True)
    return world.connection.execute(
        """
        select change, before.name, after.name, identifiers, evidence, evidence_at, today.name
        from marts.fct_person_changes
        left join names as before on person_id_before = before.person_id
        left join names as after on fct_person_changes.person_id = after.person_id
        left join names as today on person_id_today = today.person_id
        where changed_at = (select max(changed_at) from intermediate.int_identifier_history)
        order by all
        """
    ).fetchall()


def name_persons(world: World, **identifiers: str) -> None:
    """Call the persons that these identifiers are now by the names given."""
    world.connection.execute("create table if not exists names (name varchar, person_id varchar)")
    for name, identifier in identifiers.items():
        value = key(identifier) if "@" in identifier else identifier
        world.connection.execute(
            "insert into names"
            " select ?, person_id from intermediate.int_person_identifiers where identifier = ?",
            [name, value],
        )


def published(world: World) -> list[str]:
    return [
        name
        for (name,) in world.connection.execute(
            "select name from marts.dim_persons inner join names using (person_id) order by name"
        ).fetchall()
    ]


VISITS = File(
    "a.csv", (row(0, "page_view", browser="laptop"), row(1, "order", mail=ANN), row(2, "order", mail=BOB))
)
LINK = File("b.csv", (row(2000, "order", mail=ANN, browser="laptop"),))


@pytest.fixture
def begun(world: World) -> World:
    """Ann and Bob, each with an order, and a laptop that visits."""
    world.connection.execute("create table names (name varchar, person_id varchar)")
    assert build(world, VISITS) == []
    name_persons(world, ann=ANN, bob=BOB, laptop="laptop")
    assert published(world) == ["ann", "bob", "laptop"]
    return world


def instant(minute: int) -> datetime:
    return at(minute).replace(tzinfo=None)


def test_a_late_order_merges_and_its_removal_splits(begun: World) -> None:
    merged = ("merge", "laptop", "ann", 1, "declared", instant(2000), "ann")
    assert build(begun, LINK) == [merged]
    assert published(begun) == ["ann", "bob"]
    assert build(begun, File("b.csv", None)) == [("split", "ann", "laptop", 1, None, None, "laptop")]
    assert published(begun) == ["ann", "bob", "laptop"]


def test_an_id_that_was_merged_twice_leads_to_todays(begun: World) -> None:
    """The laptop becomes a customer's number's, and that one Ann's."""
    [(change, before, *_)] = build(
        begun, File("b.csv", (row(2000, "login", customer="u1", browser="laptop"),))
    )
    assert (change, before) == ("merge", "laptop")
    name_persons(begun, u1="u1")
    found = build(begun, File("c.csv", (row(2030, "login", customer="u1", mail=ANN),)))
    assert found == [("merge", "u1", "ann", 2, "declared", instant(2030), "ann")]
    assert begun.connection.execute(
        "select distinct today.name from marts.fct_person_changes"
        " inner join names as before on before.person_id = person_id_before"
        " inner join names as today on today.person_id = person_id_today where before.name = 'laptop'"
    ).fetchall() == [("ann",)]


def test_two_visits_merge_and_say_so(begun: World) -> None:
    """Of two e-mails: what one e-mail brings on several days may be forwarded."""
    visits = tuple(
        row(minute, "click", mail=BOB, browser="laptop", campaign=letter)
        for minute, letter in ((2000, "Flyer"), (4000, "Letter"))
    )
    assert build(begun, File("b.csv", visits[:1])) == []
    assert build(begun, File("c.csv", visits[1:])) == [
        ("merge", "laptop", "bob", 1, "repeated", instant(2000), "bob")
    ]


def test_who_is_in_no_data_any_more_is_gone(begun: World) -> None:
    assert build(begun, LINK)
    assert build(begun, File("a.csv", VISITS.rows[:2])) == [("gone", "bob", None, 1, None, None, None)]  # type: ignore[index]
    assert build(begun, VISITS) == []
    assert published(begun) == ["ann", "bob"]


def test_a_device_that_becomes_shared_leaves_its_person(begun: World) -> None:
    """More addresses log in on it than a person has."""
    assert build(begun, LINK)
    others = tuple(row(3000 + n, "login", mail=f"{n}@example.com", browser="laptop") for n in range(2))
    assert build(begun, File("c.csv", others)) == [("gone", "ann", None, 1, None, None, None)]
    assert published(begun) == ["ann", "bob"]


def test_nothing_is_recorded_where_nothing_changes(begun: World) -> None:
    assert build(begun, LINK)
    recorded = "select count(*) from intermediate.int_identifier_history"
    before = begun.connection.execute(recorded).fetchall()
    build(begun, File("c.csv", (row(2880, "page_view", browser="laptop"),)))
    assert begun.connection.execute(recorded).fetchall() == before

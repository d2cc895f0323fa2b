"""The world is reproducible, can have any size, and has the persons, devices and addresses it should have."""

import csv
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.simulator.world.schema import SCHEMAS

CATALOGUE = Path(__file__).parents[2] / "dbt" / "seeds" / "catalogue" / "micro_conversion_types.csv"


def test_tables_have_the_declared_schemas(demo_world):
    assert {name: table.schema for name, table in demo_world.tables.items()} == SCHEMAS


def test_equal_seeds_give_equal_worlds():
    config = WorldConfig(persons=300, days=40)
    first, second = make_world(config), make_world(config)
    assert all(first.tables[name].equals(second.tables[name]) for name in SCHEMAS)
    other = make_world(WorldConfig(persons=300, days=40, seed=8))
    assert not first.tables["web_events"].equals(other.tables["web_events"])


@pytest.mark.parametrize(("persons", "days", "seed"), [(20, 14, 0), (50, 30, 1), (200, 15, 123456)])
def test_small_worlds_can_be_made(persons, days, seed):
    world = make_world(WorldConfig(persons=persons, days=days, seed=seed))
    assert world.tables["persons"].num_rows == persons
    assert world.tables["ab_tests"].num_rows == 2


@pytest.mark.parametrize("size", [{"persons": 3}, {"days": 5}])
def test_a_world_too_small_is_refused(size):
    with pytest.raises(ValueError, match="at least 20 persons"):
        WorldConfig(**size)


def test_contact_keys_ignore_case_and_spaces(demo_world):
    persons = demo_world.tables["persons"].to_pylist()
    assert any(person["email"] != person["email"].lower() for person in persons)
    for person in persons:
        assert person["contact_key"] == sha256(person["email"].strip().lower().encode()).hexdigest()
    assert len({person["contact_key"] for person in persons}) == len(persons)


def test_labels_are_in_the_catalogue_and_cover_most_of_it(sql):
    with CATALOGUE.open(encoding="utf-8") as file:
        polarity = {row["micro_conversion"]: row["polarity"] for row in csv.DictReader(file)}
    query = """
        select distinct micro_conversion, is_macro from web_events
        union select distinct micro_conversion, false from email_actions
    """
    labels = [row for row in sql.connection.execute(query).fetchall() if row[0] is not None]
    assert len(labels) > 40
    for label, is_macro in labels:
        assert (polarity[label] == "macro") == is_macro


def test_persons_have_several_and_sometimes_shared_devices_and_addresses(sql):
    pairs = "select distinct person_id, client_id from web_events where client_id is not null"
    shared = f"select client_id from ({pairs}) group by all having count(*) > 1"
    several = f"select person_id from ({pairs}) group by all having count(*) > 1"
    assert sql.count(shared) >= 3
    assert sql.count(several) > 200
    assert sql.count("from persons where second_email is not null") >= 5
    unsent = """
        from persons p left join email_actions e on e.email = second_email and e.person_id = p.person_id
        where second_email is not null and e.email is null
    """
    assert sql.count(unsent) == 0


def test_shared_mailboxes_have_many_readers(sql):
    query = """
        select second_email, count(distinct actor_person_id) as readers, count(distinct client_id) as clients
        from persons p
        join email_actions e on e.email = second_email and action = 'click' and not is_machine
        left join web_events w on w.contact_key = second_contact_key
        where starts_with(second_email, 'info@') group by all
    """
    mailboxes = sql.connection.execute(query).fetchall()
    assert len(mailboxes) == 2
    assert max(clients for _, _, clients in mailboxes) > 10
    assert all(readers >= 5 for _, readers, _ in mailboxes)


def test_some_never_subscribe_and_some_drop_out(sql):
    visitors = "from persons where not is_contact and person_id in (select person_id from web_events)"
    assert 300 < sql.count(visitors) < 1_000
    silent = """
        with late_acts as (
            select person_id, w.at from web_events w
            union all
            select actor_person_id, e.at from email_actions e where actor_person_id is not null
        )
        from persons where subscribed_at < timestamptz '2026-09-15 00:00+00' and unsubscribed_at is null
            and person_id not in (
                select person_id from late_acts a where a.at > timestamptz '2026-10-15 00:00+00'
            )
    """
    assert sql.count(silent) > 100


def test_exactly_the_share_comes_to_the_site_first() -> None:
    world = make_world(WorldConfig(persons=400, days=30, web_first_share=0.5))
    persons = world.tables["persons"].to_pylist()
    start = world.config.start
    newcomers = [row for row in persons if row["created_at"] >= start]
    assert 0.4 < len(newcomers) / len(persons) < 0.6
    assert all(row["is_contact"] and row["subscribed_at"] < start for row in persons if row not in newcomers)
    first_hits: dict[int, datetime] = {}
    for row in world.tables["web_events"].to_pylist():
        first_hits[row["person_id"]] = min(row["at"], first_hits.get(row["person_id"], row["at"]))
    assert {row["person_id"] for row in newcomers} <= set(first_hits)
    assert all(
        first_hits[row["person_id"]] <= row["subscribed_at"] for row in newcomers if row["subscribed_at"]
    )


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_of_all_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="web_first_share"):
        WorldConfig(web_first_share=share)

"""Identity and machine verdicts: a share must agree with the truth."""

import duckdb
import pytest

from tests.end_to_end.truth.compared import share


def test_identity(db: duckdb.DuckDBPyConnection) -> None:
    pairs = """
        from users as a
        inner join users as b on (a.kind, a.identifier) < (b.kind, b.identifier) and {condition}
        where a.identifier not in (select client_id from sharing where client_id is not null)
            and b.identifier not in (select client_id from sharing where client_id is not null)
    """
    precision = share(
        db,
        "select count_if(list_has_any(a.persons, b.persons)), count(*) "
        + pairs.format(condition="a.person_key = b.person_key"),
        100,
    )
    # What the data can link: identifiers that one person showed on one hit.
    recall = share(
        db,
        """
        select count_if(a.person_key = b.person_key), count(*)
        from (
            select distinct w.client_id, w.contact_key from world.web_events as w
            inner join truth.identifiers as t
                on t.kind = 'contact_key' and w.contact_key = t.value and w.person_id = t.person_id
            where w.client_id is not null
        ) as met
        inner join users as a on a.kind = 'client_id' and met.client_id = a.identifier
        inner join users as b on b.kind = 'contact_key' and met.contact_key = b.identifier
        """,
        80,
    )
    assert precision >= 0.95
    assert recall >= 0.95


@pytest.mark.parametrize("action", ["view", "click"])
def test_machine_verdicts(db: duckdb.DuckDBPyConnection, action: str) -> None:
    found = f"""
        select e.contact_key, e.occurred_at as moment, e.campaign_key, count(*) as n
        from warehouse.intermediate.int_events_identified as e
        where source = 'smaily' and event_name = '{action}' and is_machine group by all
    """
    happened = f"""
        select contact_key, "at"::timestamp as moment, 'smaily-' || campaign_id as campaign_key, count(*) as n
        from world.email_actions where action = '{action}' and is_machine group by all
    """
    right = (
        f"select sum(least(a.n, b.n)) from ({found}) as a "
        f"inner join ({happened}) as b using (contact_key, moment, campaign_key)"
    )
    assert share(db, f"select ({right}), (select sum(n) from ({found}))", 50) >= 0.95
    assert share(db, f"select ({right}), (select sum(n) from ({happened}))", 50) >= 0.95

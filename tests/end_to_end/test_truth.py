"""The marts against what really happened, computed by the simulator from true persons and true labels.

Read once as the simulator speaks by default and once in other dialects of the vendors. Equal wherever the
sources record enough; elsewhere a share must agree. A mailbox that several people
read is one person to any pipeline, so acts in it and persons who read it are compared in sum only. GA4 rows
that had not become visible when the data were pulled are not part of the expected truth.
"""

from collections import defaultdict
from collections.abc import Iterator

import duckdb
import pytest
import requests

from dagster_project.simulator.world import World, make_world
from tests.dbt.journeys import oracle
from tests.end_to_end import other_reports
from tests.end_to_end.conftest import Refreshed
from tests.truth_worlds.comparison import compared
from tests.truth_worlds.figures import figures
from tests.truth_worlds.outcome import Compare


@pytest.fixture(scope="module", params=["refreshed", "refreshed_in_other_dialects"])
def db(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse as `warehouse`, the world's tables in `world`, the truth's in `truth`."""
    refreshed: Refreshed = request.getfixturevalue(request.param)
    warehouse = refreshed.installation.home / "warehouse.duckdb"
    now = refreshed.simulator.environment["MILEPOST_NOW"]
    with compared(warehouse, refreshed.config, now) as connection:
        connection.execute("create table added (action varchar)")
        changes = added_changes(refreshed, make_world(refreshed.config))
        connection.executemany("insert into added values (?)", changes)
        other_reports.add(connection, refreshed, now)
        yield connection


def added_changes(refreshed: Refreshed, world: World) -> list[list[str]]:
    """Changes of contacts that the account's log has and the world has not, a row each."""
    changes = requests.get(
        refreshed.simulator.smaily_url + "history.php",
        {"since_seq_id": 0, "limit": 10_000, "actions": "modify,delete"},
        auth=refreshed.simulator.smaily_auth,
        timeout=30,
    ).json()
    known = set(world.tables["email_actions"]["seq_id"].to_pylist())
    added = [[change["action"]] for change in changes if change["seq_id"] not in known]
    return added or [["none"]]


def differences(
    db: duckdb.DuckDBPyConnection, ours: str, theirs: str
) -> tuple[int, list[tuple[object, ...]]]:
    """How many rows the truth has, and the rows that only one side has."""
    [(n,)] = db.execute(f"select count(*) from ({theirs})").fetchall()
    rows = db.execute(
        f"select 'here', * from (({ours}) except all ({theirs})) "
        f"union all select 'truth', * from (({theirs}) except all ({ours}))"
    ).fetchall()
    return n, rows


def test_every_event_of_every_source_is_there_once(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select source, event_name, occurred_at as moment, count(*) as events, sum(event_count) as counted
        from warehouse.marts.fct_events where source in ('smaily', 'google_analytics') group by all
        """,
        """
        select 'smaily' as source, action as event_name, "at"::timestamp as moment, count(*) as events,
            count(*) as counted
        from world.email_actions group by all
        union all
        select 'google_analytics', event_name, "at"::timestamp, count(*), sum(duplicate_count)
        from world.web_events where client_id is not null group by all
        """,
    )
    # A hit without consent has no time of its own but the minute GA4 gives.
    unmatched = sum(int(str(row[4])) for row in rows if row[0] == "here")
    [(hidden,)] = db.execute("""
        select
            (select count(*) from world.web_events where client_id is null)
            + (select count(*) from added where action in ('modify', 'delete'))
    """).fetchall()
    assert [row for row in rows if row[0] == "truth"] == []
    assert n > 4_000
    assert unmatched == hidden


def test_micro_conversions_by_type_and_instant(db: duckdb.DuckDBPyConnection) -> None:
    """Of hits that carry identifiers, and of mail to mailboxes of one reader with no scanner before them."""
    n, rows = differences(
        db,
        """
        select m.source, m.micro_conversion, m.occurred_at as moment
        from warehouse.marts.fct_micro_conversions as m
        inner join warehouse.intermediate.int_events_identified as e using (event_id)
        where m.source = 'google_analytics'
            or (m.source = 'smaily' and e.contact_key in (select contact_key from plain))
        """,
        """
        select m.source, m.micro_conversion, m."at"::timestamp as moment
        from truth.micro_conversions as m
        left join world.email_actions as a on m.source = 'smaily' and m.record = a.seq_id
        where (m.source = 'google_analytics' and m.has_ids)
            or a.contact_key in (select contact_key from plain)
        """,
    )
    assert rows == []
    assert n > 2_000


def test_macro_conversions_with_revenue_by_order(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select order_id, occurred_at as moment, revenue, currency
        from warehouse.marts.fct_macro_conversions where person_key is not null
        """,
        """
        select transaction_id, "at"::timestamp, revenue::decimal(18, 4), 'EUR'
        from truth.macro_conversions where has_ids
        """,
    )
    assert rows == []
    assert n > 20


def test_orders_of_every_source_to_the_cent(db: duckdb.DuckDBPyConnection) -> None:
    """Each order once, however many report it, with its refunds; without consent it has no amount."""
    n, rows = differences(
        db,
        """
        select order_id, order_namespaces, occurred_at as moment, revenue, currency, net_revenue
        from warehouse.marts.fct_macro_conversions where order_id is not null
        """,
        "select order_id, reporters, moment, revenue, 'EUR', net_revenue from others.orders",
    )
    assert rows == []
    assert n > 20
    reporters = dict(db.execute("select reporter, count(*) from others.reports group by all").fetchall())
    assert set(reporters) >= {"google_analytics", "hubspot"}
    assert min(reporters.values()) > 5
    [ours] = db.execute(
        "select count(*), sum(revenue), sum(net_revenue) from warehouse.marts.fct_macro_conversions"
    ).fetchall()
    [theirs] = db.execute("""
        select (select count(*) from truth.macro_conversions), sum(revenue), sum(net_revenue)
        from others.orders
    """).fetchall()
    assert ours == theirs


def test_sessions_of_resolved_persons(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        with repeats as (
            -- The world's acts are those of these two sources; a CRM reports an order once more.
            select session_id, count(*) as acts from warehouse.marts.fct_events
            where session_id is not null and source not in ('smaily', 'google_analytics')
                and is_person_action and not is_machine
            group by all
        )
        select r.person_id, s.started_at, s.ended_at, s.event_count - coalesce(repeats.acts, 0) as acts,
            s.is_opens_only, s.converted, s.revenue
        from warehouse.marts.fct_sessions as s inner join resolved as r using (person_key)
        left join repeats using (session_id)
        where s.event_count > coalesce(repeats.acts, 0)
        """,
        """
        select person_id, started_at::timestamp, ended_at::timestamp, act_count, is_opens_only, purchases > 0,
            revenue::decimal(38, 4)
        from truth.sessions inner join resolved using (person_id)
        """,
    )
    assert rows == []
    assert n > 400


def test_weekly_cohorts_of_resolved_persons(db: duckdb.DuckDBPyConnection) -> None:
    """Cells are sums over persons, so each person's weeks are compared, and the cells in sum."""
    n, rows = differences(
        db,
        """
        select r.person_id, date_trunc('week', min(p.day) over (partition by p.person_key))::date as cohort,
            date_trunc('week', p.day)::date as week
        from warehouse.intermediate.int_person_days as p inner join resolved as r using (person_key)
        where p.activities > 0
        qualify row_number() over (partition by p.person_key, week) = 1
        """,
        """
        select person_id, min(week) over (partition by person_id), week
        from truth.active_weeks inner join resolved using (person_id)
        """,
    )
    assert rows == []
    assert n > 200


def test_stage_transitions_of_resolved_persons(db: duckdb.DuckDBPyConnection) -> None:
    """Persons who read one mailbox with no scanner before it, whose every identifier is one person."""
    whose = """
        inner join resolved using ({key})
        where person_id in (select person_id from world.persons where contact_key in (select * from plain))
    """
    n, rows = differences(
        db,
        f"""
        select person_id, from_stage, entered_at, outcome, round(seconds, 3)
        from warehouse.intermediate.int_stage_transition_outcomes {whose.format(key="person_key")}
        """,
        f"""
        select person_id, from_stage, entered_at::timestamp,
            case
                when was_beyond then 'was_beyond'
                when reached_at <= coalesce(exited_at, reached_at) then 'reached'
                when exited_at is not null then 'left'
            end as outcome,
            case outcome
                when 'reached' then round(epoch(reached_at) - epoch(entered_at), 3)
                when 'left' then round(epoch(exited_at) - epoch(entered_at), 3)
            end
        from truth.stage_transitions {whose.format(key="person_id")}
        """,
    )
    assert rows == []
    assert n > 100


def test_first_attempts_of_resolved_persons(db: duckdb.DuckDBPyConnection) -> None:
    """Every step of every sequence that a person took from their first entry, followed in a plain loop."""
    sequences = defaultdict(list)
    for name, number, counts, may_be_skipped, days, is_of_referred_person in db.execute(
        """
        select sequence_id, step_number, list(lineage.micro_conversion), any_value(may_be_skipped),
            any_value(max_days_from_previous), any_value(is_of_referred_person)
        from warehouse.intermediate.int_sequence_steps as steps
        inner join warehouse.intermediate.int_micro_conversion_lineage as lineage
            on steps.micro_conversion = lineage.counts_as
        group by sequence_id, step_number order by sequence_id, step_number
        """
    ).fetchall():
        step = oracle.Step(number, frozenset(counts), may_be_skipped, days, is_of_referred_person)
        sequences[name].append(step)
    of_plain = "person_id in (select person_id from world.persons where contact_key in (select * from plain))"
    acts = defaultdict(list)
    for person, *act in db.execute(
        f"""
        select person_id, row_number() over () as event_id, "at" as occurred_at, micro_conversion
        from truth.journey_acts inner join resolved using (person_id) where {of_plain}
        """
    ).fetchall():
        acts[person].append(dict(zip(("event_id", "occurred_at", "micro_conversion"), act, strict=True)))
    happened = {
        (person, name, step)
        for person, of_person in acts.items()
        for name, steps in sequences.items()
        for _, step in (
            oracle.reached_steps(of_person, steps, first_attempt_only=True)
            | oracle.steps_before_entry(of_person, steps)
        )
    }
    found = db.execute(
        f"""
        select distinct person_id, sequence_id, step_number
        from warehouse.intermediate.int_sequence_progress inner join resolved using (person_key)
        where is_first_attempt and {of_plain}
        """
    ).fetchall()
    assert set(found) == happened
    assert len(found) > 100


FEWEST_JUDGED = 10


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.__name__)
def test_published_figures_hold_the_truth(db: duckdb.DuckDBPyConnection, figure: Compare) -> None:
    """`make truth` prints the same of larger worlds.

    Of three entrants who are new since the data begin, one decides a rate: here a friend's click on
    a forwarded link, which to every source is the recipient's, made one enter the funnel who buys.
    """
    outcomes = list(figure(db))
    assert outcomes
    judged = [each for each in outcomes if each.lower is None or each.n >= FEWEST_JUDGED]
    assert [each for each in judged if not each.is_inside] == []


def share(db: duckdb.DuckDBPyConnection, query: str, least: int) -> float:
    [(numerator, denominator)] = db.execute(query).fetchall()
    assert denominator >= least
    return float(numerator) / float(denominator)


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


def test_the_other_dialects_were_spoken(refreshed_in_other_dialects: Refreshed) -> None:
    """Each leaves a trace in what was landed; without one the comparison above would compare the usual."""
    warehouse = refreshed_in_other_dialects.installation.home / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        traces = connection.execute("""
            select
                (select count(*) > 100 from raw.smaily__actions where action = 'view' and value like '{%'),
                (select bool_and(name not like '% (_)') from raw.smaily__split_test_statistics),
                (select count(distinct list_id) = 2 from raw.smaily__contacts),
                (select count(*) = 0 from (
                    select contact_key from raw.smaily__contacts group by all having count(*) > 1)),
                (select count(*) > 0 from raw.smaily__actions where action = 'delete'),
                (select count(*) > 0 from raw.bitly__bitlinks where is_deleted = 'true'),
                (select bool_and(clicks > 0) from raw.bitly__link_clicks),
                (select count(*) > 5 from marts.fct_macro_conversions where order_namespaces like '%till%'),
                (select count(*) > 0 from marts.fct_refunds)
        """).fetchall()
    assert traces == [(True,) * 9]
    requested = refreshed_in_other_dialects.simulator.state()["requests"]
    assert any(path.startswith("/bitly/v4/custom_bitlinks/") for path in requested)
    assert refreshed_in_other_dialects.result.success


def test_arms_of_ab_tests_have_their_own_subjects(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select emails.subject, emails.variant, count(*) as sent
        from warehouse.marts.fct_email_sends as sends
        inner join warehouse.marts.dim_emails as emails using (email_id)
        where emails.variant is not null and sends.sent_at is not null
        group by all
        """,
        """
        select sections.subject, sections.variant, count(*)
        from world.email_actions as actions
        inner join world.sections as sections using (section_id)
        where actions.action = 'send' and sections.variant is not null
        group by all
        """,
    )
    assert rows == []
    assert n > 1


def test_emails_say_what_their_owner_says_of_them(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select preview_text, cta_count, cta_wording from warehouse.marts.dim_emails
        where email_id in (select email_id from warehouse.marts.fct_email_sends)
            and campaign_key like 'smaily-%'
        """,
        """
        select distinct on (section_id) preview_text, cta_count, cta_wording from world.sections
        inner join world.email_actions using (section_id) where action = 'send'
        """,
    )
    assert rows == []
    assert n > 5


def test_campaigns_cost_what_their_owner_and_the_portal_say(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select distinct campaign_key, cost from warehouse.marts.rpt_return_on_investment
        where cost is not null
        """,
        """
        select coalesce('smaily-' || campaign_id, campaign), sum(cost)::decimal(38, 4)
        from others.costs left join world.campaigns on costs.campaign = campaigns.slug
        group by all
        """,
    )
    assert rows == []
    assert n > 5

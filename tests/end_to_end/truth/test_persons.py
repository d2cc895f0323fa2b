"""Sessions, cohorts, stages and sequences of resolved persons against what really happened."""

from collections import defaultdict

import duckdb

from tests.dbt.journeys import oracle
from tests.end_to_end.truth.compared import differences


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

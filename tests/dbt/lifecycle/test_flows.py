"""Where persons are in sequences and automations, and what follows the preference page, by hand."""

from typing import Any

import pytest

from tests.dbt.lifecycle.conftest import FLOWS, PREFERENCES, Lifecycle, World, at

PARTLY = {"newsletter_signup", "email_open", "email_click", "purchase"}


def steps(world: World, key: int, sequence: str, *taken: tuple[int, float]) -> World:
    for number, days in taken:
        world.add(
            "intermediate.int_sequence_progress",
            sequence_id=sequence,
            step_number=number,
            person_key=key,
            act_position=number,
            occurred_at=at(days),
            is_known=True,
            is_first_attempt=True,
            event_id=number,
        )
    return world


def member(lifecycle: Lifecycle, flow: str, key: int, kind: str = "sequence") -> tuple[Any, ...]:
    return lifecycle.row(
        "fct_automation_members",
        "status, current_step, furthest_step, next_step, next_due_by, reason",
        f"flow_id = '{flow}' and person_key = {key} and flow_kind = '{kind}'",
    )


@pytest.fixture(scope="module")
def sequences(lifecycle: Lifecycle) -> Lifecycle:
    """Cart recovery: steps 1 to 5, with gaps of 1, 7, 3 and 2 days; all is known until day 200."""
    world = World().persons(*range(1, 12)).person(20, kind="device")
    steps(world, 1, "cart_recovery", (1, 0), (2, 1), (3, 5), (4, 6), (5, 7))
    steps(world, 2, "cart_recovery", (1, 10), (2, 11))
    steps(world, 3, "cart_recovery", (1, 192), (2, 193))  # the last instant of its gap
    steps(world, 4, "cart_recovery", (1, 191), (2, 191.9))
    steps(world, 5, "cart_recovery", (1, 0), (2, 1), (3, 5), (1, 199.5))  # again, after an attempt that ended
    steps(
        world, 6, "cart_recovery", (1, 0), (2, 1), (3, 5), (4, 6), (5, 7), (1, 199.5)
    )  # again, after completing
    steps(world, 7, "cart_recovery", (1, 199), (1, 198))
    steps(world, 20, "cart_recovery", (1, 199))
    steps(world, 10, "cart_recovery", (1, 196), (2, 197), (3, 198), (4, 198.5), (5, 199))
    steps(world, 11, "welcome_nurture", (1, 199))
    # The first step of a welcome that must be taken is the sign-up; its e-mail may be left unopened.
    steps(world, 8, "welcome_nurture", (1, 190), (2, 192))
    steps(world, 9, "welcome_nurture", (1, 0), (2, 1), (3, 2))
    world.buys(1, 7).buys(2, 24).buys(3, 190).buys(5, -5)
    # The days after entering are known to the end for who entered until day 186.
    return lifecycle.measure(world, *FLOWS)


def test_the_next_step_is_the_next_one_that_must_be_taken(sequences: Lifecycle) -> None:
    late = "next step not in time"
    assert member(sequences, "cart_recovery", 1) == ("completed", 5, 5, None, None, None)
    assert member(sequences, "cart_recovery", 10)[:3] == ("completed", 5, 5)
    assert member(sequences, "welcome_nurture", 11)[:4] == ("in progress", 1, 1, 3)
    assert member(sequences, "cart_recovery", 2) == ("exited", 2, 2, None, None, late)
    assert member(sequences, "cart_recovery", 3) == ("in progress", 2, 2, 3, at(200), None)
    assert member(sequences, "cart_recovery", 4) == ("exited", 2, 2, None, None, late)
    assert member(sequences, "cart_recovery", 5) == ("in progress", 1, 3, 2, at(200.5), None)
    assert member(sequences, "cart_recovery", 6) == ("in progress", 1, 5, 2, at(200.5), None)
    assert member(sequences, "cart_recovery", 7)[:4] == ("in progress", 1, 1, 2)
    # Nine days from the sign-up, seven from the opening: both were over the day before.
    assert member(sequences, "welcome_nurture", 8)[:4] == ("exited", 2, 2, None)
    assert member(sequences, "welcome_nurture", 9) == ("exited", 3, 3, None, None, late)


def test_devices_are_in_no_flow(sequences: Lifecycle) -> None:
    assert sequences.rows("fct_automation_members", "status", "person_key = 20") == []


def test_flows_add_up(sequences: Lifecycle) -> None:
    columns = "entered, in_progress, completed, exited, eligible, immature, reached"
    found = sequences.row("rpt_automations", columns, "flow_id = 'cart_recovery' and row_type = 'flow'")
    # Of persons 1, 2, 5 and 6 the fortnight is known; the order on its last instant counts.
    assert found == (8, 4, 2, 2, 4, 4, 2)
    step = sequences.rows(
        "rpt_automations",
        "step_number, entered, in_progress, exited, eligible, reached",
        "flow_id = 'cart_recovery' and row_type = 'step' and flow_kind = 'sequence'",
    )
    assert step == [
        (1, 8, 3, 0, 7, 7),
        (2, 7, 1, 2, 6, 4),
        (3, 4, 0, 0, 3, 3),
        (4, 3, 0, 0, 3, 3),
        (5, 3, 0, 0, 0, None),
    ]
    where = "flow_id = 'welcome_nurture' and row_type = 'step' and step_number = 2"
    assert sequences.row("rpt_automations", "entered, reached, rate", where) == (2, None, None)


def test_what_no_source_reports_ends_no_one(lifecycle: Lifecycle) -> None:
    world = World(observable=PARTLY).persons(1, 2)
    steps(world, 1, "welcome_nurture", (1, 0), (3, 5))
    steps(world, 2, "welcome_nurture", (1, 0))
    lifecycle.measure(world, *FLOWS)
    found = member(lifecycle, "welcome_nurture", 1)
    assert found == ("not observable", 3, 3, None, None, "no source reports resource_download")
    assert member(lifecycle, "welcome_nurture", 2)[0] == "exited"
    columns = "step_number, status, entered, not_observable, reached"
    where = "flow_id = 'welcome_nurture' and row_type = 'step' and step_number > 2"
    assert lifecycle.rows("rpt_automations", columns, where) == [
        (3, "not observable", 1, 1, None),
        (4, "not observable", 0, 0, None),
    ]


@pytest.fixture(scope="module")
def automations(lifecycle: Lifecycle) -> Lifecycle:
    """Three e-mails on days 0, 3 and 7 of each person, whose names are in another order."""
    world = World().persons(*range(1, 12))
    for name in ("c", "a", "b"):
        world.campaign(name, tag="welcome")
    for key in (1, 2, 3):
        world.send(key, "c", 0).send(key, "a", 3 if key > 1 else 2).send(key, "b", 7)
    world.send(4, "c", 197)  # the next is due on the last day
    world.send(5, "c", 196)  # it was due on day 199
    world.send(6, "c", 198).add(
        "intermediate.int_person_exits", person_key=6, reason="unsubscribe", exited_at=at(199)
    )
    world.add("intermediate.int_person_exits", person_key=6, reason="spam_complaint", exited_at=at(199))
    # Out before the last e-mail: came back. Out after all of them: was through.
    world.send(7, "c", 198).add(
        "intermediate.int_person_exits", person_key=7, reason="unsubscribe", exited_at=at(197)
    )
    world.add("intermediate.int_person_exits", person_key=1, reason="unsubscribe", exited_at=at(8))
    world.send(8, "a", 1)  # from before the data begin: the first e-mail is missing
    world.add(
        "marts.rpt_send_times",
        slice_type="days_since_previous_email",
        sequence="welcome",
        outcome="human_click",
        slice="2 to 3 days",
        position=2,
        eligible=10,
        completed=4,
        rate=0.4,
        rate_lower=0.2,
        rate_upper=0.7,
        verdict="more",
        method="by hand",
    )
    return lifecycle.measure(world, *FLOWS)


def test_emails_of_an_automation_are_in_the_order_persons_get_them(automations: Lifecycle) -> None:
    found = automations.rows(
        "rpt_automations",
        "step_number, step, entered, in_progress, reached",
        "flow_kind = 'automation' and row_type = 'step'",
    )
    assert found == [(1, "C", 8, 2, 4), (2, "A", 4, 0, 3), (3, "B", 3, 0, None)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (1, ("completed", 3, None)),
        (4, ("in progress", 1, None)),
        (5, ("exited", 1, "next step not in time")),
        (6, ("exited", 1, "spam_complaint")),
        (7, ("in progress", 1, None)),
        (8, ("exited", 2, "next step not in time")),
    ],
)
def test_members_of_an_automation(automations: Lifecycle, key: int, expected: tuple[Any, ...]) -> None:
    status, current, _, _, _, reason = member(automations, "welcome", key, "automation")
    assert (status, current, reason) == expected


def test_gaps_are_those_of_send_times(automations: Lifecycle) -> None:
    columns = "flow_id, gap, outcome, eligible, reached, rate, status"
    found = automations.rows("rpt_automations", columns, "row_type = 'gap'")
    assert found == [("welcome", "2 to 3 days", "human_click", 10, 4, 0.4, "more")]


def visits(world: World, *keys: int) -> World:
    for key in keys:
        world.add(
            "intermediate.int_velocity_spells",
            person_key=key,
            micro_conversion="preference_center_visit",
            source="smaily",
            campaign_kind="campaign",
            completed_at=at(0),
            known_until=at(0),
            next_known_until=at(0),
        )
    return world


def test_a_change_and_leaving_compete(lifecycle: Lifecycle) -> None:
    """Of five, 1 changes first, 2 and 3 leave first, 4 and 5 do neither."""
    world = visits(World(), 1, 2, 3, 4, 5)
    world.micro(1, "preferences_update", 2).micro(3, "preferences_update", 20).micro(
        4, "preferences_update", -1
    )
    for key, day, reason in (
        (1, 3, "unsubscribe"),
        (2, 5, "unsubscribe"),
        (3, 10, "unsubscribe"),
        (5, 4, "hard_bounce"),
    ):
        world.add("intermediate.int_person_exits", person_key=key, reason=reason, exited_at=at(day))
    lifecycle.measure(world, *PREFERENCES)
    columns = "outcome, persons, reached, other_outcome, censored, probability"
    found = lifecycle.rows("rpt_preferences", columns)
    assert [row[:5] for row in found] == [("preferences_update", 5, 1, 2, 2), ("unsubscribe", 5, 2, 1, 2)]
    # No one is censored within 30 days: shares of all.
    assert [row[5] for row in found] == pytest.approx([1 / 5, 2 / 5])


def test_the_censored_leave_the_risk_set(lifecycle: Lifecycle) -> None:
    """All known until day 8; 1 changes on day 2; who came later has been followed for fewer days."""
    world = visits(World(known=8), 1, 2)
    world.rows["intermediate.int_velocity_spells"].append(
        world.rows["intermediate.int_velocity_spells"][0] | {"person_key": 3, "completed_at": at(3)}
    )
    world.micro(1, "preferences_update", 6)
    lifecycle.measure(world, *PREFERENCES)
    found = lifecycle.row(
        "rpt_preferences", "reached, censored, probability, is_mature", "outcome = 'preferences_update'"
    )
    # At day 6 two of three are at risk.
    assert found == (1, 2, pytest.approx(0.5), False)


def test_no_visit_and_all_censored(lifecycle: Lifecycle) -> None:
    lifecycle.measure(World(), *PREFERENCES)
    assert lifecycle.rows("rpt_preferences", "status, persons, probability") == [("none yet", 0, None)] * 2
    lifecycle.measure(visits(World(), 1, 2), *PREFERENCES)
    columns = "status, censored, probability, probability_lower"
    assert lifecycle.rows("rpt_preferences", columns) == [("measured", 2, 0.0, None)] * 2

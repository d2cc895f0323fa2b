"""What is counted of e-mails by hand: responses within a week, hours and gaps."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.mailings import (
    ABROAD,
    NEWS,
    OFFER,
    OTHER,
    START,
    WELCOME,
    WELCOME_TWO,
    Log,
    build,
    contact,
)
from tests.dbt.rows import Row, key, link


def responses(project: CompiledProject, email: str) -> tuple[Any, ...]:
    [row] = project.rows(
        "select delivered, clickers, delivered_for_goal, goal_completers, immature"
        f" from intermediate.int_email_responses where email_id = '{email}'"
    )
    return row


@pytest.fixture(scope="module")
def mailed(compiled: CompiledProject) -> CompiledProject:
    """Four mailings and a flow, whose recipients are other persons."""
    log = Log().sent(0, NEWS, "ann", "ben", "cid", "dot")
    log.add(1, "ann", "click", NEWS, link("/a")).add(2, "ann", "click", NEWS, link("/b"))
    log.add(7.1, "ben", "click", NEWS, link("/a")).add(0.1, "cid", "bounce", NEWS, "550")
    log.sent(0, OFFER, "eve", "fay").sent(0, OTHER, "eve", "fay")
    log.add(1, "eve", "click", OFFER, link("/product/x", "text", "offer"))
    log.add(1, "fay", "click", OTHER, link("/product/x", "text"))
    log.sent(0, ABROAD, "gus", "hal", "ida", "joe").add(0.1, "hal", "click", ABROAD, link("/a"))
    log.sent(0, WELCOME, "kit", "leo", "mia").sent(2, WELCOME_TWO, "kit").sent(3.5, WELCOME_TWO, "leo")
    log.add(3, "kit", "click", WELCOME_TWO, link("/a")).add(4, "leo", "optout", WELCOME_TWO)
    log.sent(1, OTHER, "kit", "leo")
    zones = {"gus": "Europe/Tallinn", "hal": "Asia/Kolkata", "ida": "America/New_York", "joe": None}
    build(compiled, log, "int_email_trait_responses", "int_send_time_cells", zones=zones)
    return compiled


def test_responses_count_persons_within_a_week(mailed: CompiledProject) -> None:
    assert responses(mailed, "smaily-1") == (3, 1, 3, 1, 1)


def test_a_mailing_has_a_month_and_a_flow_has_none(mailed: CompiledProject) -> None:
    found = dict(mailed.rows("select email_id, sent_month from intermediate.int_email_trait_responses"))
    assert (found["smaily-1"], found["smaily-3"]) == ("2026-10-01", None)


def test_a_goal_in_the_email_counts_there_only(mailed: CompiledProject) -> None:
    assert responses(mailed, "smaily-2") == (2, 1, 2, 1, 0)


def cells(project: CompiledProject, slice_type: str, columns: str) -> list[tuple[Any, ...]]:
    return project.rows(
        f"select {columns} from intermediate.int_send_time_cells"
        f" where slice_type = '{slice_type}' order by all"
    )


def test_hours_are_on_the_recipients_clock(mailed: CompiledProject) -> None:
    """Tuesday, 11:00 in Tallinn; flows and persons of an unknown zone have no hour."""
    found = cells(mailed, "send_hour", "outcome, stratum, place, eligible, completed")
    assert [row[1:] for row in found if row[0] == "human_click"] == [
        ("smaily-5 America/New_York", 24 + 4, 1, 0),
        ("smaily-5 Asia/Kolkata", 24 + 13, 1, 1),
        ("smaily-5 Europe/Tallinn", 24 + 11, 1, 0),
    ]
    # Two hours and 24 minutes later, in Kolkata.
    assert cells(mailed, "click_hour", "stratum, place, completed") == [("smaily-5", 24 + 15, 1)]


def test_the_gap_to_the_email_of_the_flow_before(mailed: CompiledProject) -> None:
    found = cells(
        mailed, "days_since_previous_email", "sequence, outcome, stratum, place, eligible, completed"
    )
    assert found == [
        ("welcome_nurture", outcome, "smaily-4", place, 1, hit)
        for outcome, hits in (("goal", (1, 0)), ("human_click", (1, 0)), ("unsubscribe", (0, 1)))
        for place, hit in zip((2, 3), hits, strict=True)
    ]


def test_only_an_experiment_on_hours_is_randomised(with_feeds: CompiledProject) -> None:
    def row(minutes: float, name: str, who: str, arm: str | None, experiment: str, mailing: str) -> Row:
        return {
            "event_name": name, "occurred_at": START + timedelta(minutes=minutes),
            "contact_key": key(f"{who}@mail.ee"), "campaign": mailing,
            "experiment": experiment if arm else None, "variant": arm,
            "properties": json.dumps({"opens_observable": "yes"}),
            "_is_repeated": False, "_ordinal": 1, "_landed_file": "news.csv", "_partition": "news.csv",
        }  # fmt: skip

    rows = []
    for number in range(8):
        arm = "A" if number % 2 else "B"
        rows.append(row(0, "experiment_assigned", f"p{number}", arm, "hour", "one"))
        rows.append(row(60 if arm == "A" else 360, "send", f"p{number}", None, "hour", "one"))
        rows.append(row(0, "experiment_assigned", f"p{number}", arm, "wording", "two"))
        rows.append(row(60, "send", f"p{number}", None, "wording", "two"))
    rows.append(row(60 * 24 * 30, "click", "last", None, "", "last"))
    people = [contact(f"p{number}") for number in range(8)]
    with_feeds.build({"event_files__news": rows, "smaily__contacts": people}, "int_send_time_cells")
    found = cells(with_feeds, "send_hour", "evidence, stratum, place, eligible, outcome")
    assert [found_row[:4] for found_row in found if found_row[4] == "human_click"] == [
        ("observational", "event_files-two Europe/Tallinn", 24 + 12, 8),
        ("randomised", "hour Europe/Tallinn", 24 + 12, 4),
        ("randomised", "hour Europe/Tallinn", 24 + 17, 4),
    ]

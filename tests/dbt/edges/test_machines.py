"""From clicks and opens to machines, exactly where one rule ends and another begins."""

from datetime import datetime, timedelta

import pytest

from tests.dbt import world
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.edges.raw_rows import ANN, LETTER, log, web
from tests.dbt.rows import Hit, link


def bursts(project: CompiledProject, *clicks: tuple[float, str]) -> list[int]:
    """Links in the burst of each click, of (seconds after the send, path)."""
    entries = [(0, ANN, "send"), *((seconds, ANN, "click", link(path)) for seconds, path in clicks)]
    project.build({"smaily__campaigns": [LETTER], "smaily__actions": log(*entries)}, "int_machine_features")
    found = project.rows(
        "select links_in_burst from intermediate.int_machine_features order by seconds_since_send"
    )
    return [links for (links,) in found]


def test_clicks_ten_seconds_apart_are_one_burst_of_different_links(project: CompiledProject) -> None:
    assert bursts(project, (100, "/a"), (110, "/b"), (120, "/c"), (131, "/d")) == [3, 3, 3, 1]
    assert bursts(project, (100, "/a"), (101, "/a"), (102, "/a")) == [1, 1, 1]


@pytest.mark.parametrize(
    ("landed_after", "page", "has_visit"),
    [
        (timedelta(0), "/a?utm_medium=email", True),
        (timedelta(minutes=30, microseconds=-1000), "/a?utm_medium=email", True),
        (timedelta(minutes=30), "/a?utm_medium=email", False),
        (timedelta(seconds=-1), "/a?utm_medium=email", False),
        (timedelta(seconds=1), "/b?utm_medium=email", False),
        (timedelta(seconds=1), "/a?utm_medium=cpc", False),
    ],
)
def test_a_visit_follows_its_click_within_half_an_hour(
    project: CompiledProject, landed_after: timedelta, page: str, has_visit: bool
) -> None:
    clicked_at = datetime.fromisoformat("2026-10-06T10:01:00+03:00")
    hit = Hit((clicked_at + landed_after).isoformat(), "page_view", page, "laptop", address=ANN)
    actions = log((0, ANN, "send"), (60, ANN, "click", link("/a")), (3600, ANN, "send"))
    project.build(
        {"smaily__campaigns": [LETTER], "smaily__actions": actions, **web(hit)}, "int_machine_features"
    )
    assert project.rows("select has_visit, seconds_since_send from intermediate.int_machine_features") == [
        (has_visit, 60)
    ]


def test_machines_and_mailings_are_neither_touch_nor_stage_nor_first_open(project: CompiledProject) -> None:
    """A proxy opens and a scanner clicks before the person opens and visits."""
    actions = log(
        (0, ANN, "send"),
        (5, ANN, "view", world.PROXY),
        *((10 + n, ANN, "click", link(path)) for n, path in enumerate(("/pricing", "/b", "/c", "/d"))),
        (7200, ANN, "view", world.READER),
    )
    hit = Hit("2026-10-06T08:00:00Z", "page_view", "/blog/a", "laptop", address=ANN)
    raw = {"smaily__campaigns": [LETTER], "smaily__actions": actions, **web(hit)}
    project.build(raw, "dim_persons", "fct_email_sends")
    assert project.rows("select first_touch_system, highest_stage, acts from marts.dim_persons") == [
        ("google_analytics", "awareness", 2)
    ]
    assert project.rows(
        "select micro_conversion from marts.fct_events where event_name = 'view' and not is_machine"
    ) == [("email_open",)]
    assert project.rows(
        "select date_diff('second', sent_at, first_open_at),"
        " date_diff('second', sent_at, first_human_open_at) from marts.fct_email_sends"
    ) == [(5, 7200)]


def test_who_clicked_has_opened(project: CompiledProject) -> None:
    actions = log((0, ANN, "send"), (60, ANN, "click", link("/a")))
    project.build({"smaily__campaigns": [LETTER], "smaily__actions": actions}, "fct_email_sends")
    assert project.rows(
        "select date_diff('second', sent_at, first_open_at), opens, clicks from marts.fct_email_sends"
    ) == [(60, 0, 1)]

"""Stages of deals as milestones: entered, due next, and how long they take."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.dbt.lifecycle.conftest import MILESTONES, Lifecycle, World, at

CLOSED = ("won", "lost", "paid")
SECOND = timedelta(seconds=1)
TEST_DAYS = 10 + 0.5 / 86_400  # ten days and half a second


def stages(*of_pipeline: tuple[str, int, str]) -> str:
    """As HubSpot lists them: in any order, with their place and whether they count as closed."""
    return json.dumps(
        [
            {
                "id": name,
                "label": name.title(),
                "displayOrder": position,
                "metadata": {
                    "probability": probability,
                    "isClosed": str(name in ("won", "lost", "paid")).lower(),
                },
            }
            for name, position, probability in of_pipeline
        ]
    )


PIPELINES = [
    (
        "default",
        "Sales",
        stages(("won", 7, "1.0"), ("lost", 8, "0.0"), ("offer", 3, "0.6"), ("visit", 2, "0.2")),
        "all",
    ),
    ("default", None, '[{"id": "visit", "metadata": {}}]', "LV/all"),
    ("trial", "Trial", stages(("call", 0, "0.2"), ("test", 1, "0.5")), "all"),
    ("renewal", "Renewal", stages(("start", 0, "0.2"), ("won", 1, "1.0"), ("paid", 2, "1.0")), "all"),
]


def deal(
    world: World, key: int | None, number: str, *stages: tuple[str, float], pipeline: str = "default"
) -> None:
    for stage, day in stages:
        world.events += 1
        world.add(
            "marts.fct_events",
            event_id=world.events,
            person_key=key,
            event_name="deal_stage",
            occurred_at=at(day),
            properties=json.dumps({"deal": number, "pipeline": pipeline, "stage": stage}),
        )


@pytest.fixture(scope="module")
def deals(lifecycle: Lifecycle) -> Lifecycle:
    """On day 200. From the visit to the offer it takes 10, 20 and 40 days, from there to the order 2."""
    world = World().persons(*range(1, 10), *range(11, 17)).person(10, kind="device")
    deal(world, 1, "a", ("visit", 100), ("offer", 110), ("won", 112))
    deal(world, 2, "b", ("visit", 100), ("offer", 120), ("lost", 121))
    deal(world, 2, "c", ("visit", 150), ("offer", 190), ("visit", 195))  # sent back
    deal(world, 3, "d", ("visit", 185))
    deal(world, 3, "e", ("visit", 199.5))
    deal(world, 4, "f", ("visit", 150))  # overdue
    deal(world, 5, "g", ("offer", 199))  # began in the second stage
    deal(world, 6, "h", ("visit", 196), ("lost", 197))
    deal(world, 10, "i", ("visit", 190))
    deal(world, None, "j", ("visit", 190))
    deal(world, 7, "k", ("visit", 190), ("elsewhere", 195))  # a stage that the pipeline has not
    deal(world, 9, "l", ("offer", 100), ("visit", 150))  # not from the visit to the offer
    deal(world, 8, "LV/a", ("visit", 190), pipeline="LV/default")
    deal(world, 8, "LV/b", ("call", 190), pipeline="LV/default")  # a stage of the other portal
    deal(world, 11, "m", ("start", 100), ("won", 110), ("paid", 130), pipeline="renewal")
    deal(world, 12, "n", ("start", 170), ("won", 190), pipeline="renewal")
    # Moved from the trial, where it took 10 days and half a second.
    deal(world, 13, "o", ("call", 100), ("test", 100 + TEST_DAYS), ("start", 190), pipeline="renewal")
    deal(world, 14, "p", ("call", 195), pipeline="trial")
    deal(world, 15, "q", ("won", 195), pipeline="trial")  # of which pipeline is unknown
    deal(world, 16, "r", ("call", 179), ("start", 180), ("start", 199), ("call", 199.5), pipeline="trial")
    with lifecycle.project.connect() as connection:
        connection.executemany(
            "insert into raw.hubspot__pipelines (id, label, stages, _partition) values (?, ?, ?, ?)",
            PIPELINES,
        )
    lifecycle.measure(world, "int_deal_milestones", *MILESTONES)
    with lifecycle.project.connect() as connection:
        connection.execute("delete from raw.hubspot__pipelines")
    return lifecycle


def test_stages_of_deals_are_milestones_with_the_next_one_due(deals: Lifecycle) -> None:
    columns = (
        "milestone, name, reached, reached_lately, deals, median_days, due, due_soon, next_due_at, status"
    )
    assert deals.rows("rpt_milestones", columns, "kind = 'deal_stage'") == [
        ("deal_stage LV/default/visit", "LV/default: visit", 1, 1, 1, 0.0, 0, 0, None, "measured"),
        # 20 days after the visit: deal c on day 215, d on 205 and e, f was due on day 170.
        ("deal_stage default/offer", "Sales: Offer", 4, 1, 5, 10.0, 2, 2, at(205), "measured"),
        ("deal_stage default/visit", "Sales: Visit", 7, 3, 9, 0.0, 0, 0, None, "measured"),
        ("deal_stage default/won", "Sales: Won", 1, 0, 1, 12.0, 1, 1, at(201), "measured"),
        ("deal_stage renewal/paid", "Renewal: Paid", 1, 0, 1, 30.0, 0, 0, None, "measured"),
        ("deal_stage renewal/start", "Renewal: Start", 4, 2, 4, 0.0, 0, 0, None, "measured"),
        ("deal_stage renewal/won", "Renewal: Won", 2, 1, 2, 15.0, 1, 1, at(205), "measured"),
        ("deal_stage trial/call", "Trial: Call", 3, 2, 3, 0.0, 0, 0, None, "measured"),
        ("deal_stage trial/test", "Trial: Test", 1, 0, 1, TEST_DAYS, 2, 2, at(205) + SECOND, "measured"),
    ]


@pytest.mark.parametrize(
    ("deal_id", "expected"),
    [
        ("a", [("visit", at(100), None), ("offer", at(110), None), ("won", at(112), None)]),
        ("b", [("visit", at(100), None), ("offer", at(120), None)]),
        ("c", [("visit", at(150), None), ("offer", at(190), None), ("offer", None, at(215))]),
        ("f", [("visit", at(150), None), ("offer", None, at(170))]),
        ("g", [("offer", at(199), None), ("won", None, at(201))]),
        ("h", [("visit", at(196), None)]),
        ("i", [("visit", at(190), None), ("offer", None, at(210))]),
        ("j", []),
        ("k", [("visit", at(190), None)]),
        ("l", [("offer", at(100), None), ("visit", at(150), None), ("offer", None, at(170))]),
        ("LV/a", [("visit", at(190), None)]),
        ("LV/b", []),
        ("n", [("start", at(170), None), ("won", at(190), None)]),
        (
            "o",
            [
                ("call", at(100), None),
                ("test", at(100 + TEST_DAYS), None),
                ("start", at(190), None),
                ("won", None, at(205)),
            ],
        ),
        ("p", [("call", at(195), None), ("test", None, at(205) + SECOND)]),
        ("q", []),
        ("r", [("call", at(179), None), ("start", at(180), None), ("test", None, at(209.5) + SECOND)]),
    ],
)
def test_a_deal_has_entered_its_stages_once(deals: Lifecycle, deal_id: str, expected: list[Any]) -> None:
    found = deals.project.rows(
        "select split_part(milestone, '/', -1), reached_at, due_at from intermediate.int_deal_milestones"
        f" where deal = '{deal_id}' order by due_at is not null, reached_at, due_at"
    )
    assert found == expected

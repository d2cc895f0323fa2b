"""A site that was connected later than newsletter and shop: what came after a step is not known before."""

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import file_row
from tests.dbt.steps.test_late_sources import CONNECTED, DAY, HOUR, READ, news_until

# Conversions are known from the shop's first day on, nearly all steps from that of the site.
VISITED = CONNECTED + 60 * DAY
EARLY, LATE, VISITORS = 2, 3, 10


@pytest.fixture(scope="module")
def built(with_feeds: CompiledProject) -> CompiledProject:
    """Of the late ones, one views a product."""
    early = {f"early{n}": CONNECTED + (5 + n) * DAY for n in range(EARLY)}
    late = {f"late{n}": VISITED + (1 + n) * DAY for n in range(LATE)}
    clicks = [file_row("click", at, name, campaign="spring") for name, at in (early | late).items()]
    visits = [file_row("view_item", VISITED + n * HOUR, f"visitor{n}") for n in range(VISITORS)]
    with_feeds.build(
        {
            "event_files__news": news_until(READ, clicks),
            "event_files__checkout": [
                file_row("purchase", CONNECTED, "buyer", order_id="1", revenue=50.0, currency="EUR"),
                file_row("log_in", READ, "last"),
            ],
            "event_files__site": [
                *visits,
                file_row("view_item", late["late0"] + HOUR, "late0"),
                file_row("log_in", READ, "last"),
            ],
        },
        "int_velocity_counts",
        "int_stage_visit_follow_up",
    )
    return with_feeds


def test_a_next_step_is_awaited_from_when_nearly_all_are_known(built: CompiledProject) -> None:
    """Whether who clicked before has converted is known all the same."""
    assert built.rows(
        "select measure, outcome, cast(sum(persons) as bigint) from intermediate.int_velocity_counts"
        " where micro_conversion = 'email_click' and slice = 'all' group by all order by all"
    ) == [
        ("conversion", "(censored)", EARLY + LATE),
        ("next_step", "(censored)", LATE - 1),
        ("next_step", "product_page_visit", 1),
    ]


def test_a_stage_is_left_for_another_from_when_nearly_all_are_known(built: CompiledProject) -> None:
    assert built.rows(
        "select from_stage, count(distinct person_key) from intermediate.int_stage_visit_follow_up"
        " group by all"
    ) == [("consideration", LATE + VISITORS)]

"""What the marts on value, sequences, patterns and velocity count, by hand."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row
from tests.dbt.steps.test_step_marts import ANN, BEN, BUY, CID, STEP, VISIT, act

DAN, EVE = (f"{name}@shop.example" for name in ("dan", "eve"))
VIEW, CART, TRIAL, FEATURE = "view_item", "add_to_cart", "trial_started", "key_feature_used"
READER = '{"user_agent": "Thunderbird"}'
DAY = 86400
MODELS = (
    "int_sequence_landmark_counts",
    "int_pattern_counts",
    "int_value_counts",
    "int_velocity_counts",
    "int_sales_cycle_counts",
)


@pytest.fixture
def project(with_feeds: CompiledProject) -> CompiledProject:
    return with_feeds


def build(project: CompiledProject, rows: Sequence[Row], ends_after: float = 40) -> None:
    """The rows, and others': until then outcomes are known, and these steps can be observed.

    Data begin long before, so that no one is left-truncated.
    """
    others = [
        *(act(day, VISIT, None) for day in (-100, -70, -40, -10)),
        act(ends_after, BUY, "last@shop.example"),
        *(act(0, name, None) for name in (STEP, TRIAL, FEATURE)),
    ]
    project.build({"event_files__site": [*rows, *others]}, *MODELS)


def test_what_completes_each_sequence(project: CompiledProject) -> None:
    build(
        project,
        [
            act(-9, VIEW),
            act(-8, BUY),
            act(0, TRIAL),
            act(2, FEATURE),
            act(9, BUY),
            *(act(0, TRIAL, email) for email in (BEN, CID)),
            act(9.9, FEATURE, BEN),
            act(10.5, FEATURE, CID),  # too late
            act(0, TRIAL, None, client_id="phone"),
            act(3, "subscribe", DAN, client_id="phone"),
        ],
        ends_after=60,
    )
    plans = project.rows(
        "select sequence_id, completing_step, window_days from intermediate.int_sequence_plans"
    )
    assert {sequence: (step, window) for sequence, step, window in plans} == {
        "welcome_nurture": (4, 23),
        "free_trial": (4, 10),
        "store_purchase": (6, 18),
        "cart_recovery": (4, 11),
        "loyalty": (2, 1),  # to join the programme is the macro-conversion
        "review": (4, 49),  # the purchase is the entry
        "referral": (4, 44),
        "webinar": (3, 37),
        "decision_stage": (4, 28),
        "considered_purchase": (6, 165),
    }
    # Who was not known at the entry is left out; an earlier conversion is a stratum.
    assert project.rows(
        "select had_converted, engagement, sum(persons), sum(completers), sum(converted)"
        " from intermediate.int_sequence_landmark_counts"
        " where sequence_id = 'free_trial' and landmark_days = 7 group by all order by all"
    ) == [(False, 0, 2, 0, 0), (True, 1, 1, 1, 1)]
    assert trials(project)[10] == (2, 0, 1, 0)  # Ann has bought by then


def trials(
    project: CompiledProject, columns: str = "persons, converted, completers, completers_converted"
) -> Any:
    sums = ", ".join(f"sum({column})" for column in columns.split(", "))
    found = project.rows(
        f"select landmark_days, {sums} from intermediate.int_sequence_landmark_counts"
        " where sequence_id = 'free_trial' group by landmark_days order by landmark_days"
    )
    return {days: tuple(float(number) for number in numbers) for days, *numbers in found}


def test_entrants_of_a_sequence_are_compared_at_each_landmark(project: CompiledProject) -> None:
    build(
        project,
        [
            *(act(0, TRIAL, email) for email in (ANN, BEN, CID, DAN)),
            act(2, FEATURE, ANN),
            act(12, BUY, ANN),
            act(5, FEATURE, CID),
            act(39, BUY, CID),
            act(2, BUY, DAN),
            act(2.5, FEATURE, DAN),  # too late to lead to its purchase
        ],
    )
    assert trials(project) == {
        1: (4, 2, 0, 0),  # Dan converts on day 2, Cid after day 31
        3: (3, 1, 1, 1),
        7: (3, 1, 2, 1),
        10: (3, 2, 2, 2),
    }
    revenue = trials(project, "revenue, completers_revenue")
    assert (revenue[1], revenue[10]) == ((200, 0), (200, 200))


def test_who_is_not_followed_to_the_outcome_day_is_counted_apart(project: CompiledProject) -> None:
    build(project, [act(0, TRIAL), act(2, FEATURE), act(8, TRIAL, BEN), act(35, BUY, BEN)])
    assert trials(project, "persons, converted, completers, immature_persons") == {
        1: (2, 1, 0, 0),
        3: (1, 0, 1, 1),
        7: (1, 0, 1, 1),
        10: (1, 0, 1, 1),
    }


def patterns(project: CompiledProject) -> dict[str, dict[str, int]]:
    names = (
        "persons",
        "mature_persons",
        "converted",
        "other_persons",
        "others_converted",
        "control_mature_persons",
        "control_other_persons",
        "converted_in_visit",
    )
    found = project.rows(f"select pattern, {', '.join(names)} from intermediate.int_pattern_counts")
    return {pattern: dict(zip(names, map(int, numbers), strict=True)) for pattern, *numbers in found}


def people(number: int, *acts: tuple[float, str], first: int = 0) -> list[Row]:
    emails = [f"p{first + place}@shop.example" for place in range(number)]
    return [act(days, name, email) for email in emails for days, name in acts]


def test_a_pattern_is_compared_with_all_who_took_as_many_steps(project: CompiledProject) -> None:
    build(
        project,
        [
            *people(15, (0, VIEW), (1, STEP), (31, BUY)),
            *people(15, (0, VIEW), (1, STEP), (31.1, BUY), first=15),  # a day of 30 after the pattern is over
            *people(10, (0, STEP), (1, VIEW), (2, BUY), first=30),
            *people(5, (0, VIEW), first=40),
            *people(1, (20, VIEW), (21, STEP), first=45),  # not followed for 30 days
        ],
    )
    found = patterns(project)
    assert list(found) == ["product_page_visit > resource_download"]
    [row] = found.values()
    shuffled = row.pop("control_mature_persons")
    assert 5 < shuffled < 35
    assert row.pop("control_other_persons") == 40 - shuffled
    assert row == {
        "persons": 31,
        "mature_persons": 30,
        "converted": 15,
        "other_persons": 10,
        "others_converted": 10,
        "converted_in_visit": 0,
    }


def test_a_pattern_completed_in_the_converting_visit_is_counted_apart(project: CompiledProject) -> None:
    """Twelve complete it and buy in one visit, eight buy the day after, ten begin it in the visit before."""
    buyers = [f"q{place}@shop.example" for place in range(30)]
    rows = [
        *(act(0, CART, email) for email in buyers[20:]),
        *(act(1, CART, email) for email in buyers[:20]),
        *(act(1, STEP, email, minutes=2) for email in buyers),
        *(act(1, BUY, email, minutes=4) for email in (*buyers[:12], *buyers[20:])),
        *(act(2, BUY, email) for email in buyers[12:20]),
    ]
    build(project, rows)
    [row] = patterns(project).values()
    assert (row["converted"], row["converted_in_visit"]) == (30, 22)


def test_persons_from_before_the_data_begin_have_no_first_completion(project: CompiledProject) -> None:
    """Data begin on the day of their first act: theirs need not be the first, those of Ann are."""
    early = people(30, (-100, VIEW), (-99, STEP), (-70, BUY))
    new = [act(0, VIEW, ANN), act(1, STEP, ANN), act(9, BUY, ANN), act(0, VISIT, ANN)]
    build(project, [*early, *new])
    assert patterns(project) == {}
    assert values(project)[30] == (1, 1, 100, 0)
    assert [row[-1] for row in spells(project, "conversion")] == [1]
    [cycles] = project.rows(
        "select sum(persons_with), sum(persons_without) from intermediate.int_sales_cycle_counts"
        " where micro_conversion = 'resource_download'"
    )
    assert cycles == (1, 0)


def test_the_next_step_is_known_as_long_as_every_source_reports(project: CompiledProject) -> None:
    """The news stop on day 20 and the shop goes on: who took no step later may have there."""
    news = [act(day, STEP, CID) for day in (-100, 20)]
    site = [act(0, VIEW, ANN), act(1, VIEW, BEN), act(30, STEP, BEN), act(25, VIEW, DAN)]
    others = [act(-100, VISIT, None), act(40, BUY, "last@shop.example"), act(0, STEP, None)]
    project.build({"event_files__site": [*site, *others], "event_files__news": news}, *MODELS)
    assert spells(project, "next_step") == [
        ("all", "(censored)", 19 * DAY, 1),
        ("all", "(censored)", 20 * DAY, 1),
    ]
    assert [row[2] for row in spells(project, "conversion")] == [15 * DAY, 39 * DAY, 40 * DAY]


def test_what_is_a_pattern(project: CompiledProject) -> None:
    build(
        project,
        [
            *people(30, (0, STEP), (1, VIEW), (2, VIEW), (3, CART)),
            # As often as they like: 29 persons are too few.
            *people(29, (0, TRIAL), (1, FEATURE), (2, TRIAL), (3, FEATURE), first=30),
            # After a conversion no one is at risk.
            *people(30, (0, "chat_start"), (1, BUY), (2, "demo_request"), (3, CART), (4, VIEW), first=60),
            # No one is known.
            *(
                act(day, name, None, client_id=f"device {number}")
                for number in range(30)
                for day, name in ((0, "webinar_registration"), (1, "webinar_join"))
            ),
        ],
    )
    assert {pattern: row["persons"] for pattern, row in patterns(project).items()} == {
        "resource_download > product_page_visit": 30,
        "product_page_visit > cart_add": 30,
        "resource_download > product_page_visit > cart_add": 30,
    }
    values_of_pattern = values(project, "product_page_visit > cart_add")
    assert values_of_pattern[30] == (30, 30, 0, 0)
    [(_, recorded, days), (_, shuffled, control_days)] = project.rows(
        "select is_control, list(distinct pattern_3), list(distinct occurred_at order by occurred_at)"
        " from intermediate.int_pattern_steps where person_key in"
        " (select person_key from intermediate.int_pattern_completions where pattern_length = 3)"
        " group by is_control order by is_control"
    )
    [code] = [code for code in recorded if code]
    places = [f"{code:09d}"[place : place + 3] for place in (0, 3, 6)]
    others = {int("".join(order)) for order in permutations(places)}
    assert days == control_days
    # Three steps have six orders, and thirty persons take nearly all.
    assert 3 < len(others & set(shuffled)) == len([code for code in shuffled if code])


def values(project: CompiledProject, subject: str = "resource_download") -> dict[int, tuple[float, ...]]:
    found = project.rows(
        "select horizon_days, sum(persons), sum(mature_persons), sum(revenue), sum(unconverted_orders)"
        f" from intermediate.int_value_counts where subject = '{subject}'"
        " group by horizon_days order by horizon_days"
    )
    return {days: tuple(float(number) for number in numbers) for days, *numbers in found}


def test_value_counts_from_the_first_completion_to_the_horizon(project: CompiledProject) -> None:
    build(
        project,
        [
            act(1, BUY, ANN),
            act(2, STEP, ANN),
            act(2, BUY, ANN, minutes=1),
            act(9, STEP, ANN),
            act(32, BUY, ANN, revenue=30.0),
            act(32.5, BUY, ANN, revenue=5.0),
            act(20, STEP, BEN),
            act(21, BUY, BEN),
            act(3, STEP, CID),
            act(2, "open", EVE, properties=READER),
            act(9, "open", EVE, properties=READER.replace("{", '{"open_number": 2, ')),
            act(33, BUY, EVE),  # within 30 days of the second time alone
            act(2, VIEW, DAN),
            *(act(day, BUY, DAN, currency=code) for day, code in ((3, "EUR"), (4, "XAU"), (5, "XAG"))),
            act(2, CART, None, client_id="phone"),
        ],
        ends_after=100,
    )
    assert values(project) == {
        30: (3, 3, 230, 0),
        90: (3, 2, 135, 0),
        180: (3, 0, 0, 0),
        365: (3, 0, 0, 0),
    }
    assert values(project, "product_page_visit")[30] == (1, 1, 100, 2)  # two orders without a rate
    assert project.rows(
        "select subject, sum(rated_orders) from intermediate.int_value_counts where horizon_days = 30"
        " and subject in ('product_page_visit', 'resource_download') group by subject order by subject"
    ) == [("product_page_visit", 1), ("resource_download", 3)]
    assert values(project, "email_open")[30] == (1, 1, 0, 0)
    assert values(project, "cart_add") == {}  # no one is known to have done it


def spells(project: CompiledProject, measure: str, slice_: str = "all") -> list[tuple[Any, ...]]:
    return project.rows(
        "select slice_value, outcome, seconds, persons from intermediate.int_velocity_counts"
        f" where measure = '{measure}' and slice = '{slice_}' and micro_conversion = 'product_page_visit'"
        " order by all"
    )


def test_what_follows_a_step_first(project: CompiledProject) -> None:
    build(
        project,
        [
            *(act(0, VIEW, email) for email in (ANN, BEN, CID, DAN)),
            act(1, VIEW, ANN),
            act(2, STEP, ANN),
            act(3, VIEW, ANN),
            act(5, BUY, ANN),
            act(3, "unsubscribe", BEN),
            act(4, BUY, BEN),
            act(0, BUY, DAN, minutes=1.5),
            act(0, STEP, EVE),
            act(1, BUY, EVE),
            act(2, VIEW, EVE),
            act(6, BUY, EVE, minutes=1),
            act(8, STEP, EVE),
            act(0, VIEW, None, client_id="phone"),
        ],
    )
    assert spells(project, "next_step") == [
        ("all", "(censored)", 40 * DAY, 1),
        ("all", "(left)", 3 * DAY, 1),
        ("all", "macro_conversion", 120, 1),  # in whole minutes
        ("all", "macro_conversion", 4 * DAY + 3600, 1),  # in whole hours; what Eve bought before is not after
        ("all", "resource_download", 2 * DAY, 1),
    ]
    assert spells(project, "conversion") == [
        ("all", "(censored)", 40 * DAY, 1),
        ("all", "(left)", 3 * DAY, 1),
        ("all", "macro_conversion", 120, 1),
        ("all", "macro_conversion", 4 * DAY + 3600, 1),
        ("all", "macro_conversion", 5 * DAY, 1),
    ]
    assert spells(project, "conversion", "source") == [
        ("event_files", *row[1:]) for row in spells(project, "conversion")
    ]
    assert {row[0] for row in spells(project, "conversion", "campaign_kind")} == {"(none)"}


def test_the_sales_cycle_counts_from_the_landmark(project: CompiledProject) -> None:
    build(
        project,
        [
            *(act(0, VISIT, email) for email in (ANN, BEN, CID, DAN, EVE)),
            act(2, STEP, ANN),
            act(20, BUY, ANN),
            act(10, "unsubscribe", BEN),
            act(3, "unsubscribe", CID),
            act(9, STEP, DAN),
            act(2, STEP, EVE),
            act(6, BUY, EVE),
        ],
    )
    cycles = project.rows(
        "select outcome, seconds, persons_with, persons_without from intermediate.int_sales_cycle_counts"
        " where micro_conversion = 'resource_download' order by all"
    )
    assert cycles == [
        ("(censored)", 33 * DAY, 0, 1),
        ("(left)", 3 * DAY, 0, 1),
        ("macro_conversion", 13 * DAY, 1, 0),
    ]

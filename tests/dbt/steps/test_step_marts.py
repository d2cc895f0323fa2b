"""What the marts on steps count, by hand: time at risk, landmarks, credits, arms of experiments."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key

START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")
ANN, BEN, CID = (f"{name}@shop.example" for name in ("ann", "ben", "cid"))
VISIT, STEP, BUY = "page_view", "file_download", "purchase"
# Columns of the feed that a row may have; a table has those of all its rows.
NAMES = (
    "event_name", "occurred_at", "contact_key", "client_id", "order_id", "revenue", "currency", "experiment",
    "variant",
)  # fmt: skip
MODELS = (
    "int_step_time_counts",
    "int_step_landmark_counts",
    "int_step_totals",
    "int_attribution_credits",
    "int_attribution_totals",
    "int_attribution_transitions",
    "int_attribution_coalitions",
    "int_experiment_counts",
)


@pytest.fixture
def project(with_feeds: CompiledProject) -> CompiledProject:
    return with_feeds


def act(days: float, name: str, email: str | None = ANN, minutes: float = 0, **values: Any) -> Row:
    """A row of the feed, so many days and minutes after the start; a purchase is of 100 EUR."""
    if name == BUY:
        values = {"order_id": f"{email} {days} {minutes}", "revenue": 100.0, "currency": "EUR"} | values
    return {
        "event_name": name,
        "occurred_at": START + timedelta(days=days, minutes=minutes),
        "contact_key": key(email) if email else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "site.csv",
        "_partition": "site.csv",
        **values,
    }


def build(project: CompiledProject, rows: Sequence[Row], ends_after: float = 40, *models: str) -> None:
    """The rows, a purchase until which conversions are known, and a step, so that it can be observed."""
    others = [act(ends_after, BUY, "last@shop.example"), act(0, STEP, None)]
    table = pa.Table.from_pylist([dict.fromkeys(NAMES) | row for row in (*rows, *others)])
    project.build({"event_files__site": table.drop_columns("_partition")}, *(models or MODELS))


def at_risk(project: CompiledProject) -> tuple[Any, ...]:
    """Days and conversions of those offered a download, and of these what is after it."""
    [row] = project.rows(
        "select coalesce(sum(days), 0), coalesce(sum(conversions), 0), coalesce(sum(days_after), 0),"
        " coalesce(sum(conversions_after), 0)"
        " from intermediate.int_step_time_counts where micro_conversion = 'resource_download'"
    )
    return tuple(round(float(value), 6) for value in row)


def test_time_is_counted_before_and_after_the_visit_of_the_step(project: CompiledProject) -> None:
    build(
        project,
        [
            *(act(0, VISIT, email) for email in (ANN, BEN, CID)),
            act(2, VISIT, ANN),
            act(2, STEP, ANN, minutes=10),
            act(4, STEP, ANN),  # the first time counts
            act(5, BUY, ANN),
            act(10, BUY, BEN),
        ],
    )
    ann_after = 3 - 10 / 1440
    assert at_risk(project) == (5 + 10 + 40, 2, round(ann_after, 6), 1)


def test_time_after_a_step_begins_within_a_band_of_visits(project: CompiledProject) -> None:
    """The step is in the sixth visit; the band of five to seven visits began after the fifth."""
    visits = [act(day, VISIT) for day in range(6)]
    build(project, [*visits, act(5, STEP, minutes=10), act(7, BUY)])
    assert at_risk(project) == (7, 1, round(2 - 10 / 1440, 6), 1)


def test_a_purchase_in_the_visit_of_the_step_is_none_after_it(project: CompiledProject) -> None:
    rows = [act(0, VISIT), act(2, STEP), act(2, BUY, minutes=5), act(0, VISIT, BEN)]
    build(project, rows)
    assert at_risk(project) == (round(2 + 5 / 1440 + 40, 6), 1, 0, 0)
    [shares] = project.rows(
        "select eligible, converted, completers, converted_in_visit from intermediate.int_step_totals"
        " where micro_conversion = 'resource_download'"
    )
    assert shares == (2, 1, 0, 1)


def test_at_risk_is_who_is_left_after_the_visit_in_which_it_was_offered(project: CompiledProject) -> None:
    """Ann's first visit takes 20 minutes; Ben buys in his, before which he is at risk for no time."""
    rows = [act(0, VISIT), act(0, VISIT, minutes=20), act(5, BUY)]
    rows += [act(0, VISIT, BEN), act(0, BUY, BEN, minutes=10), act(0, VISIT, BEN, minutes=20)]
    build(project, rows)
    assert at_risk(project) == (round(5 - 20 / 1440, 6), 1, 0, 0)
    # The offer stands before the step of the same instant.
    assert project.rows("select distinct engagement from intermediate.int_step_risk_sets") == [(0,)]


def test_weeks_end_at_a_quarter_and_begin_with_their_first_instant(project: CompiledProject) -> None:
    build(project, [act(0, VISIT), act(7, BUY)], ends_after=200)
    weeks = project.rows(
        "select week, sum(days), sum(conversions) from intermediate.int_step_time_counts"
        " where micro_conversion = 'resource_download' group by week order by week"
    )
    assert weeks == [(0, 7.0, 1)]
    build(project, [act(0, VISIT)], ends_after=200)
    assert at_risk(project) == (91, 0, 0, 0)


@pytest.mark.parametrize("email", [None, CID])
def test_only_known_persons_are_at_risk_and_only_from_then_on(
    project: CompiledProject, email: str | None
) -> None:
    rows = [act(0, VISIT, None, client_id="phone"), act(3, "subscribe", email, client_id="phone")]
    build(project, [*rows, act(8, BUY, email, client_id="phone")])
    assert at_risk(project) == ((5, 1, 0, 0) if email else (0, 0, 0, 0))


def landmarks(project: CompiledProject) -> list[tuple[Any, ...]]:
    return project.rows(
        "select landmark_days, sum(persons), sum(converted), sum(revenue), sum(completers),"
        " sum(completers_converted), sum(completers_revenue) from intermediate.int_step_landmark_counts"
        " where micro_conversion = 'resource_download' group by landmark_days order by landmark_days"
    )


def test_at_a_landmark_are_those_who_have_not_converted(project: CompiledProject) -> None:
    build(
        project,
        [
            *(act(0, VISIT, email) for email in (ANN, BEN, CID)),
            act(2, STEP, ANN),
            act(5, BUY, ANN),
            act(20, BUY, ANN, revenue=30.0),
            act(31, BUY, ANN),  # after the outcome day
            act(10, BUY, BEN),
        ],
    )
    assert landmarks(project) == [
        (1, 3, 2, 230.0, 0, 0, 0.0),
        (3, 3, 2, 230.0, 1, 1, 130.0),
        (7, 2, 1, 100.0, 0, 0, 0.0),
    ]


def test_persons_from_before_the_data_begin_are_a_stratum(project: CompiledProject) -> None:
    rows = [act(-100, VISIT, BEN), *(act(0, VISIT, email) for email in (ANN, BEN)), act(0, BUY, CID)]
    build(project, [*rows, act(2, STEP, ANN)])
    for model in (
        "int_step_landmark_counts where landmark_days = 7",
        "int_step_time_counts where days_after >= 0",
    ):
        strata = project.rows(
            f"select distinct is_left_truncated from intermediate.{model}"
            " and micro_conversion = 'resource_download' order by 1"
        )
        assert strata == [(False,), (True,)]


def test_orders_without_a_rate_are_counted_for_each_group(project: CompiledProject) -> None:
    build(
        project,
        [
            *(act(0, VISIT, email) for email in (ANN, BEN)),
            act(2, STEP, ANN),
            act(10, BUY, ANN, currency="XAU"),
            act(11, BUY, ANN, currency="XAU"),
            act(31, BUY, ANN),  # after the outcome day
            act(10, BUY, BEN),
            act(11, BUY, BEN, currency="XAU"),
        ],
    )
    assert project.rows(
        "select sum(unconverted_orders), sum(rated_orders), sum(completers_unconverted_orders),"
        " sum(completers_rated_orders) from intermediate.int_step_landmark_counts"
        " where micro_conversion = 'resource_download' and landmark_days = 7"
    ) == [(3, 1, 2, 0)]


def test_who_is_not_followed_to_the_outcome_day_is_left_out(project: CompiledProject) -> None:
    build(project, [act(0, VISIT), act(2, STEP)], ends_after=29)
    assert landmarks(project) == []


def credit(project: CompiledProject, model: str) -> dict[str, float]:
    return {
        touch: round(float(conversions), 6)
        for touch, conversions in project.rows(
            "select touch, sum(conversions) from intermediate.int_attribution_credits"
            f" where dimension = 'micro_conversion' and model = '{model}' group by touch"
        )
    }


def test_the_shares_of_one_conversion(project: CompiledProject) -> None:
    steps = ["view_item", STEP, "view_item", "add_to_cart"]
    build(project, [*(act(day, name) for day, name in enumerate(steps, start=1)), act(11, BUY)])
    view, download, cart = "product_page_visit", "resource_download", "cart_add"
    assert credit(project, "first") == {view: 1, download: 0, cart: 0}
    assert credit(project, "last") == {view: 0, download: 0, cart: 1}
    assert credit(project, "linear") == {view: 0.5, download: 0.25, cart: 0.25}
    assert credit(project, "position") == {view: 0.5, download: 0.1, cart: 0.4}
    assert credit(project, "shapley_touches") == dict.fromkeys((view, download, cart), 0.333333)
    weights = {day: 2 ** (-(11 - day) / 7) for day in (1, 2, 3, 4)}
    assert credit(project, "time_decay") == {
        view: round((weights[1] + weights[3]) / sum(weights.values()), 6),
        download: round(weights[2] / sum(weights.values()), 6),
        cart: round(weights[4] / sum(weights.values()), 6),
    }


def test_a_touch_serves_both_conversions_that_follow_it_in_time(project: CompiledProject) -> None:
    rows = [act(0, "view_item"), act(1, BUY), act(2, BUY, revenue=0.0), act(31, BUY)]
    build(project, rows)
    assert credit(project, "linear") == {"product_page_visit": 2}
    [totals] = project.rows(
        "select sum(conversions), sum(touched_conversions), sum(revenue), sum(touched_revenue)"
        " from intermediate.int_attribution_totals where dimension = 'micro_conversion'"
    )
    assert totals == (4, 2, 300.0, 100.0)  # the one at the end and one of nothing among them


@pytest.mark.parametrize(("seconds", "touches"), [(0, {"product_page_visit": 1}), (1, {})])
def test_a_touch_counts_up_to_the_whole_lookback(
    project: CompiledProject, seconds: int, touches: dict[str, float]
) -> None:
    build(project, [act(0, "view_item"), act(30, BUY, minutes=seconds / 60)])
    assert credit(project, "linear") == touches


def test_an_open_journey_leads_to_nothing(project: CompiledProject) -> None:
    build(project, [act(0, "view_item"), act(1, BUY), act(2, STEP), act(3, "add_to_cart")])
    moves = project.rows(
        "select from_state, to_state, sum(journeys) from intermediate.int_attribution_transitions"
        " where dimension = 'micro_conversion' group by all order by all"
    )
    assert moves == [
        ("(start)", "product_page_visit", 1),
        ("(start)", "resource_download", 1),
        ("cart_add", "(none)", 1),
        ("product_page_visit", "(conversion)", 1),
        ("resource_download", "cart_add", 1),
    ]


def test_coalitions_count_whole_journeys(project: CompiledProject) -> None:
    rows = [act(0, "view_item"), act(1, STEP), act(2, BUY), act(0, STEP, BEN), act(1, "view_item", BEN)]
    build(project, rows)
    found = project.rows(
        "select coalition, sum(journeys), sum(conversions) from intermediate.int_attribution_coalitions"
        " where dimension = 'micro_conversion' group by coalition"
    )
    assert found == [(3, 2, 1)]


def assigned(email: str, variant: str, days: float = 0, name: str = "experiment_assigned") -> Row:
    return act(days, name, email, experiment="price", variant=variant)


def arms(project: CompiledProject, metric: str) -> list[tuple[Any, ...]]:
    return project.rows(
        "select variant, persons, mature_persons, sum_y from intermediate.int_experiment_counts"
        f" where metric = '{metric}' order by variant"
    )


def test_persons_count_as_they_were_assigned(project: CompiledProject) -> None:
    build(
        project,
        [
            assigned(ANN, "A"),
            assigned(BEN, "B"),
            assigned(CID, "B"),
            assigned(BEN, "A", 1, "page_view"),  # what was seen later changes nothing
            act(3, BUY, BEN),
            act(14.1, BUY, ANN),
            act(-1, BUY, CID),
        ],
    )
    assert arms(project, "conversion") == [("A", 1, 1, 0), ("B", 2, 2, 1)]


def test_a_person_in_two_arms_counts_in_none(project: CompiledProject) -> None:
    build(project, [assigned(ANN, "A"), assigned(ANN, "B", 1), assigned(BEN, "B"), act(2, BUY, ANN)])
    assert arms(project, "conversion") == [("A", 0, 0, 0), ("B", 1, 1, 0)]
    [left_out] = project.rows(
        "select distinct persons_in_two_arms from intermediate.int_experiment_arms where persons > 0"
    )
    assert left_out == (1,)


def test_who_has_not_been_followed_is_not_mature(project: CompiledProject) -> None:
    build(project, [assigned(ANN, "A"), assigned(BEN, "B", 30)])
    assert arms(project, "conversion") == [("A", 1, 1, 0), ("B", 1, 0, 0)]
    assert arms(project, "human_click") == [("A", 1, 1, 0), ("B", 1, 1, 0)]


def test_one_order_does_not_decide_by_its_size(project: CompiledProject) -> None:
    buyers = [f"b{number}@shop.example" for number in range(100)]
    rows = [assigned(email, "A" if number % 2 else "B") for number, email in enumerate(buyers)]
    rows += [act(1, BUY, email, revenue=1e6 if number == 0 else 10.0) for number, email in enumerate(buyers)]
    build(project, rows)
    [(_, *_, first), (_, *_, second)] = arms(project, "net_revenue")
    assert first == pytest.approx(500)
    assert second < 20_000  # the 99 % quantile lies between the largest order and the next

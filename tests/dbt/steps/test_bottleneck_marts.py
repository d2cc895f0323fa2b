"""What the marts on bottlenecks, weeks and cohorts count, by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key

START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")
ANN, BEN, CID, DOT = (f"{name}@shop.example" for name in ("ann", "ben", "cid", "dot"))
PATH = ("click", "view_item", "add_to_cart", "begin_checkout")
ENDS = 60.0
MODELS = ("int_bottleneck_counts", "int_figure_windows", "int_figure_counts", "int_cohort_counts")


@pytest.fixture
def project(with_feeds: CompiledProject) -> CompiledProject:
    return with_feeds


def act(days: float, name: str, email: str | None = ANN, **values: Any) -> Row:
    """A row of the feed, so many days after the start; a purchase is of 100 EUR."""
    if name == "purchase":
        values = {"order_id": f"{email} {days}", "revenue": 100.0, "currency": "EUR"} | values
    return {
        "event_name": name,
        "occurred_at": START + timedelta(days=days),
        "contact_key": key(email) if email else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "site.csv",
        "_partition": "site.csv",
        **values,
    }


def checkout(days: float, email: str, device: str = "mobile") -> list[Row]:
    """From the click in an e-mail to the begin of the checkout within four minutes, on one device."""
    on_device = {"properties": f'{{"device": "{device}"}}', "url": "https://shop.example/p?x=1"}
    return [act(days + minute / 1440, name, email, **on_device) for minute, name in enumerate(PATH)]


def build(project: CompiledProject, rows: Sequence[Row], ends_after: float = ENDS) -> None:
    """The rows, and a purchase until which everything is known."""
    last = act(ends_after, "purchase", "last@shop.example", order_id="last")
    project.build({"event_files__site": [*rows, last]}, *MODELS)


def transition(project: CompiledProject, to_step: str, columns: str, more: str = "") -> list[tuple[Any, ...]]:
    return project.rows(
        f"select {columns} from intermediate.int_bottleneck_counts"
        f" where sequence_id = 'store_purchase' and to_step = '{to_step}' {more} order by all"
    )


WHOLE = "and slice_type = 'all'"


def test_who_goes_on_in_time_is_counted_once_the_time_is_over(project: CompiledProject) -> None:
    """Two days from the checkout to the purchase: one minute later is too late, and the last is too young."""
    build(
        project,
        [
            *checkout(0, ANN),
            act(2 + 3 / 1440, "purchase", ANN),
            *checkout(1, BEN, "desktop"),
            act(3 + 4 / 1440, "purchase", BEN),
            *checkout(2, CID),
            *checkout(ENDS - 2, DOT),
        ],
    )
    columns = "person_population, persons, reached, exit_known, exits, value_known, converted"
    assert transition(project, "purchase", columns, WHOLE) == [("known", 3, 1, 3, 1, 1, 1)]
    columns = "slice_type, slice_value, persons, reached"
    assert transition(project, "purchase", columns, "and slice_type <> 'all'") == [
        ("device", "desktop", 1, 0),
        ("device", "mobile", 2, 1),
        ("landing_page", "/p", 3, 1),
    ]
    columns = "window_days, commitment_from, commitment_to, to_is_macro, from_is_click, from_needs_trust"
    assert transition(project, "purchase", columns, WHOLE) == [(2.0, 4, 5, True, False, True)]
    assert transition(project, "product_page_visit", "from_step, from_is_click", WHOLE) == [
        ("email_click", True)
    ]


def test_persons_from_before_the_data_are_kept_and_counted(project: CompiledProject) -> None:
    """Ann is seen in the first week of the feed, Ben in the third."""
    build(project, [*checkout(0, ANN), *checkout(20, BEN)])
    assert transition(project, "purchase", "persons, left_truncated_persons", WHOLE) == [(2, 1)]


def test_a_step_without_a_device_is_in_no_slice_of_devices(project: CompiledProject) -> None:
    build(project, [act(0, name) for name in PATH])
    assert transition(project, "checkout_start", "persons, reached", WHOLE) == [(1, 1)]
    assert transition(project, "checkout_start", "persons", "and slice_type = 'device'") == []


def test_a_later_attempt_is_none_of_the_first(project: CompiledProject) -> None:
    """Who stops at the cart and comes back by another e-mail has stopped."""
    build(project, [*checkout(0, ANN)[:3], *checkout(30, ANN), act(30.1, "purchase", ANN)])
    assert transition(project, "checkout_start", "persons, reached", WHOLE) == [(1, 0)]
    assert transition(project, "purchase", "persons", WHOLE) == []


def test_what_a_person_is_worth_further_on_waits_for_thirty_days(project: CompiledProject) -> None:
    """Ann's cart is old enough and she bought, Ben's is not, Cid bought too late."""
    build(
        project,
        [
            *checkout(0, ANN)[:3],
            act(25, "purchase", ANN),
            *checkout(40, BEN)[:3],
            act(41, "purchase", BEN),
            *checkout(1, CID)[:3],
            act(40, "purchase", CID),
        ],
    )
    assert transition(project, "cart_add", "persons, value_known, converted", WHOLE) == [(3, 2, 1)]


def test_all_censored_gives_no_row(project: CompiledProject) -> None:
    build(project, checkout(59, ANN))
    assert transition(project, "purchase", "persons", WHOLE) == []


def test_stages_are_followed_for_thirty_days(project: CompiledProject) -> None:
    """From the first cart (decision) to the first purchase (customer)."""
    build(
        project,
        [
            *checkout(0, ANN),
            act(30 + 2 / 1440, "purchase", ANN),
            *checkout(0, BEN),
            act(30 + 3 / 1440, "purchase", BEN),
            *checkout(31, CID),
        ],
    )
    assert project.rows(
        "select from_step, person_population, persons, reached, to_is_macro, from_needs_trust"
        " from intermediate.int_bottleneck_counts"
        " where transition_kind = 'stage' and to_step = 'customer' and slice_type = 'all'"
    ) == [("decision", "known", 2, 1, True, True)]


def figures(project: CompiledProject, figure: str) -> dict[bool, tuple[Any, ...]]:
    rows = project.rows(
        "select is_now, eligible, completed, squares from intermediate.int_figure_counts"
        f" where figure = '{figure}'"
    )
    return {is_now: tuple(values) for is_now, *values in rows}


def test_weeks_are_half_open_and_end_where_the_outcome_is_known(project: CompiledProject) -> None:
    """Conversions: days 46 to 53, and 53 to 60, whose own instant is in neither."""
    build(
        project,
        [
            act(45.9, "purchase", ANN),
            act(46, "purchase", ANN),
            act(52.9, "purchase", BEN),
            act(53, "purchase", CID),
            act(54, "purchase", CID),
            act(59.9, "purchase", DOT),
        ],
    )
    assert figures(project, "macro_conversions") == {False: (2, 2.0, 2.0), True: (2, 3.0, 5.0)}
    [window] = project.rows(
        "select is_comparable, now_until - now_from, now_from - before_from"
        " from intermediate.int_figure_windows where figure = 'macro_conversions'"
    )
    assert window == (True, timedelta(days=7), timedelta(days=7))


def test_both_weeks_have_as_long_to_give_money_back(project: CompiledProject) -> None:
    """Net revenue: days 39 to 46 and 46 to 53; what comes back after seven days is in neither."""
    build(
        project,
        [
            act(0, "view_item", ANN),
            act(40, "purchase", ANN, order_id="a", revenue=80.0),
            act(47, "refund", ANN, order_id="a", revenue=-30.0, currency="EUR"),
            act(48, "purchase", BEN, order_id="b", revenue=50.0),
            act(56, "refund", BEN, order_id="b", revenue=-50.0, currency="EUR"),
            act(49, "purchase", BEN, order_id="c", revenue=10.0),
            # What it is worth here is not known.
            act(50, "purchase", CID, order_id="d", revenue=10.0, currency="XTS"),
        ],
    )
    assert figures(project, "net_revenue") == {False: (1, 50.0, 2500.0), True: (1, 60.0, 3600.0)}
    assert unconverted(project) == [("macro_conversions", None), ("net_revenue", 0), ("net_revenue", 1)]


def unconverted(project: CompiledProject) -> list[tuple[Any, ...]]:
    return project.rows(
        "select distinct figure, unconverted_orders from intermediate.int_figure_counts"
        " where person_population = 'all' order by all"
    )


def test_a_week_of_unconverted_orders_has_no_revenue(project: CompiledProject) -> None:
    """Not none: what came in is not known. Ann brings one such order and another, which counts."""
    strange = {"currency": "XTS", "revenue": 10.0}
    build(
        project,
        [
            act(0, "view_item", ANN),
            act(40, "purchase", BEN, order_id="a", **strange),
            act(48, "purchase", ANN, order_id="b", **strange),
            act(49, "purchase", ANN, order_id="c", revenue=7.0),
        ],
    )
    assert figures(project, "net_revenue") == {False: (0, None, None), True: (1, 7.0, 49.0)}
    assert unconverted(project)[1:] == [("net_revenue", 1)]


def test_revenue_of_any_size_has_squares(project: CompiledProject) -> None:
    """Ann brings 10^11 six times over, Ben 100,000.50."""
    build(
        project,
        [
            act(0, "view_item", ANN),
            *(act(47, "purchase", ANN, order_id=f"a{number}", revenue=1e11) for number in range(6)),
            act(48, "purchase", BEN, order_id="b", revenue=100_000.50),
        ],
    )
    assert figures(project, "net_revenue") == {True: (2, 6e11 + 100_000.5, 3.6e23 + 100_000.5**2)}


def test_active_persons_convert_within_seven_days(project: CompiledProject) -> None:
    """Weeks of activity: days 39 to 46 and 46 to 53, from the first session in each."""
    build(
        project,
        [
            act(0, "view_item", DOT),
            act(40, "view_item", ANN),
            act(47, "purchase", ANN),
            act(41, "view_item", BEN),
            act(48.1, "purchase", BEN),
            act(50, "view_item", CID),
            act(50, "add_to_cart", CID),
        ],
    )
    # Ann and Ben are active again in the later week, by buying.
    assert figures(project, "conversion_rate") == {False: (2, 1, None), True: (3, 2, None)}
    steps = project.rows(
        "select is_now, eligible, completed from intermediate.int_figure_counts"
        " where figure = 'step_completion_rate' and micro_conversion = 'cart_add' order by all"
    )
    assert steps == [(False, 2, 0), (True, 3, 1)]


def test_a_week_before_the_data_is_not_compared(project: CompiledProject) -> None:
    build(project, [act(5, "view_item")], ends_after=20)
    assert project.rows(
        "select distinct is_comparable from intermediate.int_figure_windows"
        " where figure in ('net_revenue', 'macro_conversions') order by all"
    ) == [(False,), (True,)]


def cohort(project: CompiledProject, cohort_by: str) -> list[tuple[Any, ...]]:
    """Weeks of known persons: start in days, period, size, active, converters and revenue so far."""
    return project.rows(
        f"select cohort_start - date '{START.date()}', period_number, cohort_size, active,"
        " cumulative_conversions, cumulative_converters, cumulative_revenue"
        " from intermediate.int_cohort_counts"
        f" where cohort_by = '{cohort_by}' and cohort_grain = 'week' and person_population = 'known'"
        " and period_number < 3 order by all"
    )


ANNS = (act(0, "open"), act(1, "page_view"), act(8, "view_item"), act(9, "purchase"), act(16, "purchase"))


def test_a_cohort_begins_with_the_first_micro_conversion_that_is_no_open(project: CompiledProject) -> None:
    project.build({"event_files__site": list(ANNS)}, "int_cohort_counts")
    assert cohort(project, "first_micro_conversion") == [
        (7, 0, 1, 1, 1, 1, 100),
        (7, 1, 1, 1, 2, 1, 200),
    ]
    assert cohort(project, "first_touch")[0] == (0, 0, 1, 1, 0, 0, 0)


def test_who_has_bought_converts_by_buying_again(project: CompiledProject) -> None:
    project.build({"event_files__site": list(ANNS)}, "int_cohort_counts")
    assert cohort(project, "first_purchase") == [(7, 0, 1, 1, 1, 0, 100), (7, 1, 1, 1, 2, 1, 200)]


def test_nobody_has_a_cohort_of_what_they_never_did(project: CompiledProject) -> None:
    project.build({"event_files__site": [act(0, "page_view"), act(1, "open")]}, "int_cohort_counts")
    assert cohort(project, "first_micro_conversion") == cohort(project, "first_purchase") == []

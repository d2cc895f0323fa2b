"""Sizes, their change and what members did, by hand."""

from typing import Any

import pytest
from scipy.stats import false_discovery_control, norm
from statsmodels.stats.proportion import proportion_confint

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row
from tests.dbt.segments.conftest import act, of, order
from tests.dbt.segments.test_intervals import table

KNOWN = 100.0  # days until which all is known; outcomes are those of the 30 days before
VISIT = "page_view"
Z = float(norm.ppf(0.975))


def build(project: CompiledProject, *rows: Row) -> None:
    # The last order is a device's: who is unknown counts nowhere.
    project.build({"event_files__site": table([*rows, order(KNOWN, 1, client_id="unknown")])}, "rpt_segments")


def report(project: CompiledProject, segment: str, *columns: str) -> tuple[Any, ...]:
    [row] = project.rows(
        f"select {', '.join(columns)} from marts.rpt_segments where segment_id = '{segment}'"
    )
    return row


def score_limits(count: int) -> tuple[float, float]:
    half = Z * (count + Z * Z / 4) ** 0.5
    return count + Z * Z / 2 - half, count + Z * Z / 2 + half


SIZES = ("persons", "persons_before", "entered", "left_since", "change", "change_lower", "change_upper")


def test_sizes_are_of_known_persons_at_two_instants(project: CompiledProject) -> None:
    build(
        project,
        *of("stays", [act(80, VISIT)]),
        *of("comes", [act(95, VISIT)]),
        *of("comes-too", [act(93.5, VISIT)]),
        *of("goes", [act(65, VISIT)]),
        # Active again within the week, and both at its beginning and its end.
        *of("pauses", [act(65, VISIT), act(98, VISIT)]),
        # Out at the instant of the size; in at the instant of the other.
        *of("out-now", [act(70, VISIT)]),
        *of("in-then", [act(93, VISIT)]),
        *of("out-then", [act(63, VISIT)]),
        act(99, VISIT, client_id="phone"),
    )
    lower, upper = score_limits(2)
    reach = ((2 - lower) ** 2 + (upper - 2) ** 2) ** 0.5
    assert report(project, "active", *SIZES) == pytest.approx((5, 5, 2, 2, 0, -reach, reach))
    assert report(project, "lapsed", *SIZES[:5]) == (0, 0, 0, 0, 0)
    # Two of three were seen within a week of the data's first act, the third as it was over.
    assert report(project, "cooling", "persons", "left_truncated_persons") == (3, 2)


def test_the_interval_of_a_change_that_only_grows(project: CompiledProject) -> None:
    build(project, *(row for n in range(9) for row in of(f"p{n}", [act(96, VISIT)])))
    (nine, to), (_, none) = score_limits(9), score_limits(0)
    expected = (9, 9 - ((9 - nine) ** 2 + none**2) ** 0.5, to)
    assert report(project, "active", "change", "change_lower", "change_upper") == pytest.approx(expected)


def test_a_change_is_shown_by_its_q_value_over_all_segments(project: CompiledProject) -> None:
    """Of many segments that moved; its own p-value and interval are not enough."""
    build(
        project,
        *of("first", [act(0, VISIT)]),
        *(row for n in range(6) for row in of(f"d{n}", [act(96, VISIT), act(97, "subscribe")])),
        *(row for n in range(3) for row in of(f"c{n}", [act(96, "view_item")])),
    )
    rows = project.rows(
        "select segment_id, entered, left_since, change_p_value, change_q_value, change_status, change_lower"
        " from marts.rpt_segments where change_p_value is not null order by 1"
    )
    p_values = [
        2 * float(norm.sf(max(abs(entered - left) - 1, 0) / (entered + left) ** 0.5))
        for _, entered, left, *_ in rows
    ]
    assert [row[3] for row in rows] == pytest.approx(p_values, abs=1e-6)
    assert [row[4] for row in rows] == pytest.approx(false_discovery_control(p_values), abs=1e-6)
    assert len({round(p_value, 6) for p_value in p_values}) > 2
    status = {row[0]: row[5] for row in rows}
    assert status["active"] == "grown"
    assert {row[5] for row in rows if row[4] > 0.05} == {"not shown"}
    # By its own interval alone it would have grown.
    [subscribers] = [row for row in rows if row[0] == "new_subscribers"]
    assert subscribers[6] > 0, rows
    assert status["new_subscribers"] == "not shown", rows


def test_no_change_is_claimed_while_the_data_age(project: CompiledProject) -> None:
    """Persons begin to lapse 90 days after the data begin."""
    came = [row for n in range(9) for row in of(f"p{n}", [act(5, VISIT)])]
    build(project, *came)
    columns = ("entered", "change_q_value", "is_change_mature", "change_status")
    assert report(project, "lapsed", *columns) == (9, None, False, "data too young")
    build(project, *of("first", [act(3, VISIT)]), *came)
    assert report(project, "lapsed", *columns)[2:] == (True, "grown")
    assert report(project, "campaign_level", *columns) == (None, None, False, "not observable")


def test_the_days_that_a_segment_needs(project: CompiledProject) -> None:
    """Its windows and what comes before or after them, where 30.5 days have passed at the first size."""
    bought = [act(63, "add_to_cart"), act(64, "view_item"), order(65)]
    mailed = [act(63, "send", "m"), act(64, "click", "m", url="/a"), act(65, "unsubscribe")]
    build(project, *of("first", [act(62.5, "trial_started"), *bought, *mailed]))
    needed = dict(
        project.rows("select segment_id, is_change_mature from marts.rpt_segments where is_observable")
    )
    expected = {
        "active": True,  # 30
        "product_browsers": True,  # 14 + 1
        "clickers_without_conversion": True,  # 7
        "abandoned_cart": False,  # 1 + 30
        "declining_engagement": False,  # 90, and 90 before them
        "cooling": False,
    }
    assert {name: needed[name] for name in expected} == expected
    build(project, *of("first", [act(-70, "page_view"), *bought, *mailed]))
    [declining] = report(project, "declining_engagement", "is_change_mature")
    assert declining is False, "163 days are more than a window and less than two"


def test_outcomes_are_those_of_who_was_a_member_thirty_days_before(project: CompiledProject) -> None:
    build(
        project,
        *of("buys", [act(60, VISIT), order(75, 40), order(80, 2)]),
        *of("buys-at-once", [act(60, VISIT), order(70, 10)]),  # at the very instant: before it
        *of("buys-late", [act(60, VISIT), order(100, 18)]),  # with the last instant
        *of("looks", [act(60, VISIT)]),
        *of("looks-too", [act(70, VISIT)]),
        *of("later", [act(71, VISIT), order(75, 99)]),  # no member then
        *of("earlier", [act(30, VISIT), order(75, 99)]),  # no more a member then
        # A device then, known later.
        act(60, VISIT, client_id="tablet"),
        *of("known-later", [act(72, "subscribe", client_id="tablet"), order(75, 99, client_id="tablet")]),
    )
    columns = ("followed_persons", "converted", "net_revenue", "net_revenue_per_person", "is_mature")
    assert report(project, "active", *columns) == (5, 2, 60, 12.0, True)
    rates = report(project, "active", "conversion_rate", "conversion_rate_lower", "conversion_rate_upper")
    assert rates == pytest.approx((0.4, *proportion_confint(2, 5, method="wilson")))
    # Of 42, 18 and three times 0.
    variance = ((42 - 12) ** 2 + (18 - 12) ** 2 + 3 * 12**2) / 4
    limits = report(project, "active", "net_revenue_per_person_lower", "net_revenue_per_person_upper")
    half = Z * (variance / 5) ** 0.5
    assert limits == pytest.approx((12 - half, 12 + half))


def test_one_person_has_no_interval_of_revenue(project: CompiledProject) -> None:
    build(project, *of("only", [act(60, VISIT), order(75, 40)]))
    columns = ("followed_persons", "net_revenue_per_person", "net_revenue_per_person_lower", "is_mature")
    assert report(project, "active", *columns) == (1, 40.0, None, True)


@pytest.mark.parametrize(
    ("revenues", "expected"),
    [((), (0, 0, 0.0)), ((40, None), (40, 1, 20.0)), ((None, None), (None, 2, None))],
)
def test_revenue_is_unknown_where_no_order_could_be_converted(
    project: CompiledProject, revenues: tuple[float | None, ...], expected: tuple[Any, ...]
) -> None:
    orders = [order(75 + number, amount) for number, amount in enumerate(revenues)]
    build(project, *of("buys", [act(60, VISIT), *orders]), *of("looks", [act(60, VISIT)]))
    columns = ("net_revenue", "unconverted_orders", "net_revenue_per_person")
    assert report(project, "active", *columns) == expected
    assert (report(project, "active", "net_revenue_per_person_lower")[0] is None) == (expected[0] is None)


def test_large_sums_of_a_person_and_their_interval(project: CompiledProject) -> None:
    """More than decimal(18, 4) holds, of two persons who differ."""
    most = 90_000_000_000_000.0
    build(
        project,
        *of("rich", [act(60, VISIT), order(75, most), order(76, most)]),
        *of("poor", [act(60, VISIT)]),
    )
    columns = ("net_revenue_per_person", "net_revenue_per_person_lower", "net_revenue_per_person_upper")
    # The standard error of the mean of 0 and 2 x is x.
    expected = (most, most - Z * most, most + Z * most)
    assert report(project, "active", *columns) == pytest.approx(expected)


def test_young_data_are_not_mature(project: CompiledProject) -> None:
    build(project, *of("new", [act(90, VISIT)]))
    columns = ("persons", "followed_persons", "conversion_rate", "is_mature")
    assert report(project, "active", *columns) == (1, 0, None, False)


@pytest.mark.parametrize(("since", "followed"), [(65, 1), (75, 0)])
def test_outcomes_are_followed_from_when_orders_are_reported(
    project: CompiledProject, since: float, followed: int
) -> None:
    """Members of day 70 whose orders of the next days are not all known are none."""
    days = {"first": 0, "looks": 60, "last": KNOWN}
    visits = [row for name, day in days.items() for row in of(name, [act(day, VISIT)])]
    orders = [order(day, client_id="unknown") for day in (since, KNOWN)]
    project.build(
        {"event_files__site": table(visits), "event_files__checkout": table(orders)}, "rpt_segments"
    )
    assert report(project, "active", "followed_persons", "is_mature") == (followed, followed == 1)


def test_what_cannot_be_told_is_not_0(project: CompiledProject) -> None:
    build(project, *of("some", [act(60, VISIT)]))
    assert report(project, "campaign_level", "is_observable", "persons", "change_lower") == (
        False,
        None,
        None,
    )

"""Sizes, their change and what members did, by hand."""

from typing import Any

import pytest
from scipy.stats import norm
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


def test_young_data_are_not_mature(project: CompiledProject) -> None:
    build(project, *of("new", [act(90, VISIT)]))
    columns = ("persons", "followed_persons", "conversion_rate", "is_mature")
    assert report(project, "active", *columns) == (1, 0, None, False)


def test_what_cannot_be_told_is_not_0(project: CompiledProject) -> None:
    build(project, *of("some", [act(60, VISIT)]))
    assert report(project, "campaign_level", "is_observable", "persons", "change_lower") == (
        False,
        None,
        None,
    )

"""What linking all browsers could do to a rate, by hand: who would count, and whom a browser could move."""

from collections.abc import Sequence

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.identity.identified import Said, rows_of
from tests.dbt.steps.test_late_sources import BUYERS, LATE_PERSONS, newsletter, shop

ANN, BEN = "ann@case.ee", "ben@case.ee"
# What is done until all outcomes are known, long after all windows; a cart, so that carts can be observed.
LAST = [
    Said(name, mail="last@case.ee", client="last", days=100, order="T-9" if name == "order" else None)
    for name in ("login", "add_to_cart", "order")
]
PAGES = [Said("login", mail=ANN, client="ann"), Said("login", mail=BEN, client="ben")]


@pytest.fixture
def project(identified: CompiledProject) -> CompiledProject:
    return identified


def bounds(project: CompiledProject, said: Sequence[Said], report: str, figure: str) -> tuple[int, ...]:
    """Known persons, of these reached, linked later, of these reached, browsers, persons they could move."""
    project.build(rows_of([*said, *LAST]), "int_identity_bounds")
    [found] = project.rows(
        "select known_persons, known_reached, linked_later, linked_later_reached, browsers, could_reach"
        f" from intermediate.int_identity_bounds where report = '{report}' and figure = '{figure}'"
    )
    return tuple(found)


@pytest.mark.parametrize(
    ("browsers", "expected"),
    [
        ({}, (2, 0, 0, 0, 0, 0)),
        # First seen after they were, and active in the week after: one browser is of one person.
        ({"a": (1, 8)}, (2, 0, 0, 0, 1, 1)),
        ({"a": (1, 8), "b": (2, 9), "c": (3, 9)}, (2, 0, 0, 0, 3, 2)),
        # Seen in the weeks before them, and active in no week after theirs.
        ({"a": (-8, 8)}, (2, 0, 0, 0, 0, 0)),
        ({"a": (1, 2), "b": (1, 15)}, (2, 0, 0, 0, 0, 0)),
    ],
)
def test_browsers_of_a_cohort(
    project: CompiledProject, browsers: dict[str, tuple[int, int]], expected: tuple[int, ...]
) -> None:
    """The start is a Tuesday; the one who is last has no week after theirs."""
    seen = [Said(client=client, days=day) for client, days in browsers.items() for day in days]
    assert bounds(project, [*PAGES, *seen], "rpt_cohorts", "active in week 1") == expected


@pytest.mark.parametrize(("sent", "linked_later"), [(-1, 1), (None, 0)])
def test_who_was_linked_later_counts_where_a_source_had_the_address(
    project: CompiledProject, sent: int | None, linked_later: int
) -> None:
    """Ben visits before he logs in; only in the first case had somebody written to him."""
    said = [
        Said("login", mail=ANN, client="ann"),
        *([Said("send", mail=BEN, days=sent)] if sent else []),
        Said(client="ben", days=0.5),
        Said("login", mail=BEN, client="ben", days=8),
    ]
    expected = (1, 0, linked_later, linked_later, 0, 0)
    assert bounds(project, said, "rpt_cohorts", "active in week 1") == expected


@pytest.mark.parametrize(
    ("name", "day", "browsers"),
    [
        ("add_to_cart", 2, 1),
        ("page_view", 2, 0),
        # After the days in which it would count for the last of them.
        ("add_to_cart", 60, 0),
    ],
)
def test_a_browser_that_shows_the_step(
    project: CompiledProject, name: str, day: float, browsers: int
) -> None:
    said = [
        *(Said("view_item", mail=mail, client=mail, days=0.1) for mail in (ANN, BEN)),
        Said(client="unlinked", days=1),
        Said(name, client="unlinked", days=day),
    ]
    found = bounds(project, [*PAGES, *said], "rpt_completion_rates", "cart_add")
    assert (found[0], found[4], found[5]) == (2, browsers, browsers)


def test_who_is_in_no_rate_is_not_moved_either(with_feeds: CompiledProject) -> None:
    """The shop was connected later than the newsletter, by which some were mailed before."""
    with_feeds.build(
        {"event_files__news": newsletter(), "event_files__site": shop()}, "int_identity_entrants"
    )
    figures = ("purchase", "store_purchase 3: product_page_visit", "converted after 1 steps")
    found = with_feeds.rows(
        "select figure, count(*), count(case when is_reached then 1 end)"
        f" from intermediate.int_identity_entrants where is_known and figure in {figures} group by figure"
        " order by figure"
    )
    assert found == [
        # With who first visits the shop and buys nothing.
        ("converted after 1 steps", LATE_PERSONS + 1, BUYERS),
        ("purchase", LATE_PERSONS, BUYERS),
        ("store_purchase 3: product_page_visit", LATE_PERSONS, BUYERS),
    ]

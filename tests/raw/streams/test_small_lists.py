"""Short lists of what the users of an account make and delete may lose their records, with a warning."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from dagster_project.checks.check import CheckContext, Status
from dagster_project.checks.completeness.absence import CHECKS
from dagster_project.raw.refusals import LossRefused, standing_losses
from dagster_project.sources.core.stream import Kind, Page, Stream
from tests.landing.streams import COLUMNS, NOW, encoded, page, record, stream
from tests.raw.streams.loaded import Loaded

THINGS = stream(Kind.SNAPSHOT, columns=tuple(column for column in COLUMNS if column.pii != "address"))


@pytest.mark.parametrize(
    ("before", "after", "noted"),
    [
        (page([1]), Page([]), "all of it has 0 records, 1 before"),
        (page(range(9)), page([1]), "all of it has 1 records, 9 before"),
        (page(range(9)), page([7] * 10), "all of it has 1 distinct records of 10"),
        (page([1]), Page(encoded([record(1, tags=...)])), "all of it has tags in 0 of 1 records"),
        (page(range(9)), page(range(8)), None),
    ],
)
def test_a_small_list_of_things_may_lose_them(
    before: Page, after: Page, noted: str | None, loaded: Callable[[Stream], Loaded]
) -> None:
    """A user who deletes the only A/B test is not asked to confirm it."""
    of = loaded(THINGS)
    of.pull(before)
    of.load()
    of.pull(after)
    of.load()
    assert standing_losses(of.warehouse) == {}
    [names] = [check.evaluate(CheckContext(of.warehouse, NOW)) for check in CHECKS if "small" in check.name]
    assert (names.status is Status.WARN) is (noted is not None)
    assert noted is None or f"esp/actions: {noted}" in names.summary
    of.load()  # nothing new
    later = CheckContext(of.warehouse, NOW + timedelta(days=8))
    [names] = [check.evaluate(later) for check in CHECKS if "small" in check.name]
    assert names.status is Status.PASSED


def test_a_larger_list_of_things_and_a_small_one_of_persons_are_refused(
    loaded: Callable[[Stream], Loaded],
) -> None:
    of = loaded(THINGS)
    of.pull(page(range(10)))
    of.load()
    of.pull(Page([]))
    assert "the list has 0 records, 10 before" in of.refused()
    persons = loaded(stream(Kind.SNAPSHOT, name="contacts"))
    persons.pull(page([1]))
    persons.load()
    persons.pull(Page([]))
    with pytest.raises(LossRefused, match="the list has 0 records, 1 before"):
        persons.load()


def test_a_loss_that_a_person_confirmed_is_not_named(loaded: Callable[[Stream], Loaded]) -> None:
    of = loaded(THINGS)
    of.pull(page(range(10)))
    of.load()
    of.pull(Page([]))
    of.refused()
    of.confirm()
    of.load()
    [names] = [check.evaluate(CheckContext(of.warehouse, NOW)) for check in CHECKS if "small" in check.name]
    assert names.status is Status.PASSED

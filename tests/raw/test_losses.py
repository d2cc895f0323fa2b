"""Contents of partitions, compared and summed."""

import pytest

from dagster_project.raw.losses import RECORDS, TOTAL, Content, Filled, Loss, compare, total


def content(records: int, distinct: int | None = None, **filled: int) -> Content:
    return Content("x", records, {name: Filled(f"the {name}", n) for name, n in filled.items()}, distinct)


def test_a_field_that_one_partition_did_not_count_is_not_in_the_total() -> None:
    """As of a file that an older version loaded."""
    assert total([content(2, url=2), content(3)]).filled == {}
    assert total([content(2, url=2), content(3, url=1)]).filled == {"url": Filled("the url", 3)}
    assert total([content(2, url=2), content(0)]).filled == {"url": Filled("the url", 2)}


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (
            content(10, 10),
            content(10, 1),
            ["all has 1 distinct records of 10, since ids are repeated, 10 of 10"],
        ),
        (content(10, 10), content(1, 1), ["all has 1 records, 10 before"]),  # said once
        (content(10, None), content(10, 1), []),
        (content(10, 10), content(10, None), []),
        (content(10, 2), content(10, 1), []),
        (
            content(10, 10, url=10),
            content(10, 1, url=0),
            ["all has 1 distinct", "all has url (from the url) in 0"],
        ),
    ],
)
def test_distinct_records_are_compared_where_both_are_counted(
    before: Content, now: Content, words: list[str]
) -> None:
    found = [loss.described("all") for loss in compare(TOTAL, before, now)]
    assert len(found) == len(words)
    assert all(text.startswith(start) for text, start in zip(found, words, strict=True))


def test_a_loss_of_distinct_records_is_one_of_records() -> None:
    """So that it is confirmed as one."""
    [loss] = compare(TOTAL, content(10, 10), content(10, 1))
    assert loss == Loss(TOTAL, "x", 10, 1, RECORDS, "", 10, 10)

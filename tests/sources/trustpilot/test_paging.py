"""Every review is read once, however the vendor pages."""

import pytest

from dagster_project.sources.core.errors import (
    ProtocolError,
)
from dagster_project.sources.trustpilot.client import Client
from tests.sources.trustpilot.business_unit import Trustpilot, ids, read, review


@pytest.mark.parametrize("total", [0, 1, 2, 99, 100, 101, 200, 201])
@pytest.mark.parametrize("is_exclusive", [False, True])
def test_every_review_is_read_once(
    client: Client, trustpilot: Trustpilot, total: int, is_exclusive: bool
) -> None:
    trustpilot.is_exclusive = is_exclusive
    trustpilot.reviews = [review(number) for number in range(total)]
    assert ids(read(client)[0]) == ids(trustpilot.reviews)
    assert trustpilot.calls <= total // 100 + 3


@pytest.mark.parametrize("longest", [1, 7, 30])
def test_a_server_that_gives_fewer_than_asked_is_read_to_the_end(
    client: Client, trustpilot: Trustpilot, longest: int
) -> None:
    trustpilot.longest_page = longest
    trustpilot.reviews = [review(number) for number in range(40)]
    assert ids(read(client)[0]) == ids(trustpilot.reviews)


@pytest.mark.parametrize("is_exclusive", [False, True])
def test_more_reviews_of_one_second_than_a_page_has(
    client: Client, trustpilot: Trustpilot, is_exclusive: bool
) -> None:
    trustpilot.is_exclusive = is_exclusive
    trustpilot.reviews = [review(number, hours=0 if number < 250 else 1) for number in range(260)]
    assert ids(read(client)[0]) == ids(trustpilot.reviews)


def test_reviews_that_are_taken_down_while_they_are_read_hide_no_other(
    client: Client, trustpilot: Trustpilot
) -> None:
    trustpilot.reviews = [review(number) for number in range(250)]
    everything = set(ids(trustpilot.reviews))

    def take_down(_: int) -> None:
        del trustpilot.reviews[:1]

    trustpilot.before_page = take_down
    assert everything - set(ids(read(client)[0])) <= {"r00000"}


def test_reviews_that_are_written_while_others_are_read(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number) for number in range(150)]
    trustpilot.before_page = lambda call: trustpilot.reviews.append(review(1_000 + call, hours=call))
    found = ids(read(client)[0])
    assert len(found) == len(set(found)) >= 150


def test_a_server_that_repeats_a_page_is_not_asked_for_ever(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number) for number in range(250)]
    trustpilot.page = lambda _: trustpilot.reviews[:100]  # type: ignore[method-assign]
    with pytest.raises(ProtocolError, match="do not move on"):
        read(client)
    assert trustpilot.calls < 6


def test_a_server_that_ignores_the_order_is_named(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number, hours=24 * number) for number in range(5)]
    page = trustpilot.page
    trustpilot.page = lambda query: page(query)[::-1]  # type: ignore[method-assign]
    with pytest.raises(ProtocolError, match="oldest were asked for"):
        read(client)


def test_times_are_read_in_every_form(client: Client, trustpilot: Trustpilot) -> None:
    times = ("2026-11-01T08:00:00", "2026-11-01T08:00:01.000Z", "2026-11-01T10:00:02+02:00")
    trustpilot.reviews = [review(number, createdAt=time) for number, time in enumerate(times)]
    trustpilot.page = lambda query: [] if "startDateTime" in query else trustpilot.reviews  # type: ignore[method-assign]
    assert len(read(client)[0]) == 3


def test_reviews_without_a_readable_time_are_not_passed_over(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(0), review(1, createdAt="soon"), review(2)]
    trustpilot.page = lambda query: [] if "startDateTime" in query else trustpilot.reviews  # type: ignore[method-assign]
    assert ids(read(client)[0]) == ["r00000", "r00001", "r00002"]  # loading quarantines it
    del trustpilot.page  # type: ignore[attr-defined]
    trustpilot.reviews = [review(0), review(1, createdAt="9999-12-31T23:59:59Z")]
    _, cursor = read(client)  # and does not hide what is written until then
    trustpilot.reviews.append(review(30))
    assert "r00030" in ids(read(client, cursor)[0])
    trustpilot.reviews = [review(1, createdAt="never")]
    with pytest.raises(ProtocolError, match="createdAt"):
        read(client)

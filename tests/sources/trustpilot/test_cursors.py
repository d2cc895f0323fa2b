"""What a later run reads: changed and new reviews, and where a run that was cut short goes on."""

import json
from typing import Any

import pytest

from dagster_project.sources.core.stream import Request
from dagster_project.sources.trustpilot import SOURCE
from dagster_project.sources.trustpilot.client import Client
from dagster_project.sources.trustpilot.extraction import BATCH
from tests.sources.trustpilot.business_unit import ENVIRONMENT, NOW, Review, Trustpilot, ids, read, review


def test_nothing_new_lands_nothing_and_keeps_the_cursor(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number) for number in range(30)]
    _, cursor = read(client)
    assert read(client, cursor) == ([], cursor)


CHANGES: dict[str, Review] = {
    "stars": {"stars": 1},
    "edit": {"updatedAt": "2026-11-05T08:00:00Z"},
    "status": {"status": "deleted"},
    "address": {"referralEmail": "mari@example.com"},
    "reference": {"referenceId": "T-1"},
    "reply": {"companyReply": {"text": "Thanks", "createdAt": "2026-11-05T08:00:00Z"}},
    "report": {"reportData": {"reason": "consumer_is_competitor"}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_day_of_a_changed_review_lands_again(
    client: Client, trustpilot: Trustpilot, change: Review
) -> None:
    trustpilot.reviews = [review(number, hours=6 * number) for number in range(12)]  # of three days
    _, cursor = read(client)
    trustpilot.reviews[5] |= change
    changed, cursor = read(client, cursor)
    day = trustpilot.reviews[5]["createdAt"][:10]
    assert changed == [each for each in trustpilot.reviews if each["createdAt"][:10] == day]
    assert read(client, cursor)[0] == []


def test_what_others_see_of_the_writer_is_no_change(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number) for number in range(3)]
    _, cursor = read(client)
    trustpilot.reviews[1] |= {"consumer": {"numberOfReviews": 9}, "numberOfLikes": 4, "surprise": 1}
    assert read(client, cursor)[0] == []


def test_a_review_shown_late_is_read(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number, hours=24 * number) for number in (0, 1, 3)]
    _, cursor = read(client)
    trustpilot.reviews.append(review(2, hours=48))
    assert ids(read(client, cursor)[0]) == ["r00002"]


def test_a_review_that_is_listed_no_more_deletes_nothing(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number, hours=6 * number) for number in range(4)]
    _, cursor = read(client)
    del trustpilot.reviews[1]
    assert ids(read(client, cursor)[0]) == ["r00000", "r00002"]  # those of its day, as they are
    trustpilot.reviews.clear()
    assert read(client, cursor)[0] == []


def test_reviews_of_the_last_three_months_are_read_again(
    client: Client, trustpilot: Trustpilot, vendor: Any
) -> None:
    trustpilot.reviews = [review(number, hours=-24 * 100 + 24 * number) for number in range(101)]
    _, cursor = read(client)
    trustpilot.reviews[5]["stars"] = trustpilot.reviews[15]["stars"] = 1
    assert ids(read(client, cursor)[0]) == ["r00015"]
    assert "2026-08-03T00:00:00Z" in {request.query.get("startDateTime") for request in vendor.requests}
    # A source that was not run for long goes on from the last review, whatever day it is.
    trustpilot.reviews += [review(200 + number, hours=24 * number) for number in range(1, 41)]
    assert len(read(client, cursor)[0]) == 41


def test_a_run_that_is_cut_short_goes_on_after_the_last_whole_day(
    client: Client, trustpilot: Trustpilot
) -> None:
    trustpilot.reviews = [review(number) for number in range(2 * BATCH + 100)]
    pages = SOURCE.stream("reviews").extract(client, Request())
    first = next(pages)
    pages.close()  # type: ignore[attr-defined]
    landed = ids([json.loads(record) for record in first.records])
    rest = ids(read(client, first.cursor)[0])
    assert landed + rest == ids(trustpilot.reviews)
    assert len(landed) >= BATCH


def test_a_second_run_that_is_cut_short_reads_no_older_review_again(
    client: Client, trustpilot: Trustpilot
) -> None:
    trustpilot.reviews = [review(number, hours=-3 * number) for number in range(1_600)]  # of 200 days
    _, cursor = read(client)
    assert len(json.loads(cursor)["days"]) == 91
    for each in trustpilot.reviews:
        each["stars"] = 1
    pages = SOURCE.stream("reviews").extract(client, Request(cursor=cursor))
    first = next(pages)
    pages.close()  # type: ignore[attr-defined]
    rest, _ = read(client, first.cursor)
    assert {each["createdAt"][:10] for each in rest} < set(json.loads(cursor)["days"])


def test_the_order_of_reviews_of_one_time_is_no_change(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number, hours=0) for number in range(5)]
    _, cursor = read(client)
    page = trustpilot.page
    trustpilot.page = lambda query: page(query)[::-1]  # type: ignore[method-assign]
    assert read(client, cursor)[0] == []


def test_another_namespace_reads_every_review_again(
    client: Client, trustpilot: Trustpilot, vendor: Any
) -> None:
    trustpilot.reviews = [review(number, hours=-24 * 100 + 24 * number) for number in range(101)]
    _, cursor = read(client)
    environment = ENVIRONMENT | {
        "TRUSTPILOT_BASE_URL": vendor.base_url,
        "TRUSTPILOT_ORDER_NAMESPACE": "other",
    }
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, lambda _: None) as other:
        pages = list(SOURCE.stream("reviews").extract(other, Request(cursor=cursor)))
    assert sum(len(page.records) for page in pages) == 101


@pytest.mark.parametrize("cursor", ["", "[]", '{"days": 1}', '{"unknown": 1}'])
def test_a_cursor_of_another_form_begins_anew(client: Client, trustpilot: Trustpilot, cursor: str) -> None:
    trustpilot.reviews = [review(1)]
    assert ids(read(client, cursor)[0]) == ["r00001"]

"""Client-side rate limits, by an injected clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import monotonic
from time import sleep as real_sleep
from typing import Any

from requests_ratelimiter import Rate

from dagster_project.sources.core.throttle import MINUTE, SECOND, Throttle
from dagster_project.sources.smaily import SOURCE as SMAILY


class Time:
    """A clock that advances only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_no_more_than_the_limit_in_any_second() -> None:
    time = Time()
    throttle = Throttle(shared=[Rate(5, SECOND)], sleep=time.sleep, clock=lambda: time.now)
    sent = []
    for _ in range(23):
        throttle.wait("list.php")
        sent.append(time.now)
    assert all(later - earlier >= 1.0 for earlier, later in zip(sent, sent[5:], strict=False))
    assert time.now - 1000.0 < 4.1


def test_threads_share_a_limit_and_wait_for_one_another() -> None:
    time = Time()
    sleeping: list[int] = []

    def sleep(seconds: float) -> None:
        sleeping.append(1)
        real_sleep(0.005)
        assert len(sleeping) == 1
        time.sleep(seconds)
        sleeping.pop()

    throttle = Throttle(each=[Rate(10, MINUTE)], sleep=sleep, clock=lambda: time.now)
    with ThreadPoolExecutor(max_workers=8) as threads:
        list(threads.map(throttle.wait, ["clicks"] * 200))
    assert 19 * 60 - 1 < time.now - 1000.0 < 19 * 60 + 41


def test_endpoints_are_counted_separately() -> None:
    time = Time()
    throttle = Throttle(each=[Rate(10, MINUTE)], sleep=time.sleep, clock=lambda: time.now)
    for endpoint in ("clicks", "countries"):
        for _ in range(10):
            throttle.wait(endpoint)
    assert time.now == 1000.0
    throttle.wait("clicks")
    assert 59.9 < time.now - 1000.0 < 61


def test_a_stated_limit_replaces_the_assumed_one() -> None:
    time = Time()
    throttle = Throttle(each=[Rate(1, MINUTE)], sleep=time.sleep, clock=lambda: time.now)
    throttle.allow({"clicks": [Rate(100, MINUTE)]})
    for _ in range(100):
        throttle.wait("clicks")
    assert time.now == 1000.0


def test_an_injected_sleep_counts_as_waited() -> None:
    waits: list[float] = []
    throttle = Throttle(shared=[Rate(1, SECOND)], sleep=waits.append, clock=lambda: 0.0)
    for _ in range(4):
        throttle.wait("any")
    assert len(waits) == 3
    assert 3.0 <= sum(waits) < 3.1


def test_requests_that_arrive_closer_together_than_sent_stay_within_the_limit(
    vendor: Any, reply: Any, waits: list[float]
) -> None:
    """Of five a second, the sixth waits a second and a margin, counted from before the first."""
    environment = {
        "SMAILY_BASE_URL": vendor.base_url,
        "SMAILY_USERNAME": "api",
        "SMAILY_PASSWORD": "pa55w0rd",
    }
    vendor.script(reply([]))
    began = monotonic()
    with SMAILY.connect(SMAILY.configure(environment), lambda: datetime.now(UTC), waits.append) as client:
        for _ in range(6):
            SMAILY.verify(client)
    assert len(waits) == 1
    assert monotonic() - began + sum(waits) >= 1.05


def test_a_shared_limit_and_that_of_an_endpoint_hold_together() -> None:
    time = Time()
    throttle = Throttle(
        shared=[Rate(2, SECOND)], each=[Rate(3, MINUTE)], sleep=time.sleep, clock=lambda: time.now
    )
    for endpoint in ("clicks", "clicks", "clicks"):
        throttle.wait(endpoint)
    assert 1.0 <= time.now - 1000.0 < 2.0
    throttle.wait("clicks")
    assert time.now - 1000.0 >= 60.0


def test_a_stated_limit_replaces_one_that_was_counted_already() -> None:
    time = Time()
    throttle = Throttle(each=[Rate(1, MINUTE)], sleep=time.sleep, clock=lambda: time.now)
    throttle.wait("clicks")
    throttle.allow({"clicks": [Rate(100, MINUTE)]})
    throttle.wait("clicks")
    assert time.now == 1000.0

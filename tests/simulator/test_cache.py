"""Results are cached once and dropped by weight; requests are counted in sliding windows."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from dagster_project.simulator.cache import Cache
from dagster_project.simulator.limits import InFlight, SlidingWindow


def test_the_least_recently_used_result_is_dropped_first():
    cache = Cache(10, weigh=len)
    made = []

    def fetch(key):
        return cache(key, lambda: made.append(key) or key * 4)

    for key in ("a", "b", "a", "c", "a", "b"):
        assert fetch(key) == key * 4
    assert made == ["a", "b", "c", "b"]


def test_a_result_is_computed_once_and_others_in_parallel():
    cache = Cache(10)
    together = threading.Barrier(2, timeout=10)
    made = []

    def make(key):
        together.wait()  # passed only when two results are computed in parallel
        made.append(key)
        return key

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda key: cache(key, lambda: make(key)), ["a", "b"] * 4))
    assert responses == ["a", "b"] * 4
    assert sorted(made) == ["a", "b"]


def test_sliding_window():
    window = SlidingWindow(seconds=0.2)
    assert [window.admit("one", 2) for _ in range(3)] == [True, True, False]
    assert window.admit("other", 2)
    assert window.admit("one", 0)  # no limit
    time.sleep(0.25)
    assert window.count("one") == 0
    assert window.admit("one", 2)


def test_requests_in_flight():
    in_flight = InFlight()
    with in_flight.one_more() as first, in_flight.one_more() as second:
        assert (first, second) == (1, 2)
    assert in_flight.count == 0

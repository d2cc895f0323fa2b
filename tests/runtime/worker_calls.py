"""What tests have called in the other process."""

import multiprocessing
import os
import time

from dagster_project.runtime.worker import Tell


def count_slowly(tell: Tell, until: int, seconds: float) -> None:
    """Tell the process's id, then one number after another."""
    tell(os.getpid())
    for number in range(until):
        time.sleep(seconds)
        tell(number)


def parse_slowly(text: str) -> float:
    time.sleep(0.5)
    return float(text)


def hold_a_lock(tell: Tell) -> None:
    """As dbt does, of the kind that other processes can share."""
    lock = multiprocessing.get_context("spawn").Lock()
    tell(os.getpid())
    with lock:
        time.sleep(60)

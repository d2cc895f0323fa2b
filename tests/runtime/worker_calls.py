"""What tests call in the worker process."""

import multiprocessing
import os
import time

from dagster_project.runtime.worker import Emit


def count_slowly(emit: Emit, until: int, seconds: float) -> None:
    """Emit the process's id, then one number after another."""
    emit(os.getpid())
    for number in range(until):
        time.sleep(seconds)
        emit(number)


def parse_slowly(text: str) -> float:
    time.sleep(0.5)
    return float(text)


def hold_a_lock(emit: Emit) -> None:
    """As dbt does, of the kind that other processes can share."""
    lock = multiprocessing.get_context("spawn").Lock()
    emit(os.getpid())
    with lock:
        time.sleep(60)

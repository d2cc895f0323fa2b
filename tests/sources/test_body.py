"""The cost of reading large bodies."""

import platform
import subprocess
import sys

import pytest

# In a new process and in a thread, as pages are read: the page faults of 60 bodies and their copies.
SCRIPT = """
import resource, sys
from threading import Thread
from dagster_project.sources.core.body import keep_memory_of_bodies
if "keep" in sys.argv:
    keep_memory_of_bodies()
def read():
    for _ in range(60):
        body = b"x" * 1_900_000
        copies = [bytearray(body), bytearray(body)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
thread = Thread(target=read)
thread.start()
thread.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*arguments: str) -> int:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="depends on glibc's malloc")
def test_memory_of_a_body_is_reused_for_the_next() -> None:
    assert faults("keep") < faults() / 4

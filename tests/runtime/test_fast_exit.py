"""What a command said last arrives, though its process ends at once."""

import os
import subprocess
import sys

SCRIPT = """
import atexit, sys
from dagster_project.runtime.fast_exit import exit_without_teardown
atexit.register(print, "torn down")
sys.stdout.write("last word")
sys.stderr.write("last warning")
exit_without_teardown(3)
"""


def test_the_last_word_arrives_and_nothing_is_torn_down() -> None:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=buffered, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "last word", "last warning")

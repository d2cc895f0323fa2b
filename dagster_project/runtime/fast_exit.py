"""Fast exit: the end of a command whose work is done and whose files are closed.

To free Dagster's definitions object by object takes an interpreter two seconds (Dagster 1.13); mypy ends in
the same way.
"""

import os
import sys
from typing import NoReturn


def exit_without_teardown(code: int) -> NoReturn:
    """End this process at once, without freeing its objects and without running its exit handlers."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

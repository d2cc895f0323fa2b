"""Jobs killed at every step, each in a fork of a process that has imported once what all of them need."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from traceback import print_exc

SCRIPT = """
import sys
from importlib import import_module
from pathlib import Path
getattr(import_module(sys.argv[1]), sys.argv[2]).run_with_crash_at_every_step(Path(sys.argv[3]))
"""


@dataclass(frozen=True)
class CrashableJob:
    """Work done in a folder that was prepared for it.

    `watch` gets a function to call before every step, and the folder; every `every`th step is a crash point.
    """

    prepare: Callable[[Path], object]
    work: Callable[[Path], object]
    watch: Callable[[Callable[[], None], Path], object]
    every: int = 1

    def run_with_crash_at_every_step(self, folder: Path) -> None:
        """Kill the work before its first step in one folder below, before a later one in the next, and so on.

        The last run is the one that reaches its end.
        """
        code = -signal.SIGKILL
        for crash_point in count(1, self.every):
            home = folder / f"{crash_point:04d}"
            if not (child := os.fork()):
                self._run(crash_point, home)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code != -signal.SIGKILL:
                break
        sys.exit(code)

    def _run(self, crash_point: int, home: Path) -> None:
        steps = count(1)

        def step() -> None:
            if next(steps) == crash_point:
                os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            self.prepare(home)
            self.watch(step, home)
            self.work(home)
            code = 0
        except Exception:
            print_exc()
        finally:  # whatever happens, the fork goes no further
            os._exit(code)


def crash_at_every_step(module: str, name: str, folder: Path) -> list[Path]:
    """Run the `CrashableJob` of that name with a crash at every step; the folder of each run, in that order.

    They are forks of a process of its own, which has no threads to lose.
    """
    subprocess.run([sys.executable, "-c", SCRIPT, module, name, str(folder)], check=True)
    return sorted(folder.iterdir())

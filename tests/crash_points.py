"""Work killed at every step it takes, in forks of a process that has imported once what they all need."""

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
getattr(import_module(sys.argv[1]), sys.argv[2]).die_everywhere(Path(sys.argv[3]))
"""


@dataclass(frozen=True)
class Mortal:
    """Work done in a folder that was prepared for it.

    `watch` is given what to call before every step, and the folder; every `every`th step is a point of death.
    """

    prepare: Callable[[Path], object]
    work: Callable[[Path], object]
    watch: Callable[[Callable[[], None], Path], object]
    every: int = 1

    def die_everywhere(self, folder: Path) -> None:
        """Kill the work before its first step in one folder below, before a later one in the next, and so on.

        Ends with the life that nothing cut short.
        """
        code = -signal.SIGKILL
        for deadline in count(1, self.every):
            home = folder / f"{deadline:04d}"
            if not (child := os.fork()):
                self._live(deadline, home)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code != -signal.SIGKILL:
                break
        sys.exit(code)

    def _live(self, deadline: int, home: Path) -> None:
        steps = count(1)

        def step() -> None:
            if next(steps) == deadline:
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


def lives(module: str, name: str, folder: Path) -> list[Path]:
    """The folder of every life of the `Mortal` of that name, in the order of their lengths.

    They are lived in a process of its own, which has no threads to lose.
    """
    subprocess.run([sys.executable, "-c", SCRIPT, module, name, str(folder)], check=True)
    return sorted(folder.iterdir())

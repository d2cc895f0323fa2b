"""Wall and CPU time of a piece of work, printed as it ends."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """Seconds and records of one piece of work; CPU of this process, all threads."""

    name: str
    records: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.records / self.wall

    @property
    def cpu_per_million(self) -> float:
        return self.cpu / self.records * 1e6


def measure(name: str, records: int, work: Callable[[], object]) -> Measure:
    """Do `work` once."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    work()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name:<44} {wall:7.2f} s wall {cpu:7.2f} s CPU {records / wall:12,.0f} records/s", flush=True)
    return Measure(name, records, wall, cpu)


def verdict(name: str, ratio: float, bar: float, at_least: bool = True) -> bool:
    """Print a ratio beside its bar; whether it is held."""
    held = ratio >= bar if at_least else ratio <= bar
    print(f"{name:<60} {ratio:7.2f}  (bar {'≥' if at_least else '≤'} {bar:g}) {'held' if held else 'MISSED'}")
    return held

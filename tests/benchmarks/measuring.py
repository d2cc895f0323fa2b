"""Measuring and printing wall time, CPU time and memory."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Measure:
    """Seconds and records of one measured function; CPU includes all threads and child processes."""

    name: str
    records: int
    wall: float
    cpu: float

    def show(self) -> None:
        print(
            f"{self.name:<44} {self.wall:7.2f} s wall {self.cpu:7.2f} s CPU "
            f"{self.records / self.wall:12,.0f} records/s",
            flush=True,
        )


def measure(name: str, records: int, work: Callable[[], object]) -> Measure:
    """Measure one call of `work`."""
    measured = Measure(name, records, *timed(work))
    measured.show()
    return measured


def middle(measures: Sequence[Measure]) -> Measure:
    """Median wall time and median CPU of an odd number of measurements of the same work."""
    walls, cpus = (sorted(getattr(each, name) for each in measures) for name in ("wall", "cpu"))
    return replace(measures[0], wall=walls[len(walls) // 2], cpu=cpus[len(cpus) // 2])


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall time and of CPU of one call of `work`."""
    cpu_before, started = _cpu(), time.perf_counter()
    work()
    return time.perf_counter() - started, _cpu() - cpu_before


def _cpu() -> float:
    """CPU seconds of this process and of the child processes it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def verdict(name: str, ratio: float, bar: float | None, at_least: bool = True) -> bool:
    """Print a ratio with its bar, if it has one; returns whether the bar is met."""
    if bar is None:
        print(f"{name:<60} {ratio:7.2f}  (no bar)")
        return True
    held = ratio >= bar if at_least else ratio <= bar
    print(f"{name:<60} {ratio:7.2f}  (bar {'≥' if at_least else '≤'} {bar:g}) {'met' if held else 'MISSED'}")
    return held


def reset_peak_memory() -> None:
    """Reset the counter behind `peak_memory` (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory() -> int:
    """The maximum of resident bytes since the last reset, including the database's (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(kilobytes) * 1024

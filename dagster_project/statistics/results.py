"""Results of the functions of volumes and controls, importable without their libraries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VolumeBand:
    """What is expected of the next day, and between which counts it stays but for `false_alarms`."""

    expected: float
    lower: float
    upper: float

    def holds(self, count: float) -> bool:
        return self.lower <= count <= self.upper


@dataclass(frozen=True)
class Control:
    """Shuffles done and those whose interval holds 1; the median ratio and the interval of its shuffle."""

    shuffles: int
    covering: int
    ratio: float
    lower: float
    upper: float

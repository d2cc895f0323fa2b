"""Local time in every zone that persons live in, by table look-up."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from dagster_project.simulator.world.chance import HOUR, Floats, Ints
from dagster_project.simulator.world.config import HOME_TIME_ZONE, WorldConfig

# Zone, country, share of persons. The first is the shop's own zone.
ZONES: Final = (
    ("Europe/Tallinn", "EE", 0.62),
    ("Europe/Helsinki", "FI", 0.10),
    ("Europe/Riga", "LV", 0.06),
    ("Europe/Berlin", "DE", 0.08),
    ("Europe/London", "GB", 0.07),
    ("America/New_York", "US", 0.07),
)
HOME: Final = 0
_MARGIN_DAYS: Final = 3


def milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1_000)


class Clock:
    """Instants are milliseconds since 1970, UTC; days count from the world's first day at home."""

    def __init__(self, config: WorldConfig) -> None:
        self.start = milliseconds(config.start)
        self.end = milliseconds(config.end)
        zones = [ZoneInfo(name) for name, _, _ in ZONES]
        self._midnights = np.array(
            [
                [
                    milliseconds(
                        datetime.combine(config.start_date + timedelta(days=day), datetime.min.time(), zone)
                    )
                    for day in range(config.days + 1)
                ]
                for zone in zones
            ],
            dtype=np.int64,
        )
        self._origin = self.start - _MARGIN_DAYS * 24 * HOUR
        hours = (config.days + 2 * _MARGIN_DAYS) * 24
        self._offsets = np.array(
            [[self._offset(zone, self._origin + hour * HOUR) for hour in range(hours)] for zone in zones],
            dtype=np.int64,
        )
        self.repeated_hour = self._find_repeated_hour(config)

    @staticmethod
    def _offset(zone: ZoneInfo, at: int) -> int:
        offset = datetime.fromtimestamp(at / 1_000, UTC).astimezone(zone).utcoffset()
        return 0 if offset is None else round(offset.total_seconds() * 1_000)

    def _find_repeated_hour(self, config: WorldConfig) -> tuple[int, int] | None:
        """Day and instant at which daylight-saving time ends in the shop's zone, if it ends in the world."""
        for day in range(config.days):
            midnight = int(self._midnights[HOME, day])
            if int(self._midnights[HOME, day + 1]) - midnight == 25 * HOUR:
                before = self._offset(HOME_TIME_ZONE, midnight)
                hour = next(
                    h for h in range(25) if self._offset(HOME_TIME_ZONE, midnight + h * HOUR) != before
                )
                return day, midnight + hour * HOUR
        return None

    def local_hour(self, zone: Ints, at: Ints) -> Floats:
        """Fractional hour of the local day, from 0 up to 24."""
        row = np.clip((at - self._origin) // HOUR, 0, self._offsets.shape[1] - 1)
        local = at + self._offsets[zone, row]
        return np.asarray((local % (24 * HOUR)) / HOUR, dtype=np.float64)

    def local(self, zone: Ints | int, day: Ints | int, elapsed_ms: Ints | int) -> Ints:
        """The instant `elapsed_ms` after local midnight of `day`."""
        return np.asarray(self._midnights[zone, day] + elapsed_ms, dtype=np.int64)

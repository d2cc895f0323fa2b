"""The simulator's clock: it stands still until it is set, so that runs are repeatable."""

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day


def start_of_service(end_date: date) -> datetime:
    """04:00 UTC on the day after the world's last day, when a nightly job reads it."""
    return datetime.combine(end_date + timedelta(days=1), time_of_day(4), UTC)


class Clock:
    """`now` is the vendors' current time and changes only when it is set.

    `running` adds the real time that has passed since the start, for quotas that reset by the hour.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._started = time.monotonic()

    def set(self, now: datetime) -> None:
        self.now = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)

    @property
    def running(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._started)

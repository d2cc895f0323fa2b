"""Days: the partitions of window streams, and which of them a run has to pull."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from dagster_project.settings import YEARS, SettingError, Settings
from dagster_project.sources.core.stream import Stream, Window

DEFAULT_HISTORY_DAYS = 90


def first_day(environment: Mapping[str, str]) -> date:
    """The first day of every window stream: `MILEPOST_START_DATE`, or 90 days before today.

    Raises SettingError when `MILEPOST_START_DATE` is not an ISO 8601 date.
    """
    written = environment.get("MILEPOST_START_DATE", "")
    if not written:
        return Settings.from_environment(environment).now().date() - timedelta(days=DEFAULT_HISTORY_DAYS)
    try:
        first = date.fromisoformat(written)
    except ValueError:
        first = date.min
    if first.year not in YEARS:
        raise SettingError(
            f"MILEPOST_START_DATE is {written!r}, which is not an ISO 8601 date of the years {YEARS[0]} to "
            f"{YEARS[-1]}; write it like 2026-08-18."
        )
    return first


def daily_partitions(environment: Mapping[str, str]) -> dg.DailyPartitionsDefinition:
    """One partition per calendar day in the stream's own time zone, today included.

    Under a pinned clock today is that clock's, or the UI would offer days that have not come there.
    A variable that cannot be read must not take the whole code location with it: it stops the run instead,
    with the sentence that says what to correct.
    """
    try:
        start, settings = first_day(environment), Settings.from_environment(environment)
    except SettingError as error:
        dg.get_dagster_logger().warning("%s", error)
        start, settings = datetime.now(UTC).date() - timedelta(days=DEFAULT_HISTORY_DAYS), None
    if settings is not None and settings.pinned_now is not None:
        end = settings.pinned_now.date() + timedelta(days=1)
        return dg.DailyPartitionsDefinition(start_date=start.isoformat(), end_date=end.isoformat())
    return dg.DailyPartitionsDefinition(start_date=start.isoformat(), end_offset=1)


def missing_windows(
    stream: Stream, landed: Collection[str], start: date, today: date, again: Collection[date] = ()
) -> list[Window]:
    """The days to pull: those never landed since `start`, those that may have changed since, and `again`.

    A source may restate a day for `restatement_days`. What it said last was seen by a run as many days later,
    and every run lands its own day: a day is final once all those after it, up to that one, have landed.
    Neighbouring days come as one window, so that a stream read by range needs one call.
    """
    days = (start + timedelta(days=offset) for offset in range((today - start).days + 1))

    def is_final(day: date) -> bool:
        following = (day + timedelta(days=offset) for offset in range(stream.restatement_days + 1))
        return all(each.isoformat() in landed for each in following)

    restated_from = today - timedelta(days=stream.restatement_days)
    return as_windows(day for day in days if day >= restated_from or day in again or not is_final(day))


def as_windows(days: Iterable[date]) -> list[Window]:
    """Join ascending days into the fewest windows."""
    windows: list[Window] = []
    for day in days:
        if windows and windows[-1].end + timedelta(days=1) == day:
            windows[-1] = Window(windows[-1].start, day)
        else:
            windows.append(Window(day, day))
    return windows

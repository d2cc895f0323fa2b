"""HubSpot's times: epoch milliseconds in events and filters, ISO text or milliseconds in properties."""

from datetime import UTC, date, datetime, time, timedelta

from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.core.redaction import excerpt
from dagster_project.sources.core.stream import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def bounds(window: Window) -> tuple[int, int]:
    """The first and the last millisecond of the window's days, UTC."""
    start = datetime.combine(window.start, time(), UTC)
    end = datetime.combine(window.end, time(), UTC) + timedelta(days=1)
    return milliseconds(start), milliseconds(end) - 1


def instant(value: str | int, what: str) -> datetime:
    """A time as HubSpot gives it; ProtocolError for any other text."""
    text = str(value).strip()
    try:
        if text.lstrip("-").isdecimal():
            return _EPOCH + timedelta(milliseconds=int(text))
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ProtocolError(
            f"{what} has the time {excerpt(text)}, which is not of the documented form; check whether the "
            "vendor changed its API."
        ) from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def day(value: str | int, what: str) -> date:
    return instant(value, what).date()

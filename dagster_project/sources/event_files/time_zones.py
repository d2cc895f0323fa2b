"""Time zones of feeds: IANA names, and fixed offsets for systems that know no daylight saving."""

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Of this machine: the engine does not know them.
SYSTEM_ZONES = ("posix", "right/", "localtime", "Factory")
OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+\-−])\s*(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_FIXED = "GMT"


class UnknownZoneError(ValueError):
    """The text is not a time zone."""


def canonical_zone(name: str) -> str:
    """`name` as the engine reads it; an offset such as -6, -06:00 or UTC-6 becomes GMT-06:00."""
    if match := OFFSET.fullmatch(name):
        sign, hours, minutes = match[1].replace("−", "-"), int(match[2]), int(match[3] or 0)
        if hours * 60 + minutes > 14 * 60:
            raise UnknownZoneError(name)
        return f"{_FIXED}{sign}{hours:02}:{minutes:02}"
    try:
        if name.startswith(SYSTEM_ZONES):
            raise UnknownZoneError(name)
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZoneError(name) from None
    return name


def zone_info(name: str) -> tzinfo:
    """The zone of a canonical name."""
    if name.startswith(_FIXED) and (match := OFFSET.fullmatch(name)):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(-offset if match[1] == "-" else offset)
    return ZoneInfo(name)

"""Tables of the export: which day of which property each is, and which of a day's tables counts."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

_DAY = re.compile(r"(?:^|/)events_(?:(intraday|fresh)_)?(\d{8})(?!\d)")
_NUMBER = re.compile(r"\d+")
_LOOKS_LIKE_ONE = re.compile(r"(?:^|/)events_[^/]*")
_PROPERTY = re.compile(r"(?:^|[/.:])analytics_(\d+)(?=[/.]|$)")


class Kind(IntEnum):
    """The kinds of tables, the one that is complete first: it takes the place of the others."""

    DAILY = 0
    FRESH = 1
    INTRADAY = 2


@dataclass(frozen=True)
class Table:
    """One day of one property.

    `mark` is a fingerprint that changes when the table does. `parts` is what its reader reads it by: files,
    or the table's address. `property_id` is None where nothing says which property it is.
    """

    property_id: str | None
    day: date
    kind: Kind
    mark: str
    parts: tuple[Any, ...]


def day_and_kind(name: str) -> tuple[date, Kind] | None:
    """The day that `events_YYYYMMDD` in a path names; None without one."""
    found = _DAY.findall(name)
    if not found:
        return None
    kind, digits = found[-1]
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return day, Kind[kind.upper()] if kind else Kind.DAILY


def without_part(path: str) -> str:
    """The path without what distinguishes a day's parts: numbers after the day, or a file in its folder."""
    *_, day = _DAY.finditer(path)
    rest = path[day.end() :]
    return path[: day.end()] + ("/" if "/" in rest else _NUMBER.sub("0", rest))


def looks_like_a_day(name: str) -> bool:
    return bool(_LOOKS_LIKE_ONE.search(name))


def property_in(path: str) -> str | None:
    """The property of a path or data set, which BigQuery calls `analytics_<property id>`."""
    found = _PROPERTY.findall(path)
    return found[-1] if found else None


def digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:32]


def counted(tables: Sequence[Table]) -> dict[date, list[Table]]:
    """By day the tables that count: of each property its daily one, until there is one a preliminary one."""
    best: dict[tuple[date, str | None], Table] = {}
    for table in tables:
        key = (table.day, table.property_id)
        if key not in best or table.kind < best[key].kind:
            best[key] = table
    days: dict[date, list[Table]] = {}
    for (day, _), table in sorted(best.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        days.setdefault(day, []).append(table)
    return days


def names_of(tables: Sequence[Table]) -> list[str]:
    """Which tables a day has, by property and kind."""
    return sorted(f"{t.property_id} {t.kind.name.lower()}" for t in tables)


def mark_of(tables: Sequence[Table]) -> str:
    """A fingerprint of a day; empty where it has no table."""
    return digest(f"{t.property_id} {t.kind.name} {t.mark}" for t in tables) if tables else ""

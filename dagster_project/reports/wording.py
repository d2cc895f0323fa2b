"""How a finding is worded: figures, times and steps in plain English."""

from collections.abc import Callable
from typing import Any

from dagster_project.statistics.proportions import wilson_interval

# Fewer persons than this make no finding.
MIN_PERSONS = 30
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
# Of what a completion rate is, by the exposure of persons or the population of e-mails.
EXPOSED = {
    "deliveries": "e-mails delivered",
    "observable_deliveries": "e-mails delivered to people who can be seen to open",
    "deliveries_with_call": "e-mails that offer it",
    "observable_deliveries_with_call": "e-mails that offer it to people who can be seen to open",
    "observable_openers": "e-mails opened by people who can be seen to open",
    "sends": "e-mails sent",
    "site_visit": "known people who visit the site",
    "first_touch": "all known people",
}


Row = dict[str, Any]
Query = Callable[[str], list[Row]]


def words(key: str) -> str:
    """`welcome_email_click` in plain English."""
    return key.replace("_", " ")


def short(name: str, letters: int = 44) -> str:
    """A name as it can stand in a headline: whole words of it, where there are any."""
    if len(name) <= letters:
        return name
    words_of_it, _, _ = name[:letters].rpartition(" ")
    return f"{words_of_it or name[: letters - 1]}…"


def percent(rate: float) -> str:
    """With a decimal only below 10 %."""
    return f"{rate:.1%}" if rate < 0.1 else f"{rate:.0%}"


def between(lower: float, upper: float) -> str:
    digits = 1 if upper < 0.1 else 0
    return f"{100 * lower:.{digits}f}–{100 * upper:.{digits}f}%"


def confidence(compared: int) -> float:
    """That of each interval, for all `compared` of them to hold at once in 95 % (Bonferroni).

    What is named because it is the best or worst of many is further off than it would be by itself.
    """
    return 1 - 0.05 / max(1, compared)


def share(part: int, whole: int, compared: int = 1) -> tuple[str, str]:
    """A rate and its interval, worded; of one chosen from `compared` rates, that of all at once."""
    lower, upper = wilson_interval(part, whole, confidence(compared))
    return percent(part / whole), between(float(lower), float(upper))


def points(lower: float, upper: float) -> str:
    """An interval of a difference, in percentage points."""
    return f"{100 * lower:+.1f} to {100 * upper:+.1f}"


def duration(seconds: float) -> str:
    """The largest unit of which there are two or more, rounded."""
    for name, length in UNITS:
        if seconds >= 2 * length or name == "second":
            count = round(seconds / length)
            return f"{count} {name}{'' if count == 1 else 's'}"
    raise AssertionError("the last unit takes every duration")

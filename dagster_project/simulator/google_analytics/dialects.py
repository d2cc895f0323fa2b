"""What the contract leaves open: days that GA4 folds, withholds, samples or truncates, and wrong clocks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dagster_project.simulator.google_analytics.account import MIXED, GoogleAnalyticsOptions
from dagster_project.simulator.google_analytics.fields import NOT_SET, Dimension

SAMPLE_SHARE: Final = 0.8
# Which hits a flag affects: by their number, so that it is the same in every report.
_FOLDED: Final = "event_no % 10 = 3"
_WITHHELD: Final = "event_no % 10 = 7"
_SAMPLED: Final = "event_no % 5 <> 0"
_NOT_SERVED: Final = "event_no % 50 <> 0"
_MISSING: Final = f"case event_no % 3 when 0 then '{NOT_SET}' when 1 then '(data not available)' else '' end"
# One browser in two has a wrong clock, each in its own way.
_CLOCKS: Final = """
    case hash(client_id) % 10
        when 0 then epoch_ms("at" - interval 400 day)::varchar
        when 1 then epoch_ms("at" + interval 3 day)::varchar
        when 2 then (epoch_ms("at") // 1000)::varchar
        when 3 then epoch_us("at")::varchar
        when 4 then '9999999999999999'
        else epoch_ms("at")::varchar
    end
"""
# What a day can be, and the flags of it: `other_row` keeps time and name, `time_folded` does not, and of a
# `collapsed` day all rows are one.
KINDS: Final[Mapping[str, str]] = {
    "folded": "other_row",
    "folded_time": "time_folded",
    "collapsed": "collapsed",
    "thresholded": "thresholding",
    "sampled": "sampling",
    "truncated": "truncated",
}
_IN_TURN: Final = ("clean", *KINDS)
_KEPT_WHEN_FOLDED: Final = ("date", "dateRange")


def kind_of(day: date, days: str) -> str:
    """What a day is under option `ga4_days`; `mixed` takes the kinds in turn."""
    return _IN_TURN[day.toordinal() % len(_IN_TURN)] if days == MIXED else days


@dataclass(frozen=True)
class Dialect:
    """How one report is served: a flag to SQL of the days it holds for, missing values and clocks."""

    flags: tuple[tuple[str, str], ...] = ()
    missing_values: str = "not_set"
    hit_clock: str = "exact"
    revenue: str = "shown"

    def has(self, *flags: str) -> bool:
        return any(flag in flags for flag, _ in self.flags)

    def dimension(self, dimension: Dimension) -> str:
        """SQL of the dimension as the report shows it."""
        sql = dimension.sql
        if self.hit_clock == MIXED and dimension.name == "customEvent:hit_ts":
            sql = _CLOCKS
        if self.missing_values == MIXED:
            sql = sql.replace(f"'{NOT_SET}'", f"({_MISSING})")
        if dimension.name in _KEPT_WHEN_FOLDED:
            return f"({sql})"
        folding = [f"({days})" for flag, days in self.flags if flag == "collapsed"]
        folding += [f"({days}) and {_FOLDED}" for flag, days in self.flags if flag == "time_folded"]
        if not dimension.kept_in_other:
            folding += [f"({days}) and {_FOLDED}" for flag, days in self.flags if flag == "other_row"]
        return f"case when {' or '.join(folding)} then '(other)' else {sql} end" if folding else f"({sql})"

    def visible(self, has_dimensions: bool) -> str:
        """SQL of the hits that the report counts; totals lack nothing that is withheld or not served."""
        conditions = ["true"]
        for flag, days in self.flags:
            if flag == "thresholding" and has_dimensions:
                conditions.append(f"not (({days}) and {_WITHHELD})")
            if flag == "truncated" and has_dimensions:
                conditions.append(f"not (({days}) and {_NOT_SERVED})")
            if flag == "sampling":
                conditions.append(_SAMPLED)
        return " and ".join(conditions)


def dialect_of(
    options: GoogleAnalyticsOptions,
    faults: Iterable[str],
    ranges: Sequence[tuple[str, date, date]],
    today: date,
) -> Dialect:
    """The dialect of a report over `ranges`: of its days by the options, and of all by injected faults."""
    days = sorted({first + timedelta(n) for _, first, last in ranges for n in range((last - first).days + 1)})
    flags = dict.fromkeys(sorted(faults), "true")
    for kind, flag in KINDS.items():
        of_kind = [day for day in days if kind_of(day, options.ga4_days) == kind]
        if kind == "truncated":
            of_kind = [day for day in of_kind if (today - day).days < options.ga4_truncated_for_days]
        if of_kind and flag not in flags:
            flags[flag] = f"day in ({', '.join(f'date {day.isoformat()!r}' for day in of_kind)})"
    return Dialect(
        tuple(flags.items()), options.ga4_missing_values, options.ga4_hit_clock, options.ga4_revenue
    )

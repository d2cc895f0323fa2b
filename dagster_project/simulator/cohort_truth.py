"""The weeks in which true persons were active, and the cohorts that they make."""

from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

_WEEK: Final = 7 * 24 * 3_600 * 1_000_000
_MONDAY: Final = 4 * 24 * 3_600 * 1_000_000  # 1970-01-05 was the first Monday of the epoch
_INSTANT: Final = pa.timestamp("us", tz="UTC")


def active_weeks(acts: pa.Table) -> pa.Table:
    """One row per person and calendar week (from Monday, UTC) with an act other than an open."""
    active = acts.filter(pc.invert(acts["is_open"]))
    week = (_microseconds(active["at"]) - _MONDAY) // _WEEK
    person_weeks = np.unique(np.column_stack([active["person_id"].to_numpy(), week]), axis=0)
    return pa.table({"person_id": person_weeks[:, 0], "week": _days(person_weeks[:, 1])})


def _days(weeks: Array) -> pa.Array:
    return _instants(weeks * _WEEK + _MONDAY).cast(pa.date32())


def cohorts(weeks_of_persons: pa.Table) -> pa.Table:
    """One row per week of the first activity and weeks since then: active persons."""
    person = weeks_of_persons["person_id"].to_numpy()
    week = (_microseconds(weeks_of_persons["week"].cast(_INSTANT)) - _MONDAY) // _WEEK
    people, first = np.unique(person, return_index=True)
    first_week = week[first]
    own_first_week = first_week[np.searchsorted(people, person)]
    cells, active = np.unique(
        np.column_stack([own_first_week, week - own_first_week]), axis=0, return_counts=True
    )
    weeks, sizes = np.unique(first_week, return_counts=True)
    return pa.table(
        {
            "cohort_week": _days(cells[:, 0]),
            "week_offset": cells[:, 1],
            "cohort_size": sizes[np.searchsorted(weeks, cells[:, 0])],
            "active": active,
        }
    )


def _microseconds(column: Any) -> Array:
    return np.asarray(column.cast(pa.int64()).to_numpy())


def _instants(microseconds: Array) -> pa.Array:
    return pa.array(microseconds).cast(_INSTANT)

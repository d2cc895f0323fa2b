"""Hours and gaps compared with each other: the rows of `rpt_send_times`."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics.best_of_many import Place, compare_places, shares_of_places
from dagster_project.statistics.multiplicity import q_values

HOURS_A_DAY = 24
SIGNIFICANT = 0.05
SAME = 1e-9
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SLICES = {
    "send_hour": ("send_hour_of_week", "send_hour_of_day"),
    "click_hour": ("click_hour_of_week", "click_hour_of_day"),
    "days_since_previous_email": ("days_since_previous_email",),
}
FAMILY = ("slice_type", "sequence", "outcome", "evidence")
METHODS = {
    "randomised": "risk ratio within experiment and time zone (Mantel-Haenszel)",
    "observational": "risk ratio within e-mail and time zone (Mantel-Haenszel), observational",
    "click_hour": "share of all human clicks, observational",
    "days_since_previous_email": "risk ratio within e-mail (Mantel-Haenszel), observational",
}
SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.string()) for name in ("slice_type", "sequence", "outcome", "evidence", "slice")),
        ("position", pyarrow.int32()),
        *((name, pyarrow.int64()) for name in ("eligible", "completed")),
        *((name, pyarrow.float64()) for name in ("rate", "rate_lower", "rate_upper", "shrunken_rate")),
        *((name, pyarrow.float64()) for name in ("ratio", "ratio_lower", "ratio_upper", "shrunken_ratio")),
        *((name, pyarrow.float64()) for name in ("p_value", "q_value")),
        ("place_rank", pyarrow.int32()),
        *((name, pyarrow.string()) for name in ("verdict", "method")),
    ]
)
Row = dict[str, Any]


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    bands = [int(band) for band in dbt.config.get("gap_bands").split(",")]
    relation = dbt.ref("int_send_time_cells").order("slice_type, sequence, outcome, evidence, place, stratum")
    cells = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    rows: list[Row] = []
    for family, group in groupby(cells, key=itemgetter(*FAMILY)):
        own = list(group)
        for slice_type in SLICES[family[0]]:
            rows += _family(dict(zip(FAMILY, family, strict=True)), slice_type, own, bands)
    for row, value in zip(rows, q_values([row.get("p_value") for row in rows]), strict=True):
        row |= {"q_value": value, "verdict": _verdict(row, value)}
    return pyarrow.Table.from_pylist(
        [{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA
    )


def _family(family: Row, slice_type: str, cells: list[Row], bands: list[int]) -> Iterator[Row]:
    places = _compared(slice_type, cells)
    is_share = slice_type.startswith("click_hour")
    # By what is left after shrinking, so that an hour with three deliveries is not the best; what could be
    # compared with nothing is in no ranking.
    measures = {place.place: place.shrunken_rate if is_share else place.shrunken_ratio for place in places}
    known = [value for value in measures.values() if value is not None]
    kind = family["slice_type"]
    for place in places:
        row = family | {
            "slice_type": slice_type,
            "slice": _name(slice_type, place.place, bands),
            "position": place.place,
            "eligible": place.eligible,
            "completed": place.completed,
            "rate": place.rate,
            "rate_lower": place.lower,
            "rate_upper": place.upper,
            "shrunken_rate": place.shrunken_rate,
            "shrunken_ratio": place.shrunken_ratio,
            "place_rank": _rank(measures[place.place], known),
            "method": METHODS[family["evidence"] if kind == "send_hour" else kind],
        }
        if place.ratio:
            row |= {
                "ratio": place.ratio.estimate,
                "ratio_lower": place.ratio.lower,
                "ratio_upper": place.ratio.upper,
                "p_value": place.ratio.p_value,
            }
        yield row


def _compared(slice_type: str, cells: list[Row]) -> list[Place]:
    places = np.array([cell["place"] for cell in cells])
    if slice_type.endswith("of_day"):
        places = places % HOURS_A_DAY
    eligible, completed = (np.array([cell[name] for cell in cells]) for name in ("eligible", "completed"))
    if slice_type.startswith("click_hour"):
        at, place = np.unique(places, return_inverse=True)
        return shares_of_places(at.tolist(), np.bincount(place, weights=completed).astype(int).tolist())
    # Days of one hour of a day are one cell of its stratum.
    _, stratum = np.unique([cell["stratum"] for cell in cells], return_inverse=True)
    keys, number = np.unique(stratum * (places.max() + 1) + places, return_inverse=True)
    sums = [np.bincount(number, weights=part).astype(np.int64) for part in (eligible, completed)]
    return compare_places(keys % (places.max() + 1), keys // (places.max() + 1), *sums)


def _rank(value: float | None, values: list[float]) -> int | None:
    """1 for the highest; places that differ by chance only share their rank."""
    return None if value is None else 1 + sum(other > value + SAME for other in values)


def _name(slice_type: str, place: int, bands: list[int]) -> str:
    if slice_type == "days_since_previous_email":
        lowest = bands[place - 1] if place else 0
        return f"{lowest} to {bands[place]} days" if place < len(bands) else f"{lowest} days or more"
    hour = f"{place % HOURS_A_DAY:02}:00"
    return f"{DAYS[place // HOURS_A_DAY]} {hour}" if slice_type.endswith("of_week") else hour


def _verdict(row: Row, q_value: float | None) -> str:
    if row["slice_type"].startswith("click_hour"):
        return "not compared"
    if q_value is None:
        return "insufficient"
    if q_value <= SIGNIFICANT and not row["ratio_lower"] <= 1 <= row["ratio_upper"]:
        return "more" if row["ratio"] > 1 else "less"
    return "no clear difference"

"""How each pattern compares with all at risk at as many steps: the rows of `rpt_step_patterns`."""

from typing import Any

import pyarrow

from dagster_project.statistics.lifts import lifts
from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.step_comparisons import TOO_LARGE_SHARE

NUMBERS = ("lift", "lower", "upper", "p_value")
SCHEMA = pyarrow.schema(
    [
        ("pattern_code", pyarrow.int64()),
        ("is_part_of_converting", pyarrow.bool_()),
        *((name, pyarrow.float64()) for name in (*NUMBERS, "q_value")),
        *((f"control_{name}", pyarrow.float64()) for name in NUMBERS),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_pattern_counts").order("pattern_code").fetchnumpy()
    columns: dict[str, Any] = {"pattern_code": counts["pattern_code"].tolist()}
    is_part = (counts["converted"] > 0) & (
        counts["converted_in_visit"] >= TOO_LARGE_SHARE * counts["converted"]
    )
    columns["is_part_of_converting"] = is_part.tolist()
    for group in ("", "control_"):
        names = ("converted", "mature_persons", "others_converted", "other_persons")
        found = lifts(*(counts[f"{group}{name}"] for name in names))
        columns |= {
            f"{group}{name}": [
                None if part else value for part, value in zip(is_part, getattr(found, name), strict=True)
            ]
            for name in NUMBERS
        }
    columns["q_value"] = q_values(columns["p_value"])
    return pyarrow.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)

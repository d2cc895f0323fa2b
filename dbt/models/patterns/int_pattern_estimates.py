"""How each pattern compares with all at risk at as many steps: the rows of `rpt_step_patterns`."""

from typing import Any

import pyarrow

from dagster_project.statistics.lifts import lifts
from dagster_project.statistics.multiplicity import q_values

NUMBERS = ("lift", "lower", "upper", "p_value")
SCHEMA = pyarrow.schema(
    [
        ("pattern_code", pyarrow.int64()),
        *((name, pyarrow.float64()) for name in (*NUMBERS, "q_value")),
        *((f"control_{name}", pyarrow.float64()) for name in NUMBERS),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_pattern_counts").order("pattern_code").fetchnumpy()
    columns: dict[str, Any] = {"pattern_code": counts["pattern_code"].tolist()}
    for group in ("", "control_"):
        names = ("converted", "mature_persons", "others_converted", "other_persons")
        found = lifts(*(counts[f"{group}{name}"] for name in names))
        columns |= {f"{group}{name}": getattr(found, name) for name in NUMBERS}
    columns["q_value"] = q_values(columns["p_value"])
    return pyarrow.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)

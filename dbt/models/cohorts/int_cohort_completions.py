"""Cells of cohorts that are not over yet, by the development of older cohorts: columns of `rpt_cohorts`."""

from itertools import groupby
from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics.chain_ladder import BackTest, back_test, complete

KEY = ("cohort_by", "cohort_grain", "person_population", "is_left_truncated", "cohort_start", "period_number")
TRIANGLE = 4
FIGURES = ("converters", "revenue")
AS_ESTIMATED, WIDENED = "as estimated", "widened by the back-test"
NO_BACK_TEST, NO_WIDTH = "none: no back-test is possible", "none: older cohorts leave no room for error"
KINDS = (
    pyarrow.string(),
    pyarrow.string(),
    pyarrow.string(),
    pyarrow.bool_(),
    pyarrow.date32(),
    pyarrow.int64(),
)
SCHEMA = pyarrow.schema(
    [
        *zip(KEY, KINDS, strict=True),
        *(
            (f"projected_{figure}{end}", pyarrow.float64())
            for figure in FIGURES
            for end in ("", "_lower", "_upper")
        ),
        *(
            (f"{figure}_back_test_{count}", pyarrow.int64())
            for figure in FIGURES
            for count in ("cells", "covered", "covered_after")
        ),
        *((f"{figure}_interval_factor", pyarrow.float64()) for figure in FIGURES),
        *((f"{figure}_interval_basis", pyarrow.string()) for figure in FIGURES),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    columns = (*KEY, "is_mature", "cohort_size", "cumulative_converters", "cumulative_revenue")
    cells = dbt.ref("int_cohort_counts").project(", ".join(columns)).order(", ".join(KEY)).fetchall()
    tables = [_completed(list(rows)) for _, rows in groupby(cells, lambda row: row[:TRIANGLE])]
    return pyarrow.concat_tables(tables) if tables else SCHEMA.empty_table()


def _completed(cells: list[tuple[Any, ...]]) -> pyarrow.Table:
    """The cells of one triangle; every cohort has a cell of every period, begun or not."""
    *keys, is_mature, sizes, converters, revenue = zip(*cells, strict=True)
    shape = (-1, max(keys[-1]) + 1)
    known = np.array(is_mature, dtype=np.bool_).reshape(shape)
    limits = np.array(sizes, dtype=np.float64).reshape(shape)
    columns = dict(zip(KEY, keys, strict=True))
    for figure, values in zip(FIGURES, (converters, revenue), strict=True):
        triangle = np.where(known, np.array(values, dtype=np.float64).reshape(shape), np.nan)
        columns |= _projected(figure, triangle, known, limits)
    return pyarrow.table(columns, schema=SCHEMA)


def _projected(figure: str, triangle: Any, known: Any, limits: Any) -> dict[str, Any]:
    is_count = figure == "converters"
    # A cohort with an unknown amount, or of which nothing is known yet, shows no growth.
    usable = known[:, 0] & ~(np.isnan(triangle) & known).any(axis=1)
    values, lower, upper = (np.full(triangle.shape, np.nan) for _ in range(3))
    test = back_test(triangle[usable], is_count)
    if usable.any():
        completion = complete(triangle[usable], is_count)
        values[usable] = completion.values
        if test.factor is not None:
            lower[usable], upper[usable] = completion.interval(test.factor)
    # A cohort without any so far would have none for ever.
    hidden = known | ~(values > 0)
    latest = np.fmax.accumulate(np.where(np.isnan(triangle), 0.0, triangle), axis=1)
    for bound in (values, lower, upper):
        bound[hidden] = np.nan
        if is_count:
            np.clip(bound, latest, limits, out=bound)
    cells = known.size
    return {
        f"projected_{figure}": _nullable(values),
        f"projected_{figure}_lower": _nullable(lower),
        f"projected_{figure}_upper": _nullable(upper),
        f"{figure}_back_test_cells": [test.cells] * cells,
        f"{figure}_back_test_covered": [test.covered] * cells,
        f"{figure}_back_test_covered_after": pyarrow.array([test.covered_after] * cells, pyarrow.int64()),
        f"{figure}_interval_factor": pyarrow.array([test.factor] * cells, pyarrow.float64()),
        f"{figure}_interval_basis": [_basis(test)] * cells,
    }


def _basis(test: BackTest) -> str:
    if not test.cells:
        return NO_BACK_TEST
    if test.factor is None:
        return NO_WIDTH
    return AS_ESTIMATED if test.factor == 1 else WIDENED


def _nullable(values: Any) -> pyarrow.Array:
    flat = values.ravel()
    return pyarrow.array(flat, mask=np.isnan(flat))

"""The export's files: Parquet in both spellings of lists, and lines of JSON."""

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.simulator.google_analytics_export.account import DATASET, FOLDER, ExportOptions
from dagster_project.simulator.google_analytics_export.events import tables
from dagster_project.simulator.simulation import Simulation

_LISTS = ("event_params", "items")


def files(simulation: Simulation, _: str = "") -> dict[str, bytes]:
    """One file per table, below a folder with the name of the property's data set."""
    form = simulation.options.of(ExportOptions).ga4_export
    if form not in WRITERS:
        return {}
    write, suffix = WRITERS[form]
    return {f"{FOLDER}/{DATASET}/{name}.{suffix}": write(table) for name, table in tables(simulation).items()}


def _parquet(table: pa.Table) -> bytes:
    written = io.BytesIO()
    pq.write_table(table, written, compression="snappy", use_dictionary=False, write_statistics=False)
    return written.getvalue()


def _parquet_lists(table: pa.Table) -> bytes:
    """Lists as BigQuery writes them without list inference."""
    for name in _LISTS:
        at = table.schema.get_field_index(name)
        values = table.column(at).to_pylist()
        wrapped = [None if v is None else {"list": [{"element": each} for each in v]} for v in values]
        element = table.schema.field(name).type.value_type
        kind = pa.struct([("list", pa.list_(pa.struct([("element", element)])))])
        table = table.set_column(at, name, pa.array(wrapped, kind))
    return _parquet(table)


def _json_lines(table: pa.Table) -> bytes:
    return b"".join(json.dumps(_spelled(row)).encode() + b"\n" for row in table.to_pylist())


def _spelled(value: Any) -> Any:
    """As BigQuery does: whole numbers as texts, without nulls."""
    if isinstance(value, dict):
        return {name: _spelled(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_spelled(each) for each in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


WRITERS = {
    "parquet": (_parquet, "parquet"),
    "parquet_lists": (_parquet_lists, "parquet"),
    "json": (_json_lines, "json"),
    "json_gz": (lambda table: gzip.compress(_json_lines(table), 1), "json.gz"),
}

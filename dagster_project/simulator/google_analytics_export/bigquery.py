"""BigQuery's API on loopback, as far as reading needs it: tables.list, tables.get, tabledata.list."""

import json
import re
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from dagster_project.simulator.google_analytics.authorization import Authorization
from dagster_project.simulator.google_analytics.responses import JSON_TYPE, ErrorResponse
from dagster_project.simulator.google_analytics_export.account import DATASET, PROJECT
from dagster_project.simulator.google_analytics_export.events import tables
from dagster_project.simulator.simulation import Simulation

_PATH = re.compile(rf"projects/{PROJECT}/datasets/{DATASET}/tables(?:/(events_\w+)(/data)?)?")
SCOPES = frozenset({"https://www.googleapis.com/auth/bigquery.readonly"})
_TYPES = {"int64": "INTEGER", "double": "FLOAT", "bool": "BOOLEAN"}
_LARGEST_PAGE = 50  # tables of one page


class Service:
    """The tables of the one data set."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._authorization = Authorization(simulation, SCOPES)
        self._tables: tuple[Any, dict[str, pa.Table]] = (None, {})

    def respond(self, request: Request, _: bytes) -> Response:
        try:
            self._authorization.check(request)
            found = _PATH.fullmatch(request.path_params["path"])
            if found is None or (found[1] and found[1] not in self._now()):
                raise error(404, "notFound", "Not found: Table")
            if found[2]:
                content = self._rows(found[1], request)
            else:
                content = self._table(found[1]) if found[1] else self._list(request)
            return Response(json.dumps(content), media_type=JSON_TYPE)
        except ErrorResponse as refused:
            return refused.response()

    def _now(self) -> dict[str, pa.Table]:
        now = self._simulation.clock.now
        if self._tables[0] != now:
            self._tables = (now, tables(self._simulation))
        return self._tables[1]

    def _list(self, request: Request) -> dict[str, Any]:
        start = int(request.query_params.get("pageToken", "0"))
        names = [*sorted(self._now()), "pseudonymous_users_20261101"]
        page = names[start : start + _LARGEST_PAGE]
        more = {"nextPageToken": str(start + _LARGEST_PAGE)} if start + _LARGEST_PAGE < len(names) else {}
        listed = [
            {
                "kind": "bigquery#table",
                "type": "TABLE",
                "creationTime": "1",
                "tableReference": {"projectId": PROJECT, "datasetId": DATASET, "tableId": name},
            }
            for name in page
        ]
        return {"kind": "bigquery#tableList", "tables": listed, "totalItems": len(names), **more}

    def _table(self, name: str) -> dict[str, Any]:
        table = self._now()[name]
        return {
            "kind": "bigquery#table",
            "schema": {"fields": [_field(field) for field in table.schema]},
            "numRows": str(len(table)),
            "lastModifiedTime": str(int(self._simulation.clock.now.timestamp() * 1000)),
        }

    def _rows(self, name: str, request: Request) -> dict[str, Any]:
        table = self._now()[name]
        start = int(request.query_params.get("pageToken", "0"))
        size = min(int(request.query_params.get("maxResults", "1000")), 10_000)
        rows = table.slice(start, size).to_pylist()
        self._simulation.records_served += len(rows)
        more = {"pageToken": str(start + size)} if start + size < len(table) else {}
        return {
            "kind": "bigquery#tableDataList",
            "totalRows": str(len(table)),
            "rows": [{"f": [{"v": _cell(value)} for value in row.values()]} for row in rows],
            **more,
        }


def error(code: int, reason: str, message: str) -> ErrorResponse:
    return BigQueryError(code, reason, message)


class BigQueryError(ErrorResponse):
    """BigQuery's older envelope, which states a reason."""

    def response(self) -> Response:
        stated = {"reason": self.status, "message": self.message, "domain": "global"}
        body = {"error": {"code": self.code, "message": self.message, "errors": [stated]}}
        return Response(json.dumps(body), self.code, media_type=JSON_TYPE)


def _field(field: pa.Field) -> dict[str, Any]:
    kind, mode = field.type, "NULLABLE"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind, mode = kind.value_type, "REPEATED"
    if pa.types.is_struct(kind):
        return {"name": field.name, "type": "RECORD", "mode": mode, "fields": [_field(each) for each in kind]}
    return {"name": field.name, "type": _TYPES.get(str(kind), "STRING"), "mode": mode}


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return {"f": [{"v": _cell(each)} for each in value.values()]}
    if isinstance(value, list):
        return [{"v": _cell(each)} for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)

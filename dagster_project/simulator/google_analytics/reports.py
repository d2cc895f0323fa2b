"""runReport: rows, totals, metadata and quota of one report."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import duckdb

from dagster_project.simulator.cache import Cache
from dagster_project.simulator.database import Rendered
from dagster_project.simulator.google_analytics import requests
from dagster_project.simulator.google_analytics.account import GoogleAnalyticsOptions
from dagster_project.simulator.google_analytics.catalogue import Catalogue
from dagster_project.simulator.google_analytics.dialects import SAMPLE_SHARE
from dagster_project.simulator.google_analytics.fields import HITS, PROPERTY_TIME_ZONE
from dagster_project.simulator.google_analytics.queries import Query, plan
from dagster_project.simulator.google_analytics.quota import Quota, cost
from dagster_project.simulator.google_analytics.responses import invalid
from dagster_project.simulator.simulation import Simulation

CURRENCY: Final = "EUR"
FLAGS: Final = ("sampling", "thresholding", "other_row")
_RESULTS_BYTES: Final = 512 * 1024 * 1024
_TOTALS: Final = {"TOTAL": "totals", "MINIMUM": "minimums", "MAXIMUM": "maximums"}
# Request fields that change neither the rows nor their order.
_PAGING_FIELDS: Final = frozenset({"limit", "offset", "returnPropertyQuota", "property"})


@dataclass(frozen=True)
class RequestFaults:
    """The faults injected in one request: flags, and rows that shift between pages."""

    flags: frozenset[str] = frozenset()
    repeats_row: bool = False
    gains_row: bool = False


class Reports:
    """Reports over the hits that are visible at the simulator's current time."""

    def __init__(self, simulation: Simulation, quota: Quota) -> None:
        self._simulation = simulation
        self._database = simulation.database
        self._database.execute(HITS)
        self._quota = quota
        self._results: Cache[Rendered] = Cache(_RESULTS_BYTES, lambda rows: len(rows.text))

    def run(self, report: Mapping[str, Any], catalogue: Catalogue, faults: RequestFaults) -> bytes:
        """The body of a report; raises the API's ErrorResponse when the request is not valid."""
        requests.check_fields(report)
        now = self._simulation.clock.now
        limit, offset = requests.page(report)
        query = plan(
            report, catalogue, now, self._simulation.options.of(GoogleAnalyticsOptions), faults.flags
        )
        parameters = {**query.parameters, "now": now}
        rows = self._rows(report, query, parameters, now)
        start = offset - int(offset > 0 and (faults.repeats_row or faults.gains_row))
        page = rows.between(start, start + limit)
        count = len(rows) + int(offset > 0 and faults.gains_row)
        served = max(0, min(limit, len(rows) - start))
        self._simulation.records_served += served

        parts = [f'"{name}":{_json(value)}' for name, value in _headers(query).items()]
        if page:
            parts.append('"rows":[')
        tail = [f'"{name}":{_json(value)}' for name, value in self._totals(report, query, parameters).items()]
        if count:
            tail.append(f'"rowCount":{count}')
        tail.append(f'"metadata":{_json(self._metadata(query, parameters, count))}')
        tokens = cost(served, len(query.dimensions) + len(query.metrics), _days(query), query.filter_count)
        self._quota.take(tokens)
        if report.get("returnPropertyQuota"):
            tail.append(f'"propertyQuota":{_json(self._quota.state(tokens))}')
        tail.append('"kind":"analyticsData#runReport"')
        head = "{" + ",".join(parts)
        if page:
            return head.encode() + page + b"]," + ",".join(tail).encode() + b"}"
        return (head + ("," if parts else "") + ",".join(tail) + "}").encode()

    def _rows(
        self, report: Mapping[str, Any], query: Query, parameters: Mapping[str, Any], now: datetime
    ) -> Rendered:
        """All rows of a report, cached for its next pages."""
        fields = {name: value for name, value in report.items() if name not in _PAGING_FIELDS}
        key = (json.dumps(fields, sort_keys=True), now, query.dialect, query.order)
        try:
            return self._results(key, lambda: self._database.render(query.records(), parameters))
        except duckdb.InvalidInputException:
            raise invalid("The filter contains an invalid regular expression.") from None

    def _totals(
        self, report: Mapping[str, Any], query: Query, parameters: Mapping[str, Any]
    ) -> dict[str, list[dict[str, Any]]]:
        """Totals are computed from the hits of all rows, minimums and maximums from the rows."""
        kinds = [
            requests.enum(kind, requests.AGGREGATIONS, "") for kind in report.get("metricAggregations") or []
        ]
        totals: dict[str, list[dict[str, Any]]] = {}
        names = [f"m{at}" for at in range(len(query.metrics))]
        for kind in (kind for kind in kinds if kind in _TOTALS and names):
            if kind == "TOTAL":
                source = query.grouped(with_dimensions=False, having="true")
            else:
                function = "min" if kind == "MINIMUM" else "max"
                column = [f"{function}({name}) as {name}" for name in names]
                date_range = [f"d{at}" for at, d in enumerate(query.dimensions) if d.name == "dateRange"]
                source = f"select {', '.join([*date_range, *column])} from ({query.grouped()})"
                source += f" group by {date_range[0]}" if date_range else ""
            totals[_TOTALS[kind]] = [
                {
                    "dimensionValues": [
                        {"value": row[f"d{at}"] if d.name == "dateRange" else f"RESERVED_{kind}"}
                        for at, d in enumerate(query.dimensions)
                    ],
                    "metricValues": [{"value": _text(row[name])} for name in names],
                }
                for row in self._database.rows(source, parameters)
            ]
        return totals

    def _metadata(self, query: Query, parameters: Mapping[str, Any], count: int) -> dict[str, Any]:
        """The report's metadata, without flags that are false."""
        metadata: dict[str, Any] = {"currencyCode": CURRENCY, "timeZone": PROPERTY_TIME_ZONE}
        if query.dialect.has("other_row", "time_folded", "collapsed") and query.dimensions and count:
            metadata["dataLossFromOtherRow"] = True
        if query.dialect.has("thresholding") and query.dimensions:
            metadata["subjectToThresholding"] = True
        if query.dialect.has("sampling"):
            space = self._database.rows(query.space(), {"now": parameters["now"]})[0]["hits"]
            metadata["samplingMetadatas"] = [
                {"samplesReadCount": str(round(space * SAMPLE_SHARE)), "samplingSpaceSize": str(space)}
            ]
        hidden = [metric.name for metric in query.metrics if metric.type == "TYPE_CURRENCY"]
        if query.dialect.revenue == "restricted" and hidden:
            restrictions = [
                {"metricName": name, "restrictedMetricTypes": ["REVENUE_DATA"]} for name in hidden
            ]
            metadata["schemaRestrictionResponse"] = {"activeMetricRestrictions": restrictions}
        return metadata


def _headers(query: Query) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if query.dimensions:
        headers["dimensionHeaders"] = [{"name": dimension.name} for dimension in query.dimensions]
    if query.metrics:
        headers["metricHeaders"] = [{"name": metric.name, "type": metric.type} for metric in query.metrics]
    return headers


def _days(query: Query) -> int:
    return sum((last - first).days + 1 for _, first, last in query.ranges)


def _text(value: Any) -> str:
    number = float(value or 0)
    return str(int(number)) if number.is_integer() else str(round(number, 6))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

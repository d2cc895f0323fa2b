"""The GA4 Data API on loopback: `/ga4/v1beta/properties/{id}:runReport` and related methods."""

import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dagster_project.simulator.google_analytics.account import (
    PROPERTY_ID,
    GoogleAnalyticsOptions,
    environment,
    files,
)
from dagster_project.simulator.google_analytics.authorization import Authorization
from dagster_project.simulator.google_analytics.catalogue import Catalogue, field_metadata, incompatible_field
from dagster_project.simulator.google_analytics.quota import Quota
from dagster_project.simulator.google_analytics.reports import FLAGS, Reports, RequestFaults
from dagster_project.simulator.google_analytics.requests import read
from dagster_project.simulator.google_analytics.responses import (
    JSON_TYPE,
    ErrorResponse,
    exhausted,
    fault,
    invalid,
    json_response,
    no_permission,
)
from dagster_project.simulator.limits import InFlight
from dagster_project.simulator.routing import route
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import Vendor

_CALL = re.compile(r"(\d+)(?::(\w+)|/(metadata))")
_MAX_REPORTS = 5


def routes(simulation: Simulation) -> list[Route]:
    """The token endpoint and the methods of one property."""
    authorization = Authorization(simulation)
    service = Service(simulation)
    in_flight = InFlight()

    def guarded(request: Request, body: bytes) -> Response:
        try:
            with in_flight.one_more() as count:
                authorization.check(request)
                limit = simulation.options.of(GoogleAnalyticsOptions).ga4_concurrent_requests
                if limit and count > limit:
                    raise exhausted("concurrentRequests")
                return service.respond(request, body)
        except ErrorResponse as error:
            return error.response()

    return [
        route("/token", authorization.exchange),
        route("/v1beta/properties/{call:path}", guarded),
    ]


class Service:
    """The API's methods by name. Unknown query parameters are ignored."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._quota = Quota(simulation)
        self._reports = Reports(simulation, self._quota)
        self._methods: dict[str, Callable[[Request, dict[str, Any], Catalogue], Response]] = {
            "runReport": self._run_report,
            "batchRunReports": self._batch_run_reports,
            "checkCompatibility": self._check_compatibility,
        }

    def respond(self, request: Request, body: bytes) -> Response:
        call = _CALL.fullmatch(request.path_params["call"])
        method = call and (call[2] or call[3])
        if call is None or method not in (*self._methods, "metadata"):
            return PlainTextResponse("Not Found", 404)
        if call[1] != PROPERTY_ID and not (call[1] == "0" and method == "metadata"):
            raise no_permission()
        missing = self._simulation.take_fault(request, "missing_dimension")
        catalogue = Catalogue([missing.name or "contact_key"] if missing else [])
        if method == "metadata":
            return json_response(catalogue.metadata(call[1]))
        return self._methods[method](request, read(body), catalogue)

    def _run_report(self, request: Request, body: dict[str, Any], catalogue: Catalogue) -> Response:
        self._quota.check()
        return _raw(self._reports.run(body, catalogue, self._request_faults(request, body)))

    def _batch_run_reports(self, request: Request, body: dict[str, Any], catalogue: Catalogue) -> Response:
        reports = body.get("requests") or []
        if not 0 < len(reports) <= _MAX_REPORTS:
            raise invalid(f"A batch takes 1 to {_MAX_REPORTS} requests. This batch has {len(reports)}.")
        bodies = []
        for report in reports:
            self._quota.check()
            bodies.append(self._reports.run(report, catalogue, self._request_faults(request, report)))
        return _raw(b'{"reports":[' + b",".join(bodies) + b'],"kind":"analyticsData#batchRunReports"}')

    def _check_compatibility(self, _: Request, body: dict[str, Any], catalogue: Catalogue) -> Response:
        """Refuses an incompatible set; for every field, whether it could be added to the set."""
        dimensions = [catalogue.dimension(str(entry.get("name"))) for entry in body.get("dimensions") or []]
        metrics = [catalogue.metric(str(entry.get("name"))) for entry in body.get("metrics") or []]
        catalogue.check(dimensions, metrics, [])
        listed = catalogue.metadata(PROPERTY_ID)
        wanted = body.get("compatibilityFilter")
        wanted = {1: "COMPATIBLE", 2: "INCOMPATIBLE"}.get(wanted, wanted) if wanted else None

        def compatibility(incompatible: str | None) -> str:
            return "INCOMPATIBLE" if incompatible else "COMPATIBLE"

        of_dimensions = [
            (field_metadata(field), compatibility(incompatible_field([*dimensions, field], metrics)))
            for field in (catalogue.dimension(entry["apiName"]) for entry in listed["dimensions"])
        ]
        of_metrics = [
            (field_metadata(field), compatibility(incompatible_field(dimensions, [*metrics, field])))
            for field in (catalogue.metric(entry["apiName"]) for entry in listed["metrics"])
        ]
        return json_response(
            {
                "dimensionCompatibilities": [
                    {"dimensionMetadata": metadata, "compatibility": result}
                    for metadata, result in of_dimensions
                    if wanted in (None, result)
                ],
                "metricCompatibilities": [
                    {"metricMetadata": metadata, "compatibility": result}
                    for metadata, result in of_metrics
                    if wanted in (None, result)
                ],
            }
        )

    def _request_faults(self, request: Request, report: dict[str, Any]) -> RequestFaults:
        flags = frozenset(kind for kind in FLAGS if self._simulation.take_fault(request, kind))
        if str(report.get("offset") or "0") == "0":
            return RequestFaults(flags)
        return RequestFaults(
            flags,
            repeats_row=self._simulation.take_fault(request, "duplicates") is not None,
            gains_row=self._simulation.take_fault(request, "rows_change") is not None,
        )


def _raw(body: bytes) -> Response:
    return Response(body, media_type=JSON_TYPE)


VENDOR = Vendor(
    prefix="/ga4",
    routes=routes,
    fault=fault,
    environment=environment,
    options=GoogleAnalyticsOptions,
    files=files,
)

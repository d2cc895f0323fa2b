"""The GA4 Data API on loopback: `/ga4/v1beta/properties/{id}:runReport` and its neighbours."""

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
from dagster_project.simulator.google_analytics.answers import (
    JSON_TYPE,
    Refusal,
    answer,
    exhausted,
    fault,
    invalid,
    no_permission,
)
from dagster_project.simulator.google_analytics.authorization import Authorization
from dagster_project.simulator.google_analytics.catalogue import Catalogue, described, first_odd
from dagster_project.simulator.google_analytics.quota import Quota
from dagster_project.simulator.google_analytics.reports import FLAGS, Circumstances, Reports
from dagster_project.simulator.google_analytics.requests import read
from dagster_project.simulator.limits import InFlight
from dagster_project.simulator.routing import route
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import Vendor

_CALL = re.compile(r"(\d+)(?::(\w+)|/(metadata))")
_MOST_REPORTS = 5


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
                return service.answer(request, body)
        except Refusal as refusal:
            return refusal.response()

    return [
        route("/token", authorization.exchange),
        route("/v1beta/properties/{call:path}", guarded),
    ]


class Service:
    """The methods by name. Unknown query parameters are ignored."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._quota = Quota(simulation)
        self._reports = Reports(simulation, self._quota)
        self._methods: dict[str, Callable[[Request, dict[str, Any], Catalogue], Response]] = {
            "runReport": self._run_report,
            "batchRunReports": self._batch_run_reports,
            "checkCompatibility": self._check_compatibility,
        }

    def answer(self, request: Request, body: bytes) -> Response:
        call = _CALL.fullmatch(request.path_params["call"])
        method = call and (call[2] or call[3])
        if call is None or method not in (*self._methods, "metadata"):
            return PlainTextResponse("Not Found", 404)
        if call[1] != PROPERTY_ID and not (call[1] == "0" and method == "metadata"):
            raise no_permission()
        missing = self._simulation.strikes(request, "missing_dimension")
        catalogue = Catalogue([missing.name or "contact_key"] if missing else [])
        if method == "metadata":
            return answer(catalogue.metadata(call[1]))
        return self._methods[method](request, read(body), catalogue)

    def _run_report(self, request: Request, body: dict[str, Any], catalogue: Catalogue) -> Response:
        self._quota.check()
        return _raw(self._reports.run(body, catalogue, self._circumstances(request, body)))

    def _batch_run_reports(self, request: Request, body: dict[str, Any], catalogue: Catalogue) -> Response:
        reports = body.get("requests") or []
        if not 0 < len(reports) <= _MOST_REPORTS:
            raise invalid(f"A batch takes 1 to {_MOST_REPORTS} requests. This batch has {len(reports)}.")
        bodies = []
        for report in reports:
            self._quota.check()
            bodies.append(self._reports.run(report, catalogue, self._circumstances(request, report)))
        return _raw(b'{"reports":[' + b",".join(bodies) + b'],"kind":"analyticsData#batchRunReports"}')

    def _check_compatibility(self, _: Request, body: dict[str, Any], catalogue: Catalogue) -> Response:
        """Refuses a set that does not go together; says of every field whether it could be added to it."""
        dimensions = [catalogue.dimension(str(entry.get("name"))) for entry in body.get("dimensions") or []]
        metrics = [catalogue.metric(str(entry.get("name"))) for entry in body.get("metrics") or []]
        catalogue.check(dimensions, metrics, [])
        listed = catalogue.metadata(PROPERTY_ID)
        wanted = body.get("compatibilityFilter")
        wanted = {1: "COMPATIBLE", 2: "INCOMPATIBLE"}.get(wanted, wanted) if wanted else None

        def verdict(odd: str | None) -> str:
            return "INCOMPATIBLE" if odd else "COMPATIBLE"

        of_dimensions = [
            (described(field), verdict(first_odd([*dimensions, field], metrics)))
            for field in (catalogue.dimension(entry["apiName"]) for entry in listed["dimensions"])
        ]
        of_metrics = [
            (described(field), verdict(first_odd(dimensions, [*metrics, field])))
            for field in (catalogue.metric(entry["apiName"]) for entry in listed["metrics"])
        ]
        return answer(
            {
                "dimensionCompatibilities": [
                    {"dimensionMetadata": about, "compatibility": said}
                    for about, said in of_dimensions
                    if wanted in (None, said)
                ],
                "metricCompatibilities": [
                    {"metricMetadata": about, "compatibility": said}
                    for about, said in of_metrics
                    if wanted in (None, said)
                ],
            }
        )

    def _circumstances(self, request: Request, report: dict[str, Any]) -> Circumstances:
        flags = frozenset(kind for kind in FLAGS if self._simulation.strikes(request, kind))
        if str(report.get("offset") or "0") == "0":
            return Circumstances(flags)
        return Circumstances(
            flags,
            repeats_row=self._simulation.strikes(request, "duplicates") is not None,
            gains_row=self._simulation.strikes(request, "rows_change") is not None,
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

"""The GA4 property's BigQuery export: files, and BigQuery's API at `/bigquery/v2/…`."""

from starlette.responses import Response
from starlette.routing import Route

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.google_analytics.responses import unauthenticated
from dagster_project.simulator.google_analytics_export.account import ExportOptions, environment
from dagster_project.simulator.google_analytics_export.bigquery import Service, error
from dagster_project.simulator.google_analytics_export.files import files
from dagster_project.simulator.routing import route
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import Vendor


def routes(simulation: Simulation) -> list[Route]:
    service = Service(simulation)
    return [route("/v2/{path:path}", service.respond)]


def fault(injected: Fault, simulation: Simulation) -> Response | None:
    """The vendor's response for a fault, None where it has none."""
    match injected.kind:
        case "rate_limit":
            return error(403, "rateLimitExceeded", "Exceeded rate limits").response()
        case "quota_spent":
            return error(403, "quotaExceeded", "Quota exceeded").response()
        case "forbidden":
            return error(403, "accessDenied", "Access Denied").response()
        case "service_disabled":
            return error(403, "accessNotConfigured", "BigQuery API is disabled.").response()
        case "unauthorized":
            return unauthenticated().response()
        case "server_error":
            simulation.server_errors.count_one("bigquery")
            return error(injected.status or 503, "backendError", "Error encountered").response()
        case _:
            return None


VENDOR = Vendor(
    prefix="/bigquery",
    routes=routes,
    fault=fault,
    environment=environment,
    options=ExportOptions,
    files=files,
)
